"""Short vectors whose dot product is never less than the cosine of the long ones: they tell most pairs apart.

Let h be the first k coordinates of a unit vector in an orthonormal basis, and r the length of the rest. By the
inequality of Cauchy and Schwarz x·y <= h(x)·h(y) + r(x)r(y), which is the dot product of (h, r). A pair for which that
is below the threshold need not be looked at again, so the search stays exact. Any basis will do; the one of the
greatest second moments (an uncentred PCA of a sample) leaves the least rest.
"""

from __future__ import annotations

import numpy as np

# Widths that are tried; with the rest's length each fills whole steps of 8.
_WIDTHS = (7, 15, 23, 31, 39, 47, 63, 95, 127, 191, 255)
STEP = 8
_MOMENTS = 4_000  # rows of the sample for the basis
_PAIRS = 500  # rows on each side of the sample of pairs
# What an exact comparison costs, over what one more coordinate of the short vectors does, a dimension (measured with
# 128 dimensions and AVX-512: some 50 ns against 0.02 ns). It decides the speed, never the result.
_EXACT = 20


def short(vectors: np.ndarray, squares: np.ndarray, threshold: float) -> np.ndarray:
    """The short vectors, as wide as costs least for these vectors and this threshold.

    Args:
        vectors: int16 (n, d), none of zeros.
        squares: int64 (n,), their squared lengths.
        threshold: the least cosine of a pair that is looked for.

    Returns:
        float32 (n, k), k a multiple of STEP: coordinates, the rest's length, zeros.
    """
    count, dimensions = vectors.shape
    basis = _basis(_unit(vectors, squares, _spread(count, _MOMENTS)))
    sample = _unit(vectors, squares, _spread(count, 2 * _PAIRS))
    one, other = sample[::2] @ basis, sample[1::2] @ basis
    costs = {}
    for width in [width for width in _WIDTHS if width < dimensions] or [dimensions]:
        pairs = _headed(one, width) @ _headed(other, width).T
        share = float((pairs >= threshold).mean()) if pairs.size else 0.0
        costs[width] = width + share * _EXACT * dimensions
    width = min(costs, key=lambda width: costs[width])
    out = np.zeros((count, -(-(width + 1) // STEP) * STEP), dtype=np.float32)
    for start in range(0, count, 8192):  # in float64 these are eight times the vectors' bytes
        part = np.arange(start, min(start + 8192, count))
        out[part, : width + 1] = _headed(_unit(vectors, squares, part) @ basis[:, :width], width)
    return out


def slack(width: int) -> float:
    """How much less than the cosine the dot product of two short vectors can be for lack of digits.

    Rounding k + 1 coordinates to float32 and summing their products in any order moves the sum by less than
    (k + 4) 2^-24 times the sum of the products' sizes, which is at most 1 (N. Higham, Accuracy and Stability of
    Numerical Algorithms, 2nd ed., section 3.1); this is twice that and more.
    """
    return (width + 16) * 2.0**-23


def _spread(count: int, most: int) -> np.ndarray:
    """At most so many rows, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64)) if count else np.zeros(0, np.int64)


def _unit(vectors: np.ndarray, squares: np.ndarray, rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors[rows] / np.sqrt(squares[rows])[:, None]
    return unit


def _basis(unit: np.ndarray) -> np.ndarray:
    """Orthonormal columns, those of the greatest second moments first."""
    return np.linalg.eigh(unit.T @ unit)[1][:, ::-1]


def _headed(turned: np.ndarray, width: int) -> np.ndarray:
    """The first coordinates of unit vectors, and the length of what they leave out."""
    head = turned[:, :width]
    rest = np.sqrt(np.maximum(1.0 - (head * head).sum(axis=1), 0.0))
    return np.hstack([head, rest[:, None]])
