"""How well examples fill rows of a fixed length: best-fit decreasing, counted without laying out a row.

Examples are taken from the longest to the shortest, and each goes to the row with the least room that still holds it
(https://arxiv.org/abs/2404.10830). Examples of one length are placed together, so the work grows with the number of
different lengths, not of examples.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Packing:
    """What packing gives.

    Args:
        rows: how many rows are filled.
        tokens: of the examples that fit.
        too_long: examples that are longer than a row, and are left out.
        seq_len: tokens of a row.
    """

    rows: int
    tokens: int
    too_long: int
    seq_len: int

    @property
    def efficiency(self) -> float:
        """Share of the rows that is no padding; 1 where there are none."""
        return self.tokens / (self.rows * self.seq_len) if self.rows else 1.0


def pack(lengths: npt.NDArray[np.integer], seq_len: int) -> Packing:
    """Pack examples into rows.

    Args:
        lengths: tokens of each example, shape (examples,).
        seq_len: tokens of a row, at least 1.
    """
    kept = lengths[(lengths <= seq_len) & (lengths > 0)]
    sizes, counts = np.unique(kept, return_counts=True)
    room: dict[int, int] = {}  # rows by what is left in them
    order: list[int] = []  # its keys, sorted
    rows = 0

    def leave(space: int, number: int) -> None:
        if space not in room:
            insort(order, space)
            room[space] = 0
        room[space] += number

    def take(space: int, number: int) -> None:
        room[space] -= number
        if not room[space]:
            del room[space]
            order.pop(bisect_left(order, space))

    for size, count in zip(sizes[::-1].tolist(), counts[::-1].tolist(), strict=True):
        left = count
        while left:
            at = bisect_left(order, size)
            space = order[at] if at < len(order) else seq_len
            # A row that took one takes the next of the same size too: it has the least room of those that hold it.
            each = space // size
            whole = left // each if at == len(order) else min(room[space], left // each)
            whole, each = (whole, each) if whole else (1, min(each, left))
            if at < len(order):
                take(space, whole)
            else:
                rows += whole
            leave(space - each * size, whole)
            left -= whole * each
    return Packing(rows, int(kept.sum()), int((lengths > seq_len).sum()), seq_len)
