"""How examples fill rows of a fixed length: best-fit decreasing, counted or laid out.

Examples are taken from the longest to the shortest, and each goes to the row with the least room that still holds it
(https://arxiv.org/abs/2404.10830). Examples of one length are placed together, so the work grows with the number of
different lengths, not of examples.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
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
    """Pack examples into rows, and count.

    Args:
        lengths: tokens of each example, shape (examples,).
        seq_len: tokens of a row, at least 1.
    """
    kept = lengths[(lengths <= seq_len) & (lengths > 0)]
    rows = 1 + max((max(rows) for rows, _ in _placed(kept, seq_len)), default=-1)
    return Packing(rows, int(kept.sum()), int((lengths > seq_len).sum()), seq_len)


def lay_out(lengths: npt.NDArray[np.integer], seq_len: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Pack examples into rows, and say where each goes: the rows that `pack` counts.

    Args:
        lengths: tokens of each example, from 1 to `seq_len`, shape (examples,). Of equal ones the first is placed
            first.
        seq_len: tokens of a row.

    Returns:
        The row of each example and its place in the row, both from 0, shape (examples,).

    Raises:
        ValueError: a length for which no row has room, or that is 0.
    """
    if lengths.size and not 0 < lengths.min() <= lengths.max() <= seq_len:
        raise ValueError(f"lengths lie in {lengths.min()}..{lengths.max()}, a row holds 1..{seq_len}")
    placed = [np.repeat(np.asarray(rows, dtype=np.int32), each) for rows, each in _placed(lengths, seq_len)]
    in_turn = np.concatenate([np.empty(0, dtype=np.int32), *placed])
    taken = np.argsort(-lengths.astype(np.int64), kind="stable")  # the order of placing
    by_row = np.argsort(in_turn, kind="stable")
    fresh = np.diff(in_turn[by_row], prepend=-1) > 0
    places = np.arange(len(in_turn))
    slot = places - np.maximum.accumulate(np.where(fresh, places, 0))
    row_of, slot_of = np.empty(len(lengths), dtype=np.int32), np.empty(len(lengths), dtype=np.int32)
    row_of[taken] = in_turn
    slot_of[taken[by_row]] = slot
    return row_of, slot_of


def _placed(lengths: npt.NDArray[np.integer], seq_len: int) -> Iterator[tuple[list[int], int]]:
    """The rows that get examples, and how many each gets; from the longest example to the shortest."""
    sizes, counts = np.unique(lengths, return_counts=True)
    room: dict[int, list[int]] = {}  # rows by what is left in them
    order: list[int] = []  # its keys, sorted
    rows = 0
    for size, count in zip(sizes[::-1].tolist(), counts[::-1].tolist(), strict=True):
        left = count
        while left:
            at = bisect_left(order, size)
            space = order[at] if at < len(order) else seq_len
            # A row that took one takes the next of the same size too: it has the least room of those that hold it.
            each = space // size
            whole = left // each if at == len(order) else min(len(room[space]), left // each)
            whole, each = (whole, each) if whole else (1, min(each, left))
            if at < len(order):
                stock = room[space]
                taken = stock[-whole:]
                del stock[-whole:]
                if not stock:
                    del room[space]
                    order.pop(at)
            else:
                taken = list(range(rows, rows + whole))
                rows += whole
            if space - each * size not in room:
                insort(order, space - each * size)
                room[space - each * size] = []
            room[space - each * size] += taken
            yield taken, each
            left -= whole * each
