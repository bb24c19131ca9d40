"""Runs of tokens that are equal, told apart by their text where their hashes are not enough."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from curate.jit import helper, kernel
from curate.overlap.kernel import BUILD, Hashes, Places
from curate.overlap.lookup import order
from curate.overlap.token import BASE, Alphabet, Tokens, alphabet, prefixes, same


class Runs(NamedTuple):
    """Runs of tokens, in the order of the texts.

    Args:
        hash: of each run.
        token: its first token.
        text: the text that it stands in.
        length: how many tokens it has.
    """

    hash: Hashes
    token: Places
    text: Places
    length: Places


class Distinct(NamedTuple):
    """Distinct runs, in the order of a lookup, and where each stands.

    Args:
        hash: of each distinct run; runs that only share a hash are beside each other.
        token: the first token of its first place.
        length: how many tokens it has.
        number: of every run, sorted by it, which distinct run it is.
        run: the runs in that order; those of one distinct run are in the order of the texts.
    """

    hash: Hashes
    token: Places
    length: Places
    number: Places
    run: Places


def grams(held: Tokens, size: int) -> Runs:
    """Every n-gram of every text."""
    counts = np.maximum(np.diff(held.first) - size + 1, 0)
    text = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    token = np.arange(len(text)) - before[text] + held.first[text]
    return Runs(_hashes(held, size, len(text)), token, text, np.full(len(text), size))


def heads(held: Tokens, texts: Places, size: int) -> Runs:
    """The first `size` tokens of these texts; 0 means all of them."""
    length = np.diff(held.first)[texts] if size == 0 else np.full(len(texts), size)
    return Runs(_head_hashes(held, texts, length), held.first[texts], texts, length)


def distinct(runs: Runs, held: Tokens) -> Distinct:
    """Find the runs that are equal."""
    ranked = order(runs.hash)
    number, leader = _numbers(runs, ranked, held, alphabet())
    if (np.diff(number) < 0).any():  # only where different runs share a hash
        again = np.argsort(number, kind="stable")
        number, ranked = number[again], ranked[again]
    return Distinct(runs.hash[leader], runs.token[leader], runs.length[leader], number, ranked)


@kernel
def _hashes(
    held: Tokens,
    size: int,
    count: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> Hashes:
    hashes = np.empty(count, dtype=np.uint64)
    power = np.uint64(1)
    for _ in range(size):
        power = power * BASE
    at = 0
    for text in range(len(held.first) - 1):
        sums = prefixes(held.hash, held.first[text], held.first[text + 1])
        for end in range(size, len(sums)):
            hashes[at] = sums[end] - sums[end - size] * power
            at += 1
    return hashes


@kernel
def _head_hashes(
    held: Tokens,
    texts: Places,
    length: Places,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> Hashes:
    hashes = np.empty(len(texts), dtype=np.uint64)
    for at, text in enumerate(texts):
        hashes[at] = prefixes(held.hash, held.first[text], held.first[text] + length[at])[-1]
    return hashes


@kernel
def _numbers(
    runs: Runs,
    ranked: Places,
    held: Tokens,
    letters: Alphabet,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> tuple[Places, Places]:
    """Of the runs in their order, which distinct one each is; of the distinct ones, the first run."""
    number = np.empty(len(ranked), dtype=np.int64)
    leader = np.empty(len(ranked), dtype=np.int64)
    count = first = 0
    for place in range(len(ranked)):
        run = ranked[place]
        if place == 0 or runs.hash[run] != runs.hash[ranked[place - 1]]:
            first = count
        which = first
        while which < count and not _equal(runs, leader[which], run, held, letters):
            which += 1
        if which == count:
            leader[count] = run
            count += 1
        number[place] = which
    return number, leader[:count].copy()


@helper
def _equal(runs: Runs, one: int, two: int, held: Tokens, letters: Alphabet) -> bool:
    count = runs.length[one]
    return runs.length[two] == count and same(held, runs.token[one], held, runs.token[two], count, letters)
