"""The kernels that look for the runs of an index: a quick one over every text, a thorough one over what it finds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from curate.jit import helper, kernel
from curate.overlap.catalogue import Catalogue
from curate.overlap.kernel import BUILD, Flags, Hashes, Octets, Places
from curate.overlap.lookup import Lookup, found
from curate.overlap.token import BASE, Alphabet, Tokens, next_token, prefixes, same


class Hits(NamedTuple):
    """Runs of an index that stand in texts.

    Args:
        text: the text.
        token: the first token of the run in the text, counted from the text's own first.
        run: which run of the catalogue.
    """

    text: Places
    token: Places
    run: Places


@kernel
def screened(
    data: Octets,
    starts: Places,
    letters: Alphabet,
    size: int,
    floor: int,
    grams: Lookup,
    heads: Lookup,
    wholes: Lookup,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> Flags:
    """Whether a text holds the hash of an n-gram, of an item's head, or of a whole item.

    No token is stored: the last `size` hashes turn in a ring, and each text is read once.
    """
    hits = np.zeros(len(starts) - 1, dtype=np.bool_)
    ring = np.zeros(size, dtype=np.uint64)
    gram_power, head_power = np.uint64(1), np.uint64(1)
    for _ in range(size):
        gram_power = gram_power * BASE
    for _ in range(floor):
        head_power = head_power * BASE
    for text in range(len(hits)):
        place, end = starts[text], starts[text + 1]
        gram, head, whole = np.uint64(0), np.uint64(0), np.uint64(0)
        ring[:] = 0
        count = slot = 0
        while True:
            begin, place, state = next_token(data, place, end, letters)
            if begin < 0:
                break
            behind = slot - floor
            if behind < 0:
                behind += size
            head = head * BASE + state - ring[behind] * head_power
            gram = gram * BASE + state - ring[slot] * gram_power
            whole = whole * BASE + state
            ring[slot] = state
            slot += 1
            if slot == size:
                slot = 0
            count += 1
            if (count >= size and found(grams, gram) >= 0) or (count >= floor and found(heads, head) >= 0):
                hits[text] = True
                break
        if not hits[text] and count:
            hits[text] = found(wholes, whole) >= 0
    return hits


@kernel
def gram_hits(
    texts: Tokens,
    index: Tokens,
    sought: Catalogue,
    size: int,
    power: Hashes,
    room: Hits,
    letters: Alphabet,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> int:
    """Every n-gram of the index in every text, confirmed by its characters; what has no room is only counted."""
    count = 0
    for text in range(len(texts.first) - 1):
        first, last = texts.first[text], texts.first[text + 1]
        sums = prefixes(texts.hash, first, last)
        for token in range(last - first - size + 1):
            run = _confirmed(
                sums[token + size] - sums[token] * power[size], texts, first + token, size, index, sought, letters
            )
            if run >= 0:
                if count < len(room.text):
                    room.text[count], room.token[count], room.run[count] = text, token, run
                count += 1
    return count


@kernel
def whole_hits(
    texts: Tokens,
    index: Tokens,
    heads: Catalogue,
    sought: Catalogue,
    floor: int,
    power: Hashes,
    room: Hits,
    letters: Alphabet,
    apart_below: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> int:
    """Every whole item in every text: where the head of one stands, each length of the items with it is tried.

    Items of fewer than `apart_below` tokens must stand apart.
    """
    count = 0
    for text in range(len(texts.first) - 1):
        first, last = texts.first[text], texts.first[text + 1]
        sums = prefixes(texts.hash, first, last)
        for token in range(last - first - floor + 1):
            head = _confirmed(
                sums[token + floor] - sums[token] * power[floor], texts, first + token, floor, index, heads, letters
            )
            if head < 0:
                continue
            for member in range(heads.first[head], heads.first[head + 1]):
                size = heads.member[member]
                if token + size > last - first:
                    break
                if size < apart_below and not apart(texts, first + token, size, first, last):
                    continue
                run = _confirmed(
                    sums[token + size] - sums[token] * power[size], texts, first + token, size, index, sought, letters
                )
                if run >= 0:
                    if count < len(room.text):
                        room.text[count], room.token[count], room.run[count] = text, token, run
                    count += 1
    return count


@helper
def apart(texts: Tokens, token: int, size: int, first: int, last: int) -> bool:
    """Whether more than blanks parts these tokens from their neighbours, or an option's letter follows (A) A. A:)."""
    if token > first and _blank(texts.data, texts.stop[token - 1], texts.start[token]):
        return False
    after = token + size
    if after == last or not _blank(texts.data, texts.stop[after - 1], texts.start[after]):
        return True
    end = texts.stop[after]
    return after + 1 < last and end - texts.start[after] == 1 and texts.data[end] in (0x29, 0x2E, 0x3A)


@helper
def _blank(data: Octets, start: int, stop: int) -> bool:
    blank = True
    for place in range(start, stop):
        blank &= data[place] == 0x20 or data[place] == 0x09
    return blank


@kernel
def equal_hits(
    texts: Tokens,
    index: Tokens,
    sought: Catalogue,
    letters: Alphabet,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> Places:
    """Of each text, the item that it equals token by token, or -1."""
    runs = np.full(len(texts.first) - 1, -1, dtype=np.int64)
    for text in range(len(runs)):
        first, last = texts.first[text], texts.first[text + 1]
        if last > first:
            value = prefixes(texts.hash, first, last)[-1]
            runs[text] = _confirmed(value, texts, first, last - first, index, sought, letters)
    return runs


@helper
def _confirmed(
    value: np.uint64, texts: Tokens, token: int, size: int, index: Tokens, sought: Catalogue, letters: Alphabet
) -> int:
    """The run of the index with this hash whose characters are these too, or -1."""
    run = found(sought.hashes, value)
    if run < 0:
        return -1
    while run < len(sought.token) and sought.hashes.hashes[run] == value:
        if sought.length[run] == size and same(texts, token, index, sought.token[run], size, letters):
            return run
        run += 1
    return -1
