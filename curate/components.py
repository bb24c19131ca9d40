"""Connected components: which records hang together because they share a key, directly or through others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

# Rows that share a key with another row, the number of the key of each, and how many keys there are.
Bond = tuple[np.ndarray, np.ndarray, int]


def bonds_of(keys: Iterable[pl.Series]) -> list[Bond]:
    """What binds rows: of each kind of key, the rows that share it with another row. A key is not held after its turn.

    Args:
        keys: one series a kind of bond, of integers, as long as there are rows; null binds to nothing.
    """
    return [bond for key in keys if (bond := _bond(key)) is not None]


def components(rows: int, bonds: Sequence[Bond]) -> np.ndarray:
    """Label rows so that rows which share a value of any key have the same label.

    Least-label propagation with pointer jumping (Zhang, Azad, Hu: FastSV, arXiv:1910.05971, in its bipartite form):
    the number of rounds grows with the logarithm of the longest chain.

    Args:
        rows: how many there are.
        bonds: what binds them.

    Returns:
        int64, shape (rows,): the least row number of each row's component.
    """
    labels = np.arange(rows, dtype=np.int64)
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


def _bond(key: pl.Series) -> Bond | None:
    """Rows that share their key with another row, their dense key codes, and how many codes there are."""
    held = key.is_not_null().arg_true().to_numpy()
    values = key.drop_nulls().to_numpy()
    # Sorted, not grouped: polars' groups take ten times the memory of the keys.
    order = np.argsort(values)
    values = values[order]
    first = np.ones(len(values), dtype=bool)
    first[1:] = values[1:] != values[:-1]
    shared = ~first
    shared[:-1] |= ~first[1:]
    if not shared.any():
        return None
    codes = np.cumsum(first[shared]) - 1
    return held[order[shared]].astype(np.int64), codes, int(codes[-1]) + 1
