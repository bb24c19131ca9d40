"""Clusters of near-duplicates, and which document of each stays.

1. Documents with the same tokens go first: each hangs on the best of them, and only that one goes on.
2. The rest are put into buckets by the bands of their signatures, and each is compared with the leaders of its buckets.
3. Where the exact similarity is at least the threshold there is an edge; documents that hang together over edges are a
   cluster, and its best document stays.

Ranks are all that decides: not the order of rows, nor how they are cut into arrays, nor the number of threads.
Documents are scanned in blocks of a fixed number of ranks; what a block finds is joined before the next one starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curate.jit import helper, kernel
from curate.minhash.band import Digests
from curate.minhash.bucket import buckets
from curate.minhash.crew import Crew
from curate.minhash.exact import exact_duplicates
from curate.minhash.machine import BUILD, integer32, load32, pointer, signed, store32
from curate.minhash.scan import BLOCK, COUNTS, Scanner, Search, root
from curate.minhash.shingling import Shingling
from curate.minhash.sketch import similarity_of
from curate.minhash.texts import Texts
from curate.minhash.verify import jaccard
from curate.room import Shelf

LEADERS = 8  # of a bucket, at most
_NOBODY = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True)
class Counts:
    """What the search did.

    Args:
        documents: all that were looked at.
        empty: without tokens: they have no duplicates.
        exact: with the same tokens as a better one.
        collisions: pairs with the same hash of all tokens and other tokens.
        candidates: pairs that met in a band.
        sketched_out: of these, whose sketches told them apart.
        verified: of these, exactly compared and similar enough.
        rejected: of these, exactly compared and not similar enough. (The rest are in one cluster already.)
        capped: buckets with more documents than leaders.
        skipped: documents beyond the leaders, summed over buckets: later ones were not compared with them there.
    """

    documents: int
    empty: int
    exact: int
    collisions: int
    candidates: int
    sketched_out: int
    verified: int
    rejected: int
    capped: int
    skipped: int


@dataclass(frozen=True)
class Clusters:
    """Which document stays for which.

    Args:
        leader: int64 (n,), the document of the cluster that stays; a document that stays is its own.
        similarity: float64 (n,), exact Jaccard similarity to the leader (1 for itself). If nothing was verified: of the
            sketches.
        twin: int64 (n,), the most similar document that this one was compared with and joined; itself if it is alone.
            It may be one that goes as well.
        twin_similarity: float64 (n,), to the twin.
        direct: bool (n,), whether the similarity to the leader is at least the threshold. If not, a chain of twins
            leads to it.
        counts: what the search did.
    """

    leader: np.ndarray
    similarity: np.ndarray
    twin: np.ndarray
    twin_similarity: np.ndarray
    direct: np.ndarray
    counts: Counts

    @property
    def kept(self) -> np.ndarray:
        """Bool (n,): whether a document stays."""
        kept: np.ndarray = self.leader == np.arange(len(self.leader))
        return kept


@helper
def _find(parents: int, rank: int) -> int:
    """The best rank of a cluster; the path to it is halved."""
    above = integer32(parents, rank)
    while above != rank:
        further = load32(parents, above)
        store32(parents, rank, further)
        rank = signed(further)
        above = integer32(parents, rank)
    return rank


@helper
def _note(twins: int, rank: int, other: int, common: int, union: int) -> None:
    """Note the most similar partner of a rank: three words (rank, shingles in both, in either)."""
    twin = integer32(twins, 3 * rank)
    mine, best = common * integer32(twins, 3 * rank + 2), integer32(twins, 3 * rank + 1) * union
    if twin != signed(_NOBODY) and (mine < best or (mine == best and other >= twin)):
        return
    store32(twins, 3 * rank, np.uint32(other))
    store32(twins, 3 * rank + 1, np.uint32(common))
    store32(twins, 3 * rank + 2, np.uint32(union))


@kernel
def _join(
    count: int,
    edges: int,
    parents: int,
    twins: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    """Join the clusters at the ends of edges; the best rank stands for both."""
    for edge in range(count):
        rank, other = integer32(edges, 4 * edge), integer32(edges, 4 * edge + 1)
        common, union = integer32(edges, 4 * edge + 2), integer32(edges, 4 * edge + 3)
        _note(twins, rank, other, common, union)
        _note(twins, other, rank, common, union)
        one, two = _find(parents, rank), _find(parents, other)
        if one < two:
            store32(parents, two, np.uint32(one))
        elif two < one:
            store32(parents, one, np.uint32(two))


@kernel
def _settle(
    count: int,
    parents: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    """Let every rank point to the best of its cluster."""
    for rank in range(count):
        store32(parents, rank, np.uint32(root(parents, rank)))


def cluster(
    digests: Digests,
    order: np.ndarray,
    texts: Texts | None,
    shingling: Shingling,
    threshold: float,
    *,
    among: np.ndarray | None = None,
    verify: bool = True,
    leaders: int = LEADERS,
    threads: int = 1,
    shelf: Shelf | None = None,
) -> Clusters:
    """Find clusters of near-duplicates.

    Args:
        digests: of all documents.
        order: (n,) any integers, all different: the document with the least one of a cluster stays.
        texts: of all documents; may only be None if nothing is to be verified. Then equal hashes count as equal tokens,
            too.
        shingling: the one that the digests were made with.
        threshold: the least Jaccard similarity of twins, above 0.
        among: bool (n,), the documents to look at; the others are nobody's duplicates. None: all.
        verify: compare exactly. If not, all that meet in a band are twins.
        leaders: of a bucket, at most: more find more in dense families, at a cost.
        threads: how many work at the same time; the result is the same.
        shelf: where digests and texts lie, and what is as large goes; None: in memory.

    Raises:
        ValueError: arguments that do not fit together.
    """
    _check(digests, order, texts, threshold, verify=verify, leaders=leaders)
    ranked = _ranked(np.asarray(order))
    if among is not None:
        ranked = ranked[among[ranked]]
    documents = len(ranked)
    ranked = ranked[digests.shingles[ranked] > 0]
    first, collisions = exact_duplicates(digests, ranked, texts, shingling, shelf)
    unique = ranked[first[ranked] == ranked]
    with Crew(threads) as crew:
        found = buckets(digests.bands, unique, leaders, crew, shelf)
        texts_used = texts if verify else None
        search = Search(unique, found, leaders, digests.sketch, digests.shingles, texts_used, shingling, threshold)
        parents, twins, counts = _search(search, crew, shelf)
    numbers = dict(zip(COUNTS, (int(number) for number in counts), strict=True))
    told = Counts(
        documents=documents,
        empty=documents - len(ranked),
        exact=len(ranked) - len(unique),
        collisions=collisions,
        capped=found.capped,
        skipped=found.skipped,
        **numbers,
    )
    return _result(search, first, parents, twins, told, threads, shelf)


def _check(
    digests: Digests, order: np.ndarray, texts: Texts | None, threshold: float, *, verify: bool, leaders: int
) -> None:
    count = len(digests)
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"threshold is {threshold}: above 0, at most 1 is allowed")
    if leaders < 1:
        raise ValueError(f"leaders is {leaders}: a bucket needs at least 1")
    if verify and texts is None:
        raise ValueError("verify needs the texts, they are None")
    if len(order) != count or (texts is not None and len(texts) != count):
        raise ValueError(f"{count} digests, {len(order)} in order and {len(texts or ())} texts: the numbers must agree")


def _ranked(order: np.ndarray) -> np.ndarray:
    """The documents, best first (int64)."""
    count = len(order)
    if count and order.min() == 0 and order.max() == count - 1:
        # Most orders are ranks already, and to turn them round takes a twentieth of the time of sorting.
        ranked = np.full(count, -1, dtype=np.int64)
        ranked[order] = np.arange(count, dtype=np.int64)
        if ranked.min() >= 0:
            return ranked
    ranked = np.argsort(order, kind="stable").astype(np.int64, copy=False)
    if (np.diff(order[ranked]) == 0).any():
        raise ValueError("two documents have the same order: it must tell any two apart")
    return ranked


def _search(search: Search, crew: Crew, shelf: Shelf | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find and join all edges: parents (m,), twins (m, 3) and the counts of COUNTS."""
    total = len(search.ranked)
    parents = np.arange(total, dtype=np.uint32)
    twins = np.full((total, 3), _NOBODY, dtype=np.uint32)
    scanner = Scanner(search, crew, shelf)
    for start in range(0, total, BLOCK):
        block = scanner.block(start, min(start + BLOCK, total))
        while (block.done < block.waiting).any():
            edges = scanner.turn(block, parents)
            _join(len(edges), pointer(edges), pointer(parents), pointer(twins))
    _settle(total, pointer(parents))
    return parents, twins, scanner.counts


def _result(
    search: Search,
    first: np.ndarray,
    parents: np.ndarray,
    twins: np.ndarray,
    counts: Counts,
    threads: int,
    shelf: Shelf | None,
) -> Clusters:
    """Turn ranks into documents, and measure those that were not compared with their leader."""
    count = len(first)
    leader, twin = np.arange(count, dtype=np.int64), np.arange(count, dtype=np.int64)
    similarity, twin_similarity = np.ones(count), np.ones(count)
    ranked = search.ranked
    joined = np.flatnonzero(twins[:, 0] != _NOBODY)
    rows = ranked[joined]
    leader[rows], twin[rows] = ranked[parents[joined]], ranked[twins[joined, 0]]
    measured = twins[joined, 1] / twins[joined, 2]
    if search.texts is None:
        measured = similarity_of(measured)
    twin_similarity[rows] = measured
    similarity[rows] = np.where(leader[rows] == rows, 1.0, measured)
    far = rows[(leader[rows] != twin[rows]) & (leader[rows] != rows)]
    far = far[np.argsort(leader[far], kind="stable")]
    if search.texts is not None:
        similarity[far] = jaccard(search.texts, leader[far], far, search.shingling, threads, shelf)
    else:
        similarity[far] = similarity_of((search.sketch[far] == search.sketch[leader[far]]).mean(axis=1))
    copies = np.flatnonzero(first != np.arange(count, dtype=np.uint32))
    best = first[copies].astype(np.int64)
    leader[copies], similarity[copies] = leader[best], similarity[best]
    twin[copies], twin_similarity[copies] = best, 1.0
    return Clusters(leader, similarity, twin, twin_similarity, similarity >= search.threshold, counts)
