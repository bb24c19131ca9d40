"""Which documents are near a reference: each is compared with the references of its buckets, and with nothing else.

Unlike in `cluster`, nothing hangs together over others: what matches is itself as similar to a reference as asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curate.minhash.band import Digests
from curate.minhash.bucket import buckets
from curate.minhash.crew import Crew
from curate.minhash.exact import exact_duplicates
from curate.minhash.scan import BLOCK, Scanner, Search
from curate.minhash.shingling import Shingling
from curate.minhash.sketch import similarity_of
from curate.minhash.texts import Texts
from curate.room import Shelf


@dataclass(frozen=True)
class Matches:
    """Which reference each document is near to.

    Args:
        reference: int64 (n,), one that is similar enough; -1 where there is none, and for references.
        similarity: float64 (n,), exact Jaccard similarity to it (from the sketches, if nothing was verified), else 0.
    """

    reference: np.ndarray
    similarity: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """Bool (n,): whether a document is near a reference."""
        found: np.ndarray = self.reference >= 0
        return found


def match(
    digests: Digests,
    references: int,
    texts: Texts | None,
    shingling: Shingling,
    threshold: float,
    *,
    leaders: int,
    threads: int = 1,
    shelf: Shelf | None = None,
) -> Matches:
    """Find the documents that are near a reference.

    Args:
        digests: of all documents; the references are the last ones.
        references: how many there are.
        texts: of all documents; None: nothing is verified, all that meet in a band match.
        shingling: the one that the digests were made with.
        threshold: the least Jaccard similarity, above 0.
        leaders: references of a bucket that the others are compared with, at most.
        threads: how many work at the same time; the result is the same.
        shelf: as for `curate.minhash.cluster`.
    """
    count = len(digests)
    reference, similarity = np.full(count, -1, np.int64), np.zeros(count)
    ranked = np.r_[count - references : count, : count - references].astype(np.int64)
    ranked = ranked[digests.shingles[ranked] > 0]
    first, _ = exact_duplicates(digests, ranked, texts, shingling, shelf)
    equal = np.flatnonzero(first[: count - references] >= count - references)
    reference[equal], similarity[equal] = first[equal], 1.0
    unique = ranked[first[ranked] == ranked]
    held = int((unique >= count - references).sum())
    with Crew(threads) as crew:
        found = buckets(digests.bands, unique, leaders, crew, shelf)
        sketch, shingles = digests.sketch, digests.shingles
        search = Search(unique, found, leaders, sketch, shingles, texts, shingling, threshold, limit=held)
        scanner, alone = Scanner(search, crew, shelf), np.arange(len(unique), dtype=np.uint32)
        for start in range(held, len(unique), BLOCK):
            edges = scanner.turn(scanner.block(start, min(start + BLOCK, len(unique))), alone)
            rows = unique[edges[:, 0]]
            reference[rows] = unique[edges[:, 1]]
            measured = edges[:, 2] / edges[:, 3]
            similarity[rows] = measured if texts is not None else similarity_of(measured)
    copies = np.flatnonzero(first[: count - references] != np.arange(count - references, dtype=np.uint32))
    copies = copies[first[copies] < count - references]
    reference[copies], similarity[copies] = reference[first[copies]], similarity[first[copies]]
    return Matches(reference, similarity)
