"""Connected components: which records hang together because they share a key, directly or through others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl


def components(rows: int, keys: Sequence[pl.Series]) -> np.ndarray:
    """Label rows so that rows which share a value of any key have the same label.

    Least-label propagation with pointer jumping (Zhang, Azad, Hu: FastSV, arXiv:1910.05971, in its bipartite form):
    the number
    of rounds grows with the logarithm of the longest chain.

    Args:
        rows: how many there are.
        keys: one series a kind of bond, `rows` long; null binds to nothing.

    Returns:
        int64, shape (rows,): the least row number of each row's component.
    """
    labels = np.arange(rows, dtype=np.int64)
    bonds = [bond for key in keys if (bond := _bond(key)) is not None]
    while bonds:
        before = labels
        for members, codes, count in bonds:
            least = np.full(count, rows, dtype=np.int64)
            np.minimum.at(least, codes, labels[members])
            labels = labels.copy()
            labels[members] = np.minimum(labels[members], least[codes])
            # Hook the old root as well, or a chain moves one step a round.
            np.minimum.at(labels, before[members], least[codes])
        labels = labels[labels]
        if np.array_equal(labels, before):
            break
    return labels


def _bond(key: pl.Series) -> tuple[np.ndarray, np.ndarray, int] | None:
    """Rows that share their key with another row, their dense key codes, and how many codes there are."""
    frame = (
        key.to_frame("key").with_row_index("row").filter(pl.col("key").is_not_null() & pl.col("key").is_duplicated())
    )
    if frame.is_empty():
        return None
    codes = frame["key"].rank("dense").to_numpy().astype(np.int64) - 1
    return frame["row"].to_numpy().astype(np.int64), codes, int(codes.max()) + 1
