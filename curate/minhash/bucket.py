"""Buckets: the documents that agree in a band, and of each bucket its leaders.

A document is compared with the best documents of its bucket only, its leaders, so the work grows with the number of
documents and not with its square, however large a bucket is. What a bound on the leaders leaves out is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import local

import numpy as np

from curate.jit import kernel
from curate.minhash.crew import Crew
from curate.minhash.exact import NONE, table_size
from curate.minhash.machine import BUILD, integer32, integer64, load32, pointer, signed, store32
from curate.room import Shelf

_SPREAD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)


@dataclass(frozen=True)
class Buckets:
    """The buckets of all bands.

    Args:
        links: uint32 (bands, m): where in the band's leaders those of the bucket of rank r start; NONE if r is alone in
            it.
        leaders: of each band uint32, the leaders of each bucket, best first, as ranks.
        capped: buckets with more documents than leaders.
        skipped: documents beyond the bound, summed over buckets.
    """

    links: np.ndarray
    leaders: tuple[np.ndarray, ...]
    capped: int
    skipped: int


@kernel
def _gather(
    count: int,
    ranked: int,
    bands: int,
    hashes: int,
    columns: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    """Lay the band hashes of the ranked documents out band by band."""
    for rank in range(count):
        row = integer64(ranked, rank) * bands
        for band in range(bands):
            store32(columns, band * count + rank, load32(hashes, row + band))


@kernel
def _group(
    count: int,
    column: int,
    table: int,
    mask: int,
    first: int,
    size: int,
    bound: int,
    leaders: int,
    numbers: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> int:
    """Group one band: links over the column of hashes, leaders one bucket after the other; the number of leaders."""
    for rank in range(count):
        key = load32(column, rank)
        slot = signed(((np.uint64(key) * _SPREAD) >> _HALF) & np.uint64(mask))
        while True:
            holder = load32(table, slot)
            if holder == NONE:
                store32(table, slot, np.uint32(rank))
                holder = np.uint32(rank)
            elif load32(column, signed(holder)) != key:
                slot = (slot + 1) & mask
                continue
            break
        store32(first, rank, holder)
        store32(size, signed(holder), np.uint32(load32(size, signed(holder)) + np.uint32(1)))
    used = capped = skipped = 0
    for rank in range(count):
        head = integer32(first, rank)
        members = integer32(size, head)
        if members == 1:
            store32(column, rank, NONE)
            continue
        if head == rank:
            # From here on the table holds how many leaders a bucket has, and the column of its head where they start.
            store32(column, rank, np.uint32(used))
            store32(table, rank, np.uint32(0))
            used += min(members, bound)
            if members > bound:
                capped += 1
                skipped += members - bound
        start, taken = load32(column, head), load32(table, head)
        if signed(taken) < bound:
            store32(leaders, signed(start) + signed(taken), np.uint32(rank))
            store32(table, head, np.uint32(taken + np.uint32(1)))
        store32(column, rank, start)
    store32(numbers, 0, np.uint32(capped))
    store32(numbers, 1, np.uint32(skipped))
    return used


def buckets(hashes: np.ndarray, ranked: np.ndarray, bound: int, crew: Crew, shelf: Shelf | None = None) -> Buckets:
    """Group documents by the hashes of their bands.

    Args:
        hashes: uint32 (n, bands).
        ranked: int64 (m,), the documents to group, best first; their places here are their ranks.
        bound: leaders a bucket, at most.
        crew: who does it, band by band.
        shelf: where the hashes lie and the buckets go; None: in memory.
    """
    count, bands = len(ranked), hashes.shape[1]
    shelf = shelf or Shelf()
    links = shelf.empty((bands, count), np.uint32)
    if hashes.flags.c_contiguous:
        _gather(count, pointer(ranked), bands, pointer(hashes), pointer(links))
    else:
        for band in range(bands):
            np.take(hashes[:, band], ranked, out=links[band], mode="clip")
            shelf.rest()
    slots = table_size(count)
    leaders: list[np.ndarray] = [np.zeros(0, np.uint32)] * bands
    numbers = np.zeros((bands, 2), np.uint32)
    room = local()

    def work(span: slice) -> None:
        band = span.start
        if not hasattr(room, "table"):
            room.table, room.first = np.empty(slots, np.uint32), np.empty(count, np.uint32)
            room.size, room.leaders = np.empty(count, np.uint32), np.empty(count, np.uint32)
        room.table.fill(NONE)
        room.size.fill(0)
        own = (pointer(room.table), slots - 1, pointer(room.first), pointer(room.size), bound, pointer(room.leaders))
        used = _group(count, pointer(links[band]), *own, pointer(numbers[band]))
        leaders[band] = shelf.empty(used, np.uint32)
        leaders[band][:] = room.leaders[:used]
        shelf.rest()

    crew.work(work, bands, 1)
    capped, skipped = numbers.sum(axis=0, dtype=np.int64)
    return Buckets(links, tuple(leaders), int(capped), int(skipped))
