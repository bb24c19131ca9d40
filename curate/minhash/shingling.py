"""What a token and a shingle are, in plain Python: the words that the kernels are held to.

A text becomes tokens like this:

1. letters become small if asked (one code point by one: those that become several stay as they are), decimal digits
   become 0 if asked;
2. blanks (Unicode White_Space) end a token; punctuation and symbols (general categories P and S) do too, if asked to be
dropped;
3. every character of Chinese, Japanese, Thai, Lao, Khmer and Burmese is a token by itself, because these scripts write
   no blanks between words; all else that is left between two ends is one token.

Shingles are all runs of `ngram` tokens; a text with fewer tokens has one shingle, all its tokens; a text without any
has none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import polars as pl

# Code points that are tokens by themselves. Hangul is not among them: Korean writes blanks.
ALONE = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),  # iteration mark, closing mark, zero
    (0x3021, 0x3029),
    (0x3031, 0x3035),
    (0x3038, 0x303C),
    (0x3041, 0x312F),  # Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFF),
)
WORD, BLANK, SIGN, SINGLE = range(4)
TABLE = 0x20000  # code points that the tables cover; above them: SINGLE below 0x40000, WORD beyond

_WHITE_SPACE = frozenset("\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(code) for code in range(0x2000, 0x200B)
}


@dataclass(frozen=True)
class Shingling:
    """How texts are cut into shingles.

    Args:
        ngram: tokens a shingle.
        lower: capital letters count as small ones.
        punctuation: keep, or drop: it separates tokens and is none.
        numbers: keep, or alike: every decimal digit counts as 0 (so 17 is like 42, but not like 123).
    """

    ngram: int = 5
    lower: bool = True
    punctuation: Literal["keep", "drop"] = "keep"
    numbers: Literal["keep", "alike"] = "keep"

    def __post_init__(self) -> None:
        if not 1 <= self.ngram <= 64:
            raise ValueError(f"ngram is {self.ngram}: 1 to 64 tokens a shingle are allowed")

    @property
    def flags(self) -> int:
        """The switches as the kernels read them."""
        return int(self.lower) | int(self.numbers == "alike") << 1 | int(self.punctuation == "drop") << 2


def nfc(texts: pl.Series) -> pl.Series:
    """The texts in Unicode normal form C. Only texts with a code point beyond ASCII are looked at."""
    odd = texts.str.len_bytes() != texts.str.len_chars()
    if not odd.any():
        return texts
    frame = texts.to_frame("text")
    changed = pl.when(pl.lit(odd)).then(pl.col("text"))
    return frame.select(pl.coalesce(changed.str.normalize("NFC"), pl.col("text")).alias(texts.name)).to_series()


def kind(character: str) -> int:
    """What a character is: part of a WORD, BLANK, SIGN (punctuation or symbol) or a SINGLE token."""
    if character in _WHITE_SPACE:
        return BLANK
    if any(first <= ord(character) <= last for first, last in ALONE):
        return SINGLE
    return SIGN if unicodedata.category(character)[0] in "PS" else WORD


def plain(character: str, shingling: Shingling) -> str:
    """A character in normal form."""
    if shingling.numbers == "alike" and unicodedata.category(character) == "Nd":
        return "0"
    small = character.lower()
    return small if shingling.lower and len(small) == 1 else character


def tokens(text: str, shingling: Shingling) -> list[str]:
    """The tokens of a text, in order. Slow: the kernels do the same a thousand times as fast."""
    pieces = []
    for character in text:
        of = kind(character)
        if of == BLANK or (of == SIGN and shingling.punctuation == "drop"):
            pieces.append(" ")
        else:
            pieces.append(f" {plain(character, shingling)} " if of == SINGLE else plain(character, shingling))
    return [token for token in "".join(pieces).split(" ") if token]


def shingles(text: str, shingling: Shingling) -> list[bytes]:
    """The shingles of a text, in order and with repeats: tokens joined by a blank, as UTF-8."""
    found = tokens(text, shingling)
    width = min(shingling.ngram, len(found)) or 1
    return [" ".join(found[at : at + width]).encode() for at in range(len(found) - width + 1)]


_MASK = (1 << 64) - 1
LENGTH = 0x9E3779B97F4A7C15
MIX = 0xD6E8FEB86659FD93
STEP = 0xC2B2AE3D27D4EB4F
SEED = 0x2545F4914F6CDD1D


def token_hash(token: bytes) -> int:
    """64 bits of a token: eight bytes at a time, at least sixteen."""
    state = len(token) * LENGTH & _MASK
    for at in range(0, max(len(token), 9), 8):
        state = (state ^ int.from_bytes(token[at : at + 8], "little")) * MIX & _MASK
        state ^= state >> 32
    return state


def shingle_hash64(shingle: bytes) -> int:
    """64 bits of a shingle (tokens joined by a blank): a polynomial over the hashes of its tokens."""
    state = SEED
    for token in re.findall(rb"[^ ]+", shingle):
        state = (state * STEP + token_hash(token)) & _MASK
    return state


def datasketch_hash(shingle: bytes) -> int:
    """The 32 bits of a shingle that its signature is made from: `datasketch.MinHash(hashfunc=datasketch_hash)`."""
    return shingle_hash64(shingle) >> 32


@cache
def tables(shingling: Shingling) -> tuple[np.ndarray, np.ndarray]:
    """For each code point below TABLE what it is (uint8; a SIGN is BLANK or WORD) and becomes (uint32)."""
    characters = [chr(code) for code in range(TABLE)]
    kinds, becomes = np.full(TABLE, WORD, dtype=np.uint8), np.arange(TABLE, dtype=np.uint32)
    if shingling.lower:
        small = [character.lower() for character in characters]
        becomes[:] = [ord(one) if len(one) == 1 else code for code, one in enumerate(small)]
    if shingling.punctuation == "drop" or shingling.numbers == "alike":
        categories = np.array([unicodedata.category(character) for character in characters])
        if shingling.numbers == "alike":
            becomes[categories == "Nd"] = ord("0")
        if shingling.punctuation == "drop":
            kinds[np.isin(categories.astype("U1"), ["P", "S"])] = BLANK
    for first, last in ALONE:
        kinds[first : last + 1] = SINGLE
    kinds[[ord(character) for character in _WHITE_SPACE]] = BLANK
    return kinds, becomes
