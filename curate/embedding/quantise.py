"""Unit vectors as whole numbers: two bytes a dimension, and dot products that are exact in any order of summing."""

from __future__ import annotations

import numpy as np

# The length of a quantised vector. A dot product of two is then below 2**31: (32767 + sqrt(d)/2)**2 for d < 10**7.
LENGTH = 32_767


def quantised(vectors: np.ndarray) -> np.ndarray:
    """Round unit vectors to multiples of 1/32767.

    A coordinate moves by at most 1/65534, a cosine by at most sqrt(d)/32767 (0.0004 for 128 dimensions) and in the mean
    by 0.00001. Equal vectors stay equal.

    Args:
        vectors: float (n, d), rows of unit length or zero.

    Returns:
        int16 (n, d).
    """
    return np.rint(vectors * np.float32(LENGTH)).astype(np.int16)


def norms(vectors: np.ndarray) -> np.ndarray:
    """The squared length of quantised vectors: int64 (n,), 0 for a vector of zeros."""
    out = np.empty(len(vectors), dtype=np.int64)
    for start in range(0, len(vectors), 8192):  # a copy in 64 bits of all of them would be four times the vectors
        part = vectors[start : start + 8192].astype(np.int64)
        out[start : start + 8192] = (part * part).sum(axis=1)
    return out
