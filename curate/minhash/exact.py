"""Exact duplicates: texts with the same tokens, by the hash of the sequence and then by the bytes of the tokens."""

from __future__ import annotations

import numpy as np

from curate.jit import kernel
from curate.minhash.band import Digests
from curate.minhash.machine import BUILD, integer64, load32, load64, pointer, signed, store32
from curate.minhash.shingling import Shingling
from curate.minhash.texts import Texts
from curate.minhash.tokenise import Scratch, same_tokens
from curate.room import Shelf

NONE = np.uint32(0xFFFFFFFF)
_HALF = np.uint64(32)
_TURN = 65_536  # ranks between two rests


@kernel
def _first(
    count: int,
    ranked: int,
    hashes: int,
    addresses: int,
    lengths: int,
    one: int,
    other: int,
    table: int,
    mask: int,
    first: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> int:
    """Write for each document, best first, the best one with the same tokens; the number of hashes that met in vain."""
    collisions = 0
    for rank in range(count):
        document = integer64(ranked, rank)
        found = load64(hashes, document)
        slot = signed((found ^ (found >> _HALF)) & np.uint64(mask))
        while True:
            holder = load32(table, slot)
            if holder == NONE:
                store32(table, slot, np.uint32(document))
                store32(first, document, np.uint32(document))
                break
            if load64(hashes, signed(holder)) == found:
                if addresses == 0 or same_tokens(
                    integer64(addresses, document),
                    integer64(lengths, document),
                    integer64(addresses, signed(holder)),
                    integer64(lengths, signed(holder)),
                    one,
                    other,
                ):
                    store32(first, document, holder)
                    break
                collisions += 1
            slot = (slot + 1) & mask
    return collisions


def table_size(count: int) -> int:
    """Slots of an open table for `count` keys: a power of two, at most half of them taken."""
    return 1 << max(4, (2 * count - 1).bit_length())


def exact_duplicates(
    digests: Digests, ranked: np.ndarray, texts: Texts | None, shingling: Shingling, shelf: Shelf | None = None
) -> tuple[np.ndarray, int]:
    """Find the documents with the same tokens as a better one.

    Args:
        digests: of all documents.
        ranked: int64, the documents to look at, best first.
        texts: of all documents; None: equal hashes count as equal tokens.
        shingling: what a token is.
        shelf: that the texts lie on; None: in memory.

    Returns:
        For each document the best one with the same tokens, itself if there is none better (uint32), and how many pairs
        had the same hash and other tokens.
    """
    first = np.arange(len(digests), dtype=np.uint32)
    size = table_size(len(ranked))
    table = np.full(size, NONE, dtype=np.uint32)
    longest = int(texts.lengths.max(initial=0)) if texts is not None else 0
    one, other = Scratch(shingling, longest), Scratch(shingling, longest)
    where = (pointer(texts.addresses), pointer(texts.lengths)) if texts is not None else (0, 0)
    given = (pointer(digests.exact), *where, one.address, other.address, pointer(table), size - 1, pointer(first))
    collisions = 0
    for start in range(0, len(ranked), _TURN):
        some = ranked[start : start + _TURN]
        collisions += _first(len(some), pointer(some), *given)
        if shelf is not None:
            shelf.rest()
    return first, collisions
