"""Looking for the runs of a catalogue in texts, as frames of hits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from curate.overlap.catalogue import Catalogue
from curate.overlap.kernel import Flags, Places
from curate.overlap.match import Hits, equal_hits, gram_hits, screened, whole_hits
from curate.overlap.token import Tokens, alphabet, powers

_ROOM = 1 << 16


def candidates(data_of: tuple[np.ndarray, Places], size: int, floor: int, *sought: Catalogue) -> Flags:
    """The texts that may hold n-grams, heads of items or whole items; it never misses one.

    Args:
        data_of: what `characters.buffers` gives.
        size: words of an n-gram.
        floor: words of a head.
        *sought: the catalogues of n-grams, heads and whole items.
    """
    grams, heads, equals = (part.hashes for part in sought)
    return screened(*data_of, alphabet(), size, floor, grams, heads, equals)


def grams(texts: Tokens, index: Tokens, sought: Catalogue, size: int) -> pl.DataFrame:
    """Every n-gram that stands in a text: `text`, `token`, `run`."""
    power, letters = powers(size), alphabet()
    return _all(lambda room: gram_hits(texts, index, sought, size, power, room, letters))


def wholes(
    texts: Tokens, index: Tokens, heads: Catalogue, sought: Catalogue, floor: int, apart_below: int
) -> pl.DataFrame:
    """Every whole item that stands in a text: `text`, `token`, `run`.

    Args:
        texts: where to look.
        index: the tokens of the index.
        heads: the first words of the items, as long as `floor`.
        sought: the items.
        floor: words of a head.
        apart_below: items of fewer words must stand apart.
    """
    power, letters = powers(int(max(sought.length, default=0)) + floor), alphabet()
    return _all(lambda room: whole_hits(texts, index, heads, sought, floor, power, room, letters, apart_below))


def equals(texts: Tokens, index: Tokens, sought: Catalogue) -> pl.DataFrame:
    """Every text that equals an item: `text`, `token` (0), `run`."""
    run = equal_hits(texts, index, sought, alphabet())
    text = np.flatnonzero(run >= 0)
    return pl.DataFrame({"text": text, "token": np.zeros_like(text), "run": run[text]})


def _all(fill: Callable[[Hits], int]) -> pl.DataFrame:
    """Fill arrays with hits; where they were too small, once more with as much room as it takes."""
    room = Hits(*np.empty((3, _ROOM), dtype=np.int64))
    count = fill(room)
    if count > _ROOM:
        room = Hits(*np.empty((3, count), dtype=np.int64))
        fill(room)
    return pl.DataFrame({name: array[:count] for name, array in room._asdict().items()})
