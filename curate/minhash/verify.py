"""Exact Jaccard similarity of texts, from the sets of their shingles' 64-bit hashes, cut anew from the bytes.

Nothing of a text is kept between two comparisons: to cut it again costs less than to fetch its shingles from memory.
"""

from __future__ import annotations

import numpy as np

from curate.jit import helper, kernel
from curate.minhash.crew import Crew
from curate.minhash.machine import BUILD, integer64, load32, load64, pointer, signed, store32, store64
from curate.minhash.shingling import Shingling
from curate.minhash.texts import Texts
from curate.minhash.tokenise import Scratch, shingle, shingles_at, tokenise
from curate.room import Shelf

_ZERO, _ONE, _HALF = np.uint64(0), np.uint64(1), np.uint64(32)
_PAIRS = 1024


class Sets:
    """Memory of one thread for the shingles of two texts.

    Args:
        shingling: what a shingle is.
        longest: bytes of the longest text.
    """

    def __init__(self, shingling: Shingling, longest: int) -> None:
        self._scratch = Scratch(shingling, longest)
        slots = 1 << (2 * longest + 64).bit_length()
        self._held = (np.empty(slots, np.uint64), np.zeros(slots, np.uint32), np.empty(slots, np.uint64))
        self.setting = self._scratch.address
        keys, marks, extra = self._held
        self.addresses = (pointer(keys), pointer(marks), pointer(extra))


@helper
def slots_for(number: int) -> int:
    """Slots of an open table of `number` keys: a power of two, at most half of them taken."""
    slots = 16
    while slots < 2 * number:
        slots *= 2
    return slots


@helper
def collect(number: int, setting: int, table: int, marks: int) -> int:
    """Put the shingles that were cut last into a table of `slots_for(number)`; how many different ones there are."""
    mask = slots_for(number) - 1
    for slot in range(mask + 1):
        store64(table, slot, _ZERO)
    for slot in range(mask + 1):
        store32(marks, slot, np.uint32(0))
    shingles = shingles_at(setting)
    different = 0
    for place in range(number):
        key = load64(shingles, place) | _ONE
        slot = signed(key >> _HALF) & mask
        found = load64(table, slot)
        while found not in (key, _ZERO):
            slot = (slot + 1) & mask
            found = load64(table, slot)
        if found == _ZERO:
            store64(table, slot, key)
            different += 1
    return different


@helper
def _is_new(key: int, table: int, mask: int) -> bool:
    slot = signed(key >> _HALF) & mask
    found = load64(table, slot)
    while found not in (key, _ZERO):
        slot = (slot + 1) & mask
        found = load64(table, slot)
    if found == key:
        return False
    store64(table, slot, key)
    return True


@helper
def overlap(
    number: int, setting: int, table: int, mask: int, marks: int, turn: int, extra: int, allowed: int
) -> tuple[int, int]:
    """Compare the shingles that were cut last with those in a table.

    Args:
        number: of shingles cut last.
        setting: of the scratch.
        table: what `collect` filled.
        mask: its number of slots less 1.
        marks: of its slots: the last turn in which each was hit.
        turn: not used with this table before, not 0.
        extra: address of a second table, for shingles that the first one lacks.
        allowed: of them; more, and the comparison ends.

    Returns:
        How many are in both, and how many only in the text that was cut last (more than `allowed` if it ended early).
    """
    allowed = min(allowed, number)
    beyond = slots_for(allowed + 1) - 1
    for slot in range(beyond + 1):
        store64(extra, slot, _ZERO)
    shingles = shingles_at(setting)
    common = other = 0
    for place in range(number):
        key = load64(shingles, place) | _ONE
        slot = signed(key >> _HALF) & mask
        found = load64(table, slot)
        while found not in (key, _ZERO):
            slot = (slot + 1) & mask
            found = load64(table, slot)
        if found == key:
            if load32(marks, slot) != np.uint32(turn):
                store32(marks, slot, np.uint32(turn))
                common += 1
        elif _is_new(key, extra, beyond):
            other += 1
            if other > allowed:
                break
    return common, other


@kernel
def _jaccard(
    pairs: int,
    ones: int,
    others: int,
    addresses: int,
    lengths: int,
    setting: int,
    table: int,
    marks: int,
    extra: int,
    common: int,
    union: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    held = -1
    turn = different = mask = 0
    for pair in range(pairs):
        one, other = integer64(ones, pair), integer64(others, pair)
        if one != held:
            count = tokenise(integer64(addresses, one), integer64(lengths, one), setting)
            number = shingle(count, setting)
            different = collect(number, setting, table, marks)
            mask = slots_for(number) - 1
            held, turn = one, 0
        turn += 1
        count = tokenise(integer64(addresses, other), integer64(lengths, other), setting)
        number = shingle(count, setting)
        both, beyond = overlap(number, setting, table, mask, marks, turn, extra, number)
        store32(common, pair, np.uint32(both))
        store32(union, pair, np.uint32(different + beyond))


def jaccard(
    texts: Texts,
    ones: np.ndarray,
    others: np.ndarray,
    shingling: Shingling,
    threads: int = 1,
    shelf: Shelf | None = None,
) -> np.ndarray:
    """The Jaccard similarity of pairs of texts, 0 where neither has a token.

    Args:
        texts: where they lie.
        ones: row numbers; where the same one comes several times in a row, it is cut once.
        others: row numbers.
        shingling: how they are cut.
        threads: how many work at the same time.
        shelf: that the texts lie on; None: in memory.

    Returns:
        float64 (pairs,).
    """
    ones, others = (np.ascontiguousarray(rows, dtype=np.int64) for rows in (ones, others))
    common, union = np.empty(len(ones), np.uint32), np.empty(len(ones), np.uint32)
    if len(ones) == 0:
        return common.astype(np.float64)
    for rows in (ones, others):
        if rows.min() < 0 or rows.max() >= len(texts):
            raise IndexError(f"pairs name rows {rows.min()} to {rows.max()}, there are {len(texts)} texts")
    longest = int(max(texts.lengths[ones].max(), texts.lengths[others].max()))
    places = (pointer(texts.addresses), pointer(texts.lengths))

    def work(span: slice) -> None:
        sets = Sets(shingling, longest)
        rows = (pointer(ones[span]), pointer(others[span]))
        results = (pointer(common[span]), pointer(union[span]))
        _jaccard(span.stop - span.start, *rows, *places, sets.setting, *sets.addresses, *results)
        if shelf is not None:
            shelf.rest()

    with Crew(threads) as crew:
        crew.work(work, len(ones), _PAIRS)
    return common / np.maximum(union, 1)
