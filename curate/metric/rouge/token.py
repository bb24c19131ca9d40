"""From texts to tokens, as numbers: equal tokens of one call have equal numbers.

Two ways to cut a text, both in small letters:

`rouge`    runs of a-z and 0-9; all else separates. It is what Google's `rouge-score` takes as a token
           (https://github.com/google-research/google-research/blob/master/rouge/tokenize.py), and it finds nothing in
           Chinese, Russian or Greek.
`unicode`  runs of letters, marks and digits of any script, in normal form NFKC; characters of scripts that write no
           blanks between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are tokens by themselves.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from curate.jit import helper, kernel
from curate.metric.rouge.stem import stem

Tokens: TypeAlias = Literal["rouge", "unicode"]
Octets: TypeAlias = npt.NDArray[np.uint8]
Numbers: TypeAlias = npt.NDArray[np.int32]
Places: TypeAlias = npt.NDArray[np.int64]
Keys: TypeAlias = npt.NDArray[np.uint64]

_BETWEEN, _WORD, _ALONE = np.uint8(0), np.uint8(1), np.uint8(2)
_PLANES = 0x40000  # code points that are told apart; beyond are private ones and tags, which separate
_SCRIPTS = ("Han", "Hiragana", "Katakana", "Bopomofo", "Thai", "Lao", "Khmer", "Myanmar")
_ZERO, _ONE, _TWO, _BYTE, _HALF = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(8), np.uint64(32)
_LONG = np.uint64(1 << 63)
_PRIME = np.uint64(0x100000001B3)  # of FNV-1a, 64 bits
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio (Knuth, The Art of Computer Programming, 6.4)
_PACKED = 7
_SHORTEST_TO_STEM = 4


def numbered(texts: pl.Series, tokens: Tokens, *, stemmer: bool = False) -> tuple[Numbers, Places]:
    """The tokens of texts as numbers.

    Args:
        texts: String, without nulls.
        tokens: how texts are cut.
        stemmer: words longer than three characters count as their stem (`stem`), as in `rouge-score`.

    Returns:
        The numbers of all tokens, one text after the other, and where each text begins in them (one entry more than
        there are texts). Numbers lie in [0, number of tokens); equal tokens have equal ones, within this call.
    """
    prepared = _prepared(texts, tokens)
    array = prepared.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    places = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    octets = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    starts, ends, keys, begins = _cut(octets, places, _kinds(tokens))
    numbers, firsts = _number(octets, starts, ends, keys)
    return (_stemmed(octets, numbers, starts[firsts], ends[firsts]) if stemmer else numbers), begins


def _prepared(texts: pl.Series, tokens: Tokens) -> pl.Series:
    # Rust and Python make small letters alike: the Kelvin sign becomes a k, and a dotted capital I an i and a dot.
    if tokens == "rouge":
        return texts.str.to_lowercase()
    text = pl.col("text")
    plain = text.str.len_bytes() == text.str.len_chars()
    form = pl.when(plain).then(text).otherwise(pl.when(~plain).then(text).str.normalize("NFKC"))
    return texts.to_frame("text").select(form.str.to_lowercase()).to_series()


@cache
def _kinds(tokens: Tokens) -> Octets:
    """What each code point is: between tokens, in a token, a token alone."""
    kinds = np.zeros(_PLANES, np.uint8)
    if tokens == "rouge":
        kinds[[*range(0x30, 0x3A), *range(0x61, 0x7B)]] = _WORD
        return kinds
    codes = [code for code in range(_PLANES) if not 0xD800 <= code < 0xE000]
    characters = pl.Series([chr(code) for code in codes])
    alone = "[" + "".join(rf"\p{{{script}}}" for script in _SCRIPTS) + "]"
    word = characters.str.contains(r"[\p{L}\p{M}\p{N}]").to_numpy()
    kinds[codes] = np.where(word, np.where(characters.str.contains(alone).to_numpy(), _ALONE, _WORD), _BETWEEN)
    return kinds


def _stemmed(octets: Octets, numbers: Numbers, starts: Places, ends: Places) -> Numbers:
    """The same tokens with the number of their stem: each distinct token is stemmed once."""
    stems: dict[str, int] = {}
    become = np.empty(len(starts), np.int32)
    data = octets.tobytes()
    for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        word = data[start:end].decode()
        if len(word) >= _SHORTEST_TO_STEM:
            word = stem(word)
        become[number] = stems.setdefault(word, len(stems))
    return become[numbers]


# Kernels here call helpers of this file alone, so what numba keeps on disk is thrown away whenever one changes.
@kernel
def _cut(octets: Octets, places: Places, kinds: Octets) -> tuple[Places, Places, Keys, Places]:
    """Where each token starts and ends in the bytes, its key, and where each text begins among the tokens.

    Up to seven bytes, none of which is 0, are a key as they are: equal keys are equal tokens. More are mixed in, and
    the highest bit says so.
    """
    texts = len(places) - 1
    begins = np.zeros(texts + 1, np.int64)
    room = (places[texts] - places[0]) // 2 + texts  # two tokens of one text take at least three bytes
    starts, ends, keys = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint64)
    count = 0
    for text in range(texts):
        at, end = places[text], places[text + 1]
        start, key = np.int64(-1), _ZERO  # of the token that we are in
        while at < end:
            code, size = np.int64(octets[at]), np.int64(1)
            if code >= 0xC0:  # the first byte of several
                size = np.int64(2) if code < 0xE0 else np.int64(3) if code < 0xF0 else np.int64(4)
                code &= 0x7F >> size
                for more in range(1, size):
                    code = code << 6 | np.int64(octets[at + more]) & 0x3F
            kind = kinds[code] if code < len(kinds) else _BETWEEN
            if kind != _WORD and start >= 0:
                starts[count], ends[count], keys[count] = start, at, key
                count += 1
                start, key = np.int64(-1), _ZERO
            if kind != _BETWEEN:
                start = at if start < 0 else start
                for place in range(at, at + size):
                    octet = np.uint64(octets[place])
                    key = (key << _BYTE | octet) if place - start < _PACKED else _mixed(key, octet)
            at += size
            if kind == _ALONE:
                starts[count], ends[count], keys[count] = start, at, key
                count += 1
                start, key = np.int64(-1), _ZERO
        if start >= 0:
            starts[count], ends[count], keys[count] = start, end, key
            count += 1
        begins[text + 1] = count
    return starts[:count], ends[:count], keys[:count], begins


@helper
def _mixed(key: np.uint64, octet: np.uint64) -> np.uint64:
    """The key of a long token with one byte more."""
    return (key ^ key >> _HALF ^ octet) * _PRIME | _LONG


@kernel
def _number(octets: Octets, starts: Places, ends: Places, keys: Keys) -> tuple[Numbers, Places]:
    """Number tokens in the order of their first occurrence.

    Returns:
        A number a token, and which token was the first of each number.
    """
    numbers = np.empty(len(keys), np.int32)
    firsts = np.empty(1 << 11, np.int64)
    table = np.zeros(1 << 13, np.uint64)  # open addressing, at most half full: a key, or 0, and its number beside it
    distinct = 0
    for token in range(len(keys)):
        key = keys[token]
        slot = _slot(key, table)
        while table[slot] != key or (
            key & _LONG and not _equal(octets, starts, ends, firsts[table[slot + _ONE]], token)
        ):
            if not table[slot]:
                table[slot], table[slot + _ONE] = key, distinct
                firsts[distinct] = token
                distinct += 1
                break
            slot = (slot + _TWO) & np.uint64(len(table) - 1)
        numbers[token] = table[slot + _ONE]
        if distinct == len(firsts):
            firsts = np.concatenate((firsts, np.empty(distinct, np.int64)))
            table = _widened(table)
    return numbers, firsts[:distinct]


@helper
def _slot(key: np.uint64, table: Keys) -> np.uint64:
    """Where to begin to look for a key."""
    return (key * _SPREAD >> _HALF) << _ONE & np.uint64(len(table) - 1)


@helper
def _equal(octets: Octets, starts: Places, ends: Places, one: int, other: int) -> bool:
    """Whether two tokens have the same bytes."""
    length = ends[one] - starts[one]
    if length != ends[other] - starts[other]:
        return False
    for at in range(length):  # noqa: SIM110 - compiled code knows no generators
        if octets[starts[one] + at] != octets[starts[other] + at]:
            return False
    return True


@helper
def _widened(table: Keys) -> Keys:
    """The same hash table with twice as much room."""
    wide = np.zeros(2 * len(table), np.uint64)
    for old in range(0, len(table), 2):
        if table[old]:
            slot = _slot(table[old], wide)
            while wide[slot]:
                slot = (slot + _TWO) & np.uint64(len(wide) - 1)
            wide[slot], wide[slot + _ONE] = table[old], table[old + 1]
    return wide
