"""Spans: the matched part of a text as it stands in the record."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from curate.overlap.token import Tokens

_LONGEST = 300  # characters


def spans(originals: pl.Series, texts: pl.Series, held: Tokens, hits: pl.DataFrame) -> pl.Series:
    """The span of each hit.

    Args:
        originals: the texts as they stand in the records.
        texts: the same in NFKC.
        held: the tokens of `texts`.
        hits: `text` (which one), `token` (the first, counted from the text's own), `tokens` (how many).
    """
    first = held.first[hits["text"].to_numpy()] + hits["token"].to_numpy()
    last = first + hits["tokens"].to_numpy() - 1
    base = _starts(texts)[hits["text"].to_numpy()]
    places = zip(hits["text"].to_list(), held.start[first] - base, held.stop[last] - base, strict=True)
    found = [span(originals[text] or "", texts[text], int(start), int(stop)) for text, start, stop in places]
    return pl.Series("span", found, dtype=pl.String)


def span(original: str, text: str, start: int, stop: int) -> str:
    """The part of a text whose NFKC is the given bytes of the text's NFKC, at most 300 characters of it."""
    octets = text.encode()
    begin, end = len(octets[:start].decode()), len(octets[:stop].decode())
    if original != text:
        begin, end = _outside(original, begin, end)
    return original[begin : min(end, begin + _LONGEST)]


def _starts(texts: pl.Series) -> npt.NDArray[np.int64]:
    """Where each text begins in the bytes of all."""
    lengths = texts.str.len_bytes().to_numpy().astype(np.int64)
    return np.asarray(np.cumsum(lengths) - lengths)


def _outside(original: str, begin: int, end: int) -> tuple[int, int]:
    """The characters of a text that NFKC turns into its characters from `begin` to `end`; half of one counts as all."""
    start = stop = place = done = 0
    for cluster in _clusters(original):
        after = done + len(unicodedata.normalize("NFKC", cluster))
        if done <= begin:
            start = place
        place += len(cluster)
        if done < end:
            stop = place
        done = after
    return start, stop


def _clusters(text: str) -> Iterator[str]:
    """Cut a text where normalising the pieces gives the same as normalising the whole."""
    cluster = ""
    for char in text:
        if cluster and _begins(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _begins(cluster: str, char: str) -> bool:
    """Whether a character neither composes nor changes places with those before it."""
    if char.isascii():
        return True
    alone = unicodedata.normalize("NFKC", char)
    if unicodedata.combining(char) or unicodedata.combining(alone[0]):
        return False
    return unicodedata.normalize("NFKC", cluster + char) == unicodedata.normalize("NFKC", cluster) + alone
