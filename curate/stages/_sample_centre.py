"""Greedy k-centre: the records that lie farthest from each other come first.

Each next record is the one whose nearest chosen record is farthest away, which is within twice the best possible
radius (Gonzalez 1985, https://doi.org/10.1016/0304-3975(85)90224-5); for choosing training data: Sener and Savarese,
https://arxiv.org/abs/1708.00489. The first is the one of least hashed rank, ties go to the least id. What is chosen
for k is a part of what is chosen for k + 1.

For n candidates of d dimensions the first k cost n x k x d multiplications and 5 x n x d bytes, so at most `candidates`
of a group compete, those of least rank; the others come after them, by rank.

Vectors are kept as whole numbers, a byte a dimension. Products of such vectors are whole numbers below 2**24, which
32-bit floats hold exactly: the order is the same on every machine, whatever its linear algebra adds up first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

_SCALE = 127  # a unit vector's largest component as a signed byte

Vectors = npt.NDArray[np.float32]


def packed(vectors: Vectors) -> pl.Series:
    """L2-normalised vectors as lists of whole numbers, a byte a dimension."""
    whole = np.rint(vectors * _SCALE).astype(np.int8)
    return pl.Series("vector", whole, dtype=pl.Array(pl.Int8, vectors.shape[1]))


def centred(left: pl.DataFrame, within: Sequence[str], candidates: int) -> pl.DataFrame:
    """Add the place that each row has in the greedy order of its group.

    Args:
        left: `vector`, `order`, sorted by rank; `allowed`: how many of a group will be asked for (null: all).
        within: columns that make a group; none: all rows are one.
        candidates: how many of a group compete.

    Returns:
        The rows with `place` (UInt32, from 1), `standing` (the place as a fraction of the group) and `near`: the cosine
        of a row to the nearest that was chosen before it, null for the first and for those that did not compete.
    """
    group = pl.struct(within).rank("dense") if within else pl.lit(0)
    groups = left.select(group.cast(pl.Int64).alias("group"), pl.int_range(pl.len()).alias("row"))
    places, standing = np.zeros(left.height, dtype=np.uint32), np.zeros(left.height)
    near = np.full(left.height, np.nan)
    vectors, order = left["vector"].to_numpy(), left["order"].to_numpy()
    allowed = left["allowed"].fill_null(left.height).to_numpy() if "allowed" in left.columns else None
    for part in groups.group_by("group", maintain_order=True).agg("row")["row"]:
        rows = part.to_numpy()
        most = len(rows) if allowed is None else int(allowed[rows].max())
        competing = rows[:candidates]
        chosen, likeness = _greedy(vectors[competing].astype(np.float32), order[competing], most)
        rest = np.setdiff1d(np.arange(len(rows)), chosen, assume_unique=True)
        places[rows[np.concatenate((chosen, rest))]] = np.arange(1, len(rows) + 1, dtype=np.uint32)
        standing[rows] = places[rows] / len(rows)
        near[competing] = likeness
    told = pl.Series("near", near).fill_nan(None)
    return left.with_columns(pl.Series("place", places), pl.Series("standing", standing), told)


def _greedy(vectors: Vectors, order: npt.NDArray[np.uint64], most: int) -> tuple[npt.NDArray[np.int64], Vectors]:
    """The first `most` rows of the greedy order, which begins with row 0, and each row's cosine to the nearest."""
    count = min(most, len(vectors))
    chosen = np.zeros(count, dtype=np.int64)
    squares = np.einsum("nd,nd->n", vectors, vectors)
    # Sorted by id, the first of equal distances is the one of least id.
    by_id = np.argsort(order, kind="stable")
    vectors, squares = vectors[by_id], squares[by_id]
    distance = np.full(len(vectors), np.inf, dtype=np.float32)
    apart = np.full(len(vectors), np.inf, dtype=np.float32)
    free = np.ones(len(vectors), dtype=bool)
    at = int(np.flatnonzero(by_id == 0)[0]) if count else 0
    for step in range(count):
        apart[at] = distance[at]
        chosen[step], free[at] = by_id[at], False
        np.minimum(distance, squares + squares[at] - 2 * (vectors @ vectors[at]), out=distance)
        at = int(np.argmax(np.where(free, distance, np.float32(-1))))
    apart[free] = distance[free]
    likeness = np.empty(len(vectors), dtype=np.float32)
    likeness[by_id] = np.where(np.isinf(apart), np.nan, 1 - apart / (2 * _SCALE**2))
    return chosen, likeness
