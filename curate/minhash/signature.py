"""MinHash signatures as datasketch 2 makes them (scheme affine32, seed 1), from text in Arrow buffers.

Each shingle's 32 bits are mixed (the finaliser of MurmurHash3), moved by `num_perm` affine maps, and of each map the
least value over the shingles of a text stays: two texts agree in each value with a probability of their Jaccard
similarity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from curate.jit import helper, kernel
from curate.minhash.crew import Crew
from curate.minhash.machine import BUILD, affine_least, integer64, load32, load64, pointer, store32, store64
from curate.minhash.shingling import Shingling, datasketch_hash
from curate.minhash.texts import Texts
from curate.minhash.tokenise import Scratch, hashes_at, shingle, shingles_at, tokenise

if TYPE_CHECKING:
    from datasketch import MinHash

ROWS = 2048  # of one piece of work
EMPTY = np.uint32(0xFFFFFFFF)  # every value of a text without tokens
_SHIFT, _SHIFT_13 = np.uint32(16), np.uint32(13)
_MIX_1, _MIX_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_HIGH, _FINAL_1, _FINAL_2 = np.uint64(32), np.uint64(0xFF51AFD7ED558CCD), np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Signatures:
    """What is known of each text after one look at it.

    Args:
        values: uint32 (n, num_perm), the signature; all bits set for a text without tokens.
        exact: uint64 (n,), hash of the sequence of tokens.
        shingles: uint32 (n,), how many shingles, repeats included; 0 for a text without tokens.
    """

    values: np.ndarray
    exact: np.ndarray
    shingles: np.ndarray


def permutations(num_perm: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors and summands of datasketch's affine32 maps for seed 1."""
    generator = np.random.RandomState(1)
    factors = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)


@helper
def _sequence(tokens: int, count: int) -> np.uint64:
    """64 bits of a sequence of token hashes."""
    total = np.uint64(count)
    for place in range(count):
        state = load64(tokens, place) + np.uint64(place) * _FINAL_2
        state = (state ^ (state >> _HIGH)) * _FINAL_1
        total += state ^ (state >> _HIGH)
    return total


@helper
def _mix(shingles: int, number: int, mixed: int) -> None:
    """Bring shingle hashes to 32 bits and mix them; the last one again up to a multiple of eight."""
    for place in range(number):
        value = np.uint32(load64(shingles, place) >> _HIGH)
        value = np.uint32((value ^ (value >> _SHIFT)) * _MIX_1)
        value = np.uint32((value ^ (value >> _SHIFT_13)) * _MIX_2)
        store32(mixed, place, np.uint32(value ^ (value >> _SHIFT)))
    for place in range(number, (number + 7) // 8 * 8):
        store32(mixed, place, load32(mixed, number - 1))


@helper
def _least(mixed: int, number: int, factors: int, summands: int, values: int, num_perm: int) -> None:
    """Of each map the least value: eight shingles a pass, so that factors and summands are read once for the eight."""
    for place in range(num_perm):
        store32(values, place, EMPTY)
    for start in range(0, number, 8):
        one, two = load32(mixed, start), load32(mixed, start + 1)
        three, four = load32(mixed, start + 2), load32(mixed, start + 3)
        five, six = load32(mixed, start + 4), load32(mixed, start + 5)
        seven, eight = load32(mixed, start + 6), load32(mixed, start + 7)
        for place in range(num_perm):
            factor, summand = load32(factors, place), load32(summands, place)
            least = affine_least(load32(values, place), factor, summand, one)
            least = affine_least(least, factor, summand, two)
            least = affine_least(least, factor, summand, three)
            least = affine_least(least, factor, summand, four)
            least = affine_least(least, factor, summand, five)
            least = affine_least(least, factor, summand, six)
            least = affine_least(least, factor, summand, seven)
            store32(values, place, affine_least(least, factor, summand, eight))


@kernel
def _sign(
    rows: int,
    addresses: int,
    lengths: int,
    setting: int,
    mixed: int,
    num_perm: int,
    factors: int,
    summands: int,
    values: int,
    exact: int,
    shingles: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    for row in range(rows):
        count = tokenise(integer64(addresses, row), integer64(lengths, row), setting)
        number = shingle(count, setting)
        store64(exact, row, _sequence(hashes_at(setting), count))
        store32(shingles, row, np.uint32(number))
        _mix(shingles_at(setting), number, mixed)
        _least(mixed, number, factors, summands, values + 4 * num_perm * row, num_perm)


class Signer:
    """Signs texts span by span.

    Args:
        shingling: how texts are cut.
        num_perm: values a signature.
    """

    def __init__(self, shingling: Shingling, num_perm: int) -> None:
        self._shingling = shingling
        self._maps = permutations(num_perm)

    def sign(self, texts: Texts, span: slice, signatures: Signatures) -> None:
        """Sign the texts of a span into the rows of `signatures`."""
        addresses, lengths = texts.addresses[span], texts.lengths[span]
        longest = int(lengths.max(initial=0))
        scratch = Scratch(self._shingling, longest)
        mixed = np.empty(longest + 96, np.uint32)
        maps = [pointer(array) for array in self._maps]
        parts = [pointer(array) for array in (signatures.values, signatures.exact, signatures.shingles)]
        given = (
            len(lengths),
            pointer(addresses),
            pointer(lengths),
            scratch.address,
            pointer(mixed),
            len(self._maps[0]),
        )
        _sign(*given, *maps, *parts)


def empty_signatures(rows: int, num_perm: int) -> Signatures:
    """Room for signatures."""
    values = np.empty((rows, num_perm), np.uint32)
    return Signatures(values, np.empty(rows, np.uint64), np.empty(rows, np.uint32))


def signatures(texts: Texts, shingling: Shingling, num_perm: int = 128, threads: int = 1) -> Signatures:
    """Sign texts.

    A text with fewer tokens than `shingling.ngram` has one shingle, all its tokens; a text without tokens has none.

    Args:
        texts: where they lie.
        shingling: how they are cut.
        num_perm: values a signature.
        threads: how many work at the same time; the result is the same.
    """
    result = empty_signatures(len(texts), num_perm)
    signer = Signer(shingling, num_perm)

    def work(span: slice) -> None:
        signer.sign(texts, span, Signatures(result.values[span], result.exact[span], result.shingles[span]))

    with Crew(threads) as crew:
        crew.work(work, len(texts), ROWS)
    return result


def export(values: np.ndarray) -> MinHash:
    """One signature as a `datasketch.MinHash`, which goes on with `datasketch_hash`."""
    from datasketch import MinHash  # noqa: PLC0415 - not needed to dedup

    return MinHash(hashvalues=values, scheme="affine32", hashfunc=datasketch_hash)
