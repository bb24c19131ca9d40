"""Tokens: where they stand in the bytes of a text, and their hashes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from curate.jit import helper, kernel
from curate.overlap.characters import IGNORED, JOINER, SEPARATOR, SINGLE, buffers, composed, tables
from curate.overlap.kernel import BUILD, Hashes, Octets, Places, Points

# Odd 64-bit constants: FNV's prime, the finaliser of MurmurHash3, the base of the rolling hash (2^64 / golden ratio).
_PRIME = np.uint64(0x100000001B3)
_MIX_ONE = np.uint64(0xFF51AFD7ED558CCD)
_MIX_TWO = np.uint64(0xC4CEB9FE1A85EC53)
_HALF = np.uint64(33)
BASE = np.uint64(0x9E3779B97F4A7C15)

# The bits of a token's hash that are used. Fewer make collisions, which must not change any result: the tests do so.
MASK = np.uint64(0xFFFFFFFFFFFFFFFF)


class Alphabet(NamedTuple):
    """What `tables` gives, as the kernels take it."""

    kind: Octets
    fold: Points
    mask: np.uint64


class Tokens(NamedTuple):
    """The tokens of some texts, as the kernels take them.

    Args:
        data: the bytes of all texts.
        start: of each token, the place of its first byte in `data`.
        stop: the place after its last byte.
        hash: the hash of its folded code points.
        first: of each text, its first token; one more at the end.
    """

    data: Octets
    start: Places
    stop: Places
    hash: Hashes
    first: Places


def alphabet() -> Alphabet:
    """The character tables with the mask that holds now."""
    return Alphabet(*tables(), MASK)


def tokens(texts: pl.Series) -> Tokens:
    """The tokens of texts that `composed` made."""
    data, starts = buffers(texts)
    letters = alphabet()
    first = np.zeros(len(starts), dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    _tokens(data, starts, letters, first, none, none, np.zeros(0, dtype=np.uint64))
    start, stop = np.empty((2, first[-1]), dtype=np.int64)
    hashes = np.empty(first[-1], dtype=np.uint64)
    _tokens(data, starts, letters, first, start, stop, hashes)
    return Tokens(data, start, stop, hashes, first)


def tokenised(texts: pl.Series) -> tuple[pl.Series, Tokens]:
    """The texts in NFKC, and their tokens."""
    texts = composed(texts)
    return texts, tokens(texts)


@helper
def decoded(data: Octets, place: int) -> tuple[np.int64, int]:
    """The code point that begins here in valid UTF-8, and its length in bytes."""
    lead = np.int64(data[place])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | np.int64(data[place + 1]) & 0x3F, 2
    two = (np.int64(data[place + 1]) & 0x3F) << 6 | np.int64(data[place + 2]) & 0x3F
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | two, 3
    return (lead & 0x07) << 18 | two << 6 | np.int64(data[place + 3]) & 0x3F, 4


@helper
def next_token(data: Octets, place: int, end: int, letters: Alphabet) -> tuple[int, int, np.uint64]:
    """The first token from here on.

    Returns:
        Its first byte (-1: there is none), the byte after its last, and its hash.
    """
    start = -1
    stop = place
    joiners = 0
    state = np.uint64(0xCBF29CE484222325)
    while place < end:
        code, width = decoded(data, place)
        kind = letters.kind[code]
        if kind == SEPARATOR or (kind == SINGLE and start >= 0):
            if start >= 0:
                break
        elif kind == JOINER:
            joiners += 1
        elif kind != IGNORED:
            if start < 0:
                start = place
                joiners = 0
            for _ in range(joiners):
                state = (state ^ np.uint64(95)) * _PRIME
            joiners = 0
            state = (state ^ np.uint64(letters.fold[code])) * _PRIME
            stop = place + width
            if kind == SINGLE:
                break
        place += width
    state = (state ^ (state >> _HALF)) * _MIX_ONE
    state = (state ^ (state >> _HALF)) * _MIX_TWO
    return start, stop, (state ^ (state >> _HALF)) & letters.mask


@kernel
def _tokens(
    data: Octets,
    starts: Places,
    letters: Alphabet,
    first: Places,
    start: Places,
    stop: Places,
    hashes: Hashes,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    """Write the tokens of every text, or only count them where there is no room for any."""
    count = 0
    for text in range(len(starts) - 1):
        place = starts[text]
        while True:
            begin, place, state = next_token(data, place, starts[text + 1], letters)
            if begin < 0:
                break
            if count < len(start):
                start[count] = begin
                stop[count] = place
                hashes[count] = state
            count += 1
        first[text + 1] = count


@helper
def same(one: Tokens, a: int, two: Tokens, b: int, count: int, letters: Alphabet) -> bool:
    """Whether `count` tokens from `a` on and from `b` on are equal, character by character."""
    for step in range(count):
        left, left_end = one.start[a + step], one.stop[a + step]
        right, right_end = two.start[b + step], two.stop[b + step]
        while True:
            left, code = _visible(one.data, left, left_end, letters)
            right, other = _visible(two.data, right, right_end, letters)
            if code != other:
                return False
            if code < 0:
                break
    return True


@helper
def _visible(data: Octets, place: int, end: int, letters: Alphabet) -> tuple[int, np.int64]:
    """The place after the next character that counts, and what it is compared as (-1 at the end)."""
    while place < end:
        code, width = decoded(data, place)
        place += width
        if letters.kind[code] != IGNORED:
            return place, np.int64(letters.fold[code])
    return place, np.int64(-1)


@helper
def prefixes(hashes: Hashes, first: int, last: int) -> Hashes:
    """The polynomial hash of the first 0, 1, … tokens of [first, last)."""
    sums = np.zeros(last - first + 1, dtype=np.uint64)
    for place in range(first, last):
        sums[place - first + 1] = sums[place - first] * BASE + hashes[place]
    return sums


def powers(longest: int) -> Hashes:
    """BASE to the power 0, 1, … `longest`, modulo 2^64."""
    with np.errstate(over="ignore"):
        return np.multiply.accumulate(np.r_[np.uint64(1), np.full(longest, BASE, dtype=np.uint64)], dtype=np.uint64)
