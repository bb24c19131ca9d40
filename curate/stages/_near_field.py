"""The fields of records as near-duplicates compare them: one text, and where each field lies in it.

A record takes its text, 12 bytes a field, and 24 bytes for order and preferences. Which of the fields are compared is
known only when all records are, so the text of any of them must be found again, without a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.hashing import hash64
from curate.room import Shelf
from curate.text import value
from curate.unit import mapped

if TYPE_CHECKING:
    from curate.minhash import Texts


def hashes_of(on: Sequence[object]) -> list[str]:
    """The names of the hashes of the fields."""
    return [f"hash_{place}" for place in range(len(on))]


def bytes_of(on: Sequence[object]) -> list[str]:
    """The names of the lengths of the fields."""
    return [f"bytes_{place}" for place in range(len(on))]


def fields_of(frame: pl.DataFrame, on: Sequence[str], instead: str | None = None) -> pl.DataFrame:
    """`text` (the fields in normal form C, joined by blanks), `bytes_N` (UInt32) and `hash_N` (UInt64; null if empty).

    Args:
        frame: the records' columns.
        on: the fields.
        instead: the field that stands for the first one in records of which no field holds text.
    """
    texts = pl.DataFrame([frame.select(value(name).alias(f"text_{n}")).to_series() for n, name in enumerate(on)])
    if instead is not None:
        bare = texts.select(pl.all_horizontal(pl.all().str.strip_chars() == "")).to_series()
        if bare.any():
            texts = texts.with_columns(
                frame.select(value(instead)).to_series().zip_with(bare, texts["text_0"]).alias("text_0")
            )
    return packed(texts)


def packed(texts: pl.DataFrame) -> pl.DataFrame:
    """As `fields_of`, of fields that are texts already: `text_N`."""
    from curate.minhash import nfc  # noqa: PLC0415 - numba takes 0.3 s to import

    texts = pl.DataFrame([nfc(text) for text in texts.get_columns()])
    filled = [pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)) for name in texts.columns]
    names = range(len(filled))
    return texts.select(
        pl.concat_str(texts.columns, separator=" ").alias("text"),
        *(pl.col(f"text_{n}").str.len_bytes().cast(pl.UInt32).alias(by) for n, by in enumerate(bytes_of(names))),
        *(hash64(text).alias(by) for text, by in zip(filled, hashes_of(names), strict=True)),
    )


def texts_of(path: Path, own: pl.DataFrame, on: Sequence[str], shelf: Shelf | None = None) -> Texts:
    """The text of each record that is compared, where it lies in the file; a copy only where that is in pieces.

    Args:
        path: with the columns of `fields_of`.
        own: `own_N`: whether field N is compared.
        on: the fields.
        shelf: lets go of what was looked at of the file.
    """
    from curate.minhash import Texts  # noqa: PLC0415 - as above

    frame = mapped(path, ["text", *bytes_of(on)], shelf)
    held = Texts.from_arrow([frame["text"].to_arrow(compat_level=pl.CompatLevel.newest())])
    if own.select(pl.all_horizontal(pl.all().all())).item():
        return held
    flags = own.to_numpy().astype(bool)
    sizes = frame.select(bytes_of(on)).to_numpy().astype(np.int64)
    starts = np.cumsum(sizes + 1, axis=1) - sizes - 1
    first, last = flags.argmax(axis=1), flags.shape[1] - 1 - flags[:, ::-1].argmax(axis=1)
    rows = np.arange(len(flags))
    start = starts[rows, first]
    length = starts[rows, last] + sizes[rows, last] - start
    torn = np.flatnonzero(flags.sum(axis=1) != last - first + 1)
    addresses, keep_alive = held.addresses + start, held.keep_alive
    if len(torn):
        pieces = fields_back(frame[torn], on)
        flagged = pl.concat([pieces, own[torn]], how="horizontal")
        chosen = [pl.when(f"own_{place}").then(f"text_{place}") for place in range(len(on))]
        joined = flagged.select(pl.concat_str(chosen, separator=" ", ignore_nulls=True).alias("text"))
        copied = Texts.from_arrow([joined["text"].to_arrow(compat_level=pl.CompatLevel.newest())])
        addresses[torn], length[torn] = copied.addresses, copied.lengths
        keep_alive += copied.keep_alive
    return Texts(addresses, length, keep_alive)


def fields_back(frame: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """The fields apart again: `text_N` from the columns of `fields_of`."""
    raw, start = pl.col("text").cast(pl.Binary), pl.lit(0, dtype=pl.Int64)
    fields = []
    for place, name in enumerate(bytes_of(on)):
        fields.append(raw.bin.slice(start, pl.col(name)).cast(pl.String).alias(f"text_{place}"))
        start = start + pl.col(name).cast(pl.Int64) + 1
    return frame.select(fields)
