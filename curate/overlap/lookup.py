"""A set of hashes that a kernel looks into: one bit says no to nearly all that are not in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from curate.jit import helper, kernel
from curate.overlap.kernel import BUILD, Hashes, Octets, Places

_SPREAD = np.uint64(0xD6E8FEB86659FD93)  # odd: multiplying by it loses nothing
_WORD = 64
_LEAST_BITS, _MOST_BITS = 10, 26  # of the filter: 128 bytes to 8 MB
_FILTER_ROOM = 4  # 2^4 bits a hash


class Lookup(NamedTuple):
    """Hashes in the order that `order` gives, equal ones beside each other.

    Args:
        hashes: the hashes.
        bits: a filter, one bit for the leading bits of the spread hashes.
        bits_shift: how far a spread hash is shifted right to find its bit.
        place: where the hashes begin whose spread hashes begin alike; one more at the end.
        place_shift: how far a spread hash is shifted right to find its place.
    """

    hashes: Hashes
    bits: Octets
    bits_shift: np.uint64
    place: Places
    place_shift: np.uint64


def order(hashes: Hashes) -> Places:
    """The order of the hashes in a lookup; equal ones stay in the order that they have."""
    return np.argsort(_spread(hashes), kind="stable")


def lookup(hashes: Hashes) -> Lookup:
    """Make a lookup of hashes in their order."""
    size = max(len(hashes), 1).bit_length()
    bits = min(max(size + _FILTER_ROOM, _LEAST_BITS), _MOST_BITS)
    spread = _spread(hashes)
    shift, place_shift = np.uint64(_WORD - bits), np.uint64(_WORD - size)
    counts = np.bincount((spread >> place_shift).astype(np.int64), minlength=1 << size)
    place = np.r_[0, np.cumsum(counts)].astype(np.int64)
    return Lookup(hashes, _filter(spread >> shift, 1 << bits), shift, place, place_shift)


def _spread(hashes: Hashes) -> Hashes:
    with np.errstate(over="ignore"):
        return hashes * _SPREAD


@kernel
def _filter(
    bits: Hashes,
    size: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> Octets:
    """One bit of `size` set for each value."""
    octets = np.zeros(size // 8, dtype=np.uint8)
    for bit in bits:
        octets[bit >> np.uint64(3)] |= np.uint8(1) << np.uint8(bit & np.uint64(7))
    return octets


@helper
def found(held: Lookup, value: np.uint64) -> int:
    """The place of the first hash that is equal, or -1."""
    spread = value * _SPREAD
    bit = spread >> held.bits_shift
    if not (held.bits[bit >> np.uint64(3)] >> np.uint8(bit & np.uint64(7))) & np.uint8(1):
        return -1
    bucket = np.int64(spread >> held.place_shift)
    for place in range(held.place[bucket], held.place[bucket + 1]):
        if held.hashes[place] == value:
            return place
    return -1
