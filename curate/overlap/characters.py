"""What a character is to a token, and what it is compared as."""

from __future__ import annotations

import functools
import unicodedata

import numpy as np
import polars as pl

from curate.overlap.kernel import Octets, Places, Points

# Kinds of characters.
SEPARATOR, WORD, SINGLE, JOINER, IGNORED = range(5)

_CODES = 0x110000
_LETTERS_END = 0x33480  # no letter, mark or digit has a higher code, variation selectors apart

# Scripts that are written without blanks between words: each character is a token.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x19E0, 0x19FF),  # Khmer symbols
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),  # iteration mark, closing mark, zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3100, 0x312F),  # Bopomofo
    (0x31A0, 0x31BF),  # Bopomofo extended
    (0x31F0, 0x31FF),  # Katakana phonetic extensions
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xA9E0, 0xA9FF),  # Myanmar extended B
    (0xAA60, 0xAA7F),  # Myanmar extended A
    (0xF900, 0xFAFF),  # CJK compatibility
    (0x1AFF0, 0x1B16F),  # Kana
    (0x20000, 0x323AF),  # CJK extensions B to H
)

# Soft hyphen, zero-width space and joiners, word joiner, variation selectors, byte order mark.
_INVISIBLE = (0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, *range(0xFE00, 0xFE10), 0xFEFF, *range(0xE0100, 0xE01F0))


@functools.cache
def tables() -> tuple[Octets, Points]:
    """The kind of every code point, and the code point that it is compared as.

    Letters, marks and digits make words. An underscore joins two of them (`has_close_elements` is one token) and is
    nothing elsewhere, so the length of a blank to fill in (`____`) does not matter. Comparison is by simple case
    folding, one code point for one, in which the two small sigmas of Greek are equal.
    """
    kind = np.zeros(_CODES, dtype=np.uint8)
    fold = np.arange(_CODES, dtype=np.uint32)
    for code in range(_LETTERS_END):
        char = chr(code)
        if unicodedata.category(char)[0] in "LMN":
            kind[code] = WORD
            folded = char.casefold() if len(char.casefold()) == 1 else char.lower()
            if len(folded) == 1:
                fold[code] = ord(folded)
    for first, last in _UNSPACED:
        block = kind[first : last + 1]
        block[block == WORD] = SINGLE
    kind[ord("_")] = JOINER
    kind[list(_INVISIBLE)] = IGNORED
    return kind, fold


def composed(texts: pl.Series) -> pl.Series:
    """NFKC of the texts that it could change, the others as they are; null is empty."""
    text = pl.col("text")
    odd = pl.when(text.str.len_bytes() != text.str.len_chars()).then(text).str.normalize("NFKC")
    return texts.fill_null("").alias("text").to_frame().select(pl.coalesce(odd, text)).to_series()


def buffers(texts: pl.Series) -> tuple[Octets, Places]:
    """The bytes of all texts, one after the other, and where each begins, with the end of the last."""
    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data or b"", dtype=np.uint8), starts
