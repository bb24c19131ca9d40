"""The search for edges: each document against the leaders of its buckets, in the order of rank.

A candidate is looked at in three steps, each dearer than the one before: do the sketches (one byte a value of the
signature) agree often enough; are the two in one cluster already; is the exact similarity at least the threshold.

Ranks are looked at in blocks of a fixed size, and a block in turns. In a turn each document of the block goes on with
its candidates, against the clusters as they were when the turn began, until it finds one edge; then all edges are
joined. So most members of a cluster are compared with it once, and what is found does not depend on the threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import local

import numpy as np

from curate.jit import helper, kernel
from curate.minhash.bucket import Buckets
from curate.minhash.crew import Crew
from curate.minhash.exact import NONE
from curate.minhash.machine import BUILD, integer32, integer64, load32, load64, pointer, signed, store32, store64
from curate.minhash.shingling import Shingling
from curate.minhash.sketch import agreeing, least_agreements
from curate.minhash.texts import Texts
from curate.minhash.tokenise import shingle, tokenise
from curate.minhash.verify import Sets, collect, overlap, slots_for
from curate.room import Shelf

_HALF, _LOW, _SPREAD = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(0x9E3779B97F4A7C15)
BLOCK, _SPAN = 4096, 512  # ranks
COUNTS = ("candidates", "sketched_out", "verified", "rejected")


@helper
def root(parents: int, rank: int) -> int:
    """The best rank of a cluster, without touching it."""
    above = integer32(parents, rank)
    while above != rank:
        rank = above
        above = integer32(parents, rank)
    return rank


@helper
def _is_unseen(rank: int, candidate: int, seen: int, mask: int) -> bool:
    """Whether this candidate comes for the first time; entries of other ranks count as empty."""
    entry = np.uint64(rank) << _HALF | np.uint64(candidate)
    slot = signed((np.uint64(candidate) * _SPREAD) >> _HALF) & mask
    found = load64(seen, slot)
    while found >> _HALF == np.uint64(rank):
        if found == entry:
            return False
        slot = (slot + 1) & mask
        found = load64(seen, slot)
    store64(seen, slot, entry)
    return True


@helper
def _insert(queue: int, length: int, entry: np.uint64) -> None:
    """Put an entry into a sorted queue."""
    at = length
    while at > 0 and load64(queue, at - 1) > entry:
        store64(queue, at, load64(queue, at - 1))
        at -= 1
    store64(queue, at, entry)


@helper
def _tell(edges: int, count: int, rank: int, candidate: int, common: int, union: int) -> None:
    store32(edges, 4 * count, np.uint32(rank))
    store32(edges, 4 * count + 1, np.uint32(candidate))
    store32(edges, 4 * count + 2, np.uint32(common))
    store32(edges, 4 * count + 3, np.uint32(union))


@helper
def _add(counts: int, which: int, number: int) -> None:
    store64(counts, which, load64(counts, which) + np.uint64(number))


@helper
def _queue(
    rank: int,
    ranked: int,
    total: int,
    limit: int,
    bands: int,
    links: int,
    leaders: int,
    bound: int,
    sketch: int,
    width: int,
    least: int,
    seen: int,
    seen_mask: int,
    queue: int,
    counts: int,
) -> int:
    """Queue the candidates whose sketches agree with the document's in `least` places, most similar first."""
    waiting = met = 0
    own = sketch + width * integer64(ranked, rank)
    for band in range(bands):
        link = load32(links, band * total + rank)
        if link == NONE:
            continue
        bucket = integer64(leaders, band) + 4 * signed(link)
        for place in range(bound):
            candidate = integer32(bucket, place)
            if candidate >= rank or candidate >= limit:
                break
            if not _is_unseen(rank, candidate, seen, seen_mask):
                continue
            met += 1
            agreements = agreeing(own, sketch + width * integer64(ranked, candidate), width)
            if agreements >= least:
                _insert(queue, waiting, np.uint64(width - agreements) << _HALF | np.uint64(candidate))
                waiting += 1
    if met:
        _add(counts, 0, met)
        _add(counts, 1, met - waiting)
    return waiting


@kernel
def _line_up(
    start: int,
    stop: int,
    ranked: int,
    total: int,
    limit: int,
    bands: int,
    links: int,
    leaders: int,
    bound: int,
    sketch: int,
    width: int,
    least: int,
    seen: int,
    seen_mask: int,
    queues: int,
    waiting: int,
    counts: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    """Queue the candidates of some ranks: a queue of bands * bound entries each, and how many wait in it."""
    for rank in range(start, stop):
        queue = queues + 8 * bands * bound * (rank - start)
        number = _queue(
            rank,
            ranked,
            total,
            limit,
            bands,
            links,
            leaders,
            bound,
            sketch,
            width,
            least,
            seen,
            seen_mask,
            queue,
            counts,
        )
        store32(waiting, rank - start, np.uint32(number))


@helper
def _gathered(addresses: int, lengths: int, document: int, setting: int, table: int, marks: int) -> tuple[int, int]:
    """Put the shingles of a document into the table: how many different ones, and the mask of its slots."""
    found = tokenise(integer64(addresses, document), integer64(lengths, document), setting)
    number = shingle(found, setting)
    return collect(number, setting, table, marks), slots_for(number) - 1


@kernel
def _compare(
    pending: int,
    start: int,
    stop: int,
    first: int,
    room: int,
    queues: int,
    waiting: int,
    done: int,
    ranked: int,
    addresses: int,
    lengths: int,
    shingles: int,
    parents: int,
    width: int,
    threshold: float,
    setting: int,
    table: int,
    marks: int,
    extra: int,
    edges: int,
    counts: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    """Let each pending rank go on with its queue until it finds an edge (of union 0 if it finds none)."""
    for at in range(start, stop):
        place = integer32(pending, at)
        rank = first + place
        queue, last = queues + 8 * room * place, integer32(waiting, place)
        own = root(parents, rank)
        document = integer64(ranked, rank)
        different = turn = mask = allowed = 0
        step = integer32(done, place)
        _tell(edges, at, rank, 0, 0, 0)
        while step < last:
            entry = load64(queue, step)
            candidate = signed(entry & _LOW)
            step += 1
            if root(parents, candidate) == own:
                continue
            if addresses == 0:
                _tell(edges, at, rank, candidate, width - signed(entry >> _HALF), width)
                break
            if turn == 0:
                different, mask = _gathered(addresses, lengths, document, setting, table, marks)
                # common / (different + other) stays below the threshold with more others, as common <= different.
                allowed = signed(different / threshold - different + 1e-6)
            turn += 1
            other = integer64(ranked, candidate)
            common = union = 0
            if np.float64(load32(shingles, other)) >= threshold * different - 1e-6:
                number = shingle(tokenise(integer64(addresses, other), integer64(lengths, other), setting), setting)
                common, beyond = overlap(number, setting, table, mask, marks, turn, extra, allowed)
                union = different + beyond
            if union > 0 and common / union >= threshold:
                _tell(edges, at, rank, candidate, common, union)
                _add(counts, 2, 1)
                break
            _add(counts, 3, 1)
        store32(done, place, np.uint32(step))


@dataclass(frozen=True)
class Search:
    """What the search works on.

    Args:
        ranked: int64 (m,), documents in the order of rank.
        buckets: of these.
        bound: leaders a bucket, at most.
        sketch: uint8 (n, num_perm) of all documents.
        shingles: uint32 (n,), of all documents.
        texts: of all documents; None: nothing is verified.
        shingling: what a shingle is.
        threshold: the least similarity of twins.
        limit: only ranks below it are candidates; None: all.
    """

    ranked: np.ndarray
    buckets: Buckets
    bound: int
    sketch: np.ndarray
    shingles: np.ndarray
    texts: Texts | None
    shingling: Shingling
    threshold: float
    limit: int | None = None


class Scanner:
    """Finds edges among ranks.

    Args:
        search: what to look at.
        crew: who does it.
        shelf: where what is looked at lies; None: in memory.
    """

    def __init__(self, search: Search, crew: Crew, shelf: Shelf | None = None) -> None:
        self._search, self._crew, self._shelf = search, crew, shelf or Shelf()
        self._local = local()
        bands = search.buckets.links.shape[0]
        self._room = bands * search.bound
        self._queues = np.empty((BLOCK, self._room), np.uint64)
        self._starts = np.array([pointer(leaders) for leaders in search.buckets.leaders], dtype=np.int64)
        self._longest = int(search.texts.lengths.max(initial=0)) if search.texts is not None else 0
        self.counts = np.zeros(len(COUNTS), np.uint64)

    def block(self, first: int, last: int) -> Block:
        """Queue the candidates of the ranks from `first` to before `last`, at most BLOCK of them."""
        search, rows = self._search, last - first
        waiting = np.zeros(rows, np.uint32)
        bands, total = search.buckets.links.shape
        width = search.sketch.shape[1]
        least = least_agreements(search.threshold, width) if search.texts is not None else 0
        mask = (1 << (4 * self._room).bit_length()) - 1

        def work(span: slice) -> np.ndarray:
            if not hasattr(self._local, "seen"):
                self._local.seen = np.empty(mask + 1, np.uint64)
            self._local.seen.fill(0xFFFFFFFFFFFFFFFF)
            counts = np.zeros(len(COUNTS), np.uint64)
            _line_up(
                first + span.start,
                first + span.stop,
                pointer(search.ranked),
                total,
                total if search.limit is None else search.limit,
                bands,
                pointer(search.buckets.links),
                pointer(self._starts),
                search.bound,
                pointer(search.sketch),
                width,
                least,
                pointer(self._local.seen),
                mask,
                pointer(self._queues[span]),
                pointer(waiting[span]),
                pointer(counts),
            )
            self._shelf.rest()
            return counts

        for counts in self._crew.work(work, rows, _SPAN):
            self.counts += counts
        return Block(first, waiting, np.zeros(rows, np.uint32))

    def turn(self, block: Block, parents: np.ndarray) -> np.ndarray:
        """Let each document of a block that has candidates left find one edge.

        Args:
            block: whose `done` moves on.
            parents: uint32 (m,), the clusters so far.

        Returns:
            The edges, uint32 (edges, 4): rank, better rank, shingles in both, in either.
        """
        search, pending = self._search, np.flatnonzero(block.done < block.waiting).astype(np.uint32)
        edges = np.empty((len(pending), 4), np.uint32)
        texts = search.texts
        addresses, lengths = (pointer(texts.addresses), pointer(texts.lengths)) if texts is not None else (0, 0)

        def work(span: slice) -> np.ndarray:
            if not hasattr(self._local, "sets"):
                self._local.sets = Sets(search.shingling, self._longest)
            counts = np.zeros(len(COUNTS), np.uint64)
            table, marks, extra = self._local.sets.addresses
            _compare(
                pointer(pending),
                span.start,
                span.stop,
                block.first,
                self._room,
                pointer(self._queues),
                pointer(block.waiting),
                pointer(block.done),
                pointer(search.ranked),
                addresses,
                lengths,
                pointer(search.shingles),
                pointer(parents),
                search.sketch.shape[1],
                search.threshold,
                self._local.sets.setting,
                table,
                marks,
                extra,
                pointer(edges),
                pointer(counts),
            )
            self._shelf.rest()
            return counts

        for counts in self._crew.work(work, len(pending), _SPAN):
            self.counts += counts
        return edges[edges[:, 3] > 0]


@dataclass(frozen=True)
class Block:
    """Some ranks with their queues.

    Args:
        first: the first of the ranks.
        waiting: uint32, candidates in the queue of each.
        done: uint32, how many of them have been looked at.
    """

    first: int
    waiting: np.ndarray
    done: np.ndarray
