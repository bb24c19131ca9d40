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
    """The texts in Unicode normal form C.

    Only texts with a code point that the form can change are normalised: that is the quick check of UAX #15, section 9
    (https://www.unicode.org/reports/tr15/#Detecting_Normalization_Forms), and spares all but a few texts.
    """
    odd = (texts.str.len_bytes() != texts.str.len_chars()).arg_true()
    if not len(odd):
        return texts
    wanted = odd.filter(texts.gather(odd).str.contains(_changeable()).fill_null(value=False))
    if not len(wanted):
        return texts
    form = texts.gather(wanted).str.normalize("NFC")
    frame = texts.to_frame("text").with_row_index("row", offset=0)
    changed = pl.DataFrame({"row": wanted.cast(frame.schema["row"]), "form": form})
    joined = frame.join(changed, on="row", how="left", maintain_order="left")
    return joined.select(pl.coalesce("form", "text").alias(texts.name)).to_series()


@cache
def _changeable() -> str:
    """The code points that normal form C may change, alone or with their neighbours, as a character class."""
    risky = set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))  # Hangul vowels and finals join what is before
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20)):
        character = chr(code)
        parts = unicodedata.decomposition(character)
        if unicodedata.combining(character) or unicodedata.category(character) == "Cn":
            risky.add(code)  # not assigned in Python's tables: a newer Unicode may know more
        elif parts and not parts.startswith("<"):
            if not unicodedata.is_normalized("NFC", character):
                risky.add(code)
            risky.update(int(part, 16) for part in parts.split()[1:])
    ranges: list[list[int]] = []
    for code in sorted(code for code in risky if code >= 0x80):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges) + "]"


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
