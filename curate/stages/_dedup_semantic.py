"""Duplicates in meaning, by the cosine of static embeddings: a record stays unless a better one that stays is near.

Unlike MinHash this forms no clusters of what hangs together through others: nearness in meaning is not handed on, and
chains of it soon hold most of a data set. Each record that goes is itself as near as `threshold` to its twin.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.room import Room
from curate.stage import Outcome
from curate.stages import _dedup_prefer as preference
from curate.stages import _near
from curate.stages._dedup_settings import DedupSettings
from curate.text import joined
from curate.unit import mapped

if TYPE_CHECKING:
    from curate.embedding import Located, Thinned

# Bytes of a record beside its vector.
_NARROW = 100


def keys(frame: pl.DataFrame, settings: DedupSettings, model: Located) -> list[pl.Series]:
    """`vector` (an array of Int16, 2 bytes a dimension; zeros where nothing is known), `empty`, and who may stay."""
    from curate.embedding import open_model, quantised  # noqa: PLC0415 - numba takes 0.3 s to import

    texts = frame.select(joined(settings.on).alias("text"))["text"]
    loaded = open_model(model)
    vectors = quantised(loaded.embed(texts))
    kind = pl.Array(pl.Int16, loaded.dimensions)
    made = [pl.Series("vector", vectors, dtype=kind), (texts.str.strip_chars() == "").alias("empty")]
    return [*made, *frame.select(preference.facts()).get_columns()]


def decide(files: Sequence[Path], settings: DedupSettings, sources: Sequence[str], room: Room) -> Outcome:
    """Thin out all records, the first in the order of `prefer` first.

    Args:
        files: the keys of each unit.
        settings: the threshold, and preferences.
        sources: in the recipe's order.
        room: how much memory there is.
    """
    from curate.embedding import thin  # noqa: PLC0415 - as above

    columns = ["at", "order", "source", "origin", "length", "empty"]
    table = pl.concat([_near.narrow(path, number, columns) for number, path in enumerate(files)])
    rank = preference.ranks(table, settings.prefer, sources)
    wide = mapped(files[0], ["vector"])["vector"].to_numpy().shape[1]
    room.require("dedup in meaning", table.height, _NARROW + 2 * wide)
    vectors, rows = _ranked(files, rank)
    thinned = thin(vectors, settings.threshold, threads=os.cpu_count() or 1)
    drops = _drops(table, rows, thinned, settings.threshold)
    sizes = np.unique(thinned.leader[~thinned.kept], return_counts=True)[1]
    empty = int(table["empty"].sum())
    counts = {
        "records": table.height,
        "empty_keys": empty,
        "unknown": table.height - len(rows) - empty,
        "clusters": len(sizes),
        "largest_cluster": int(sizes.max()) + 1 if len(sizes) else 0,
    }
    return Outcome(drops=drops, counts=counts)


def _ranked(files: Sequence[Path], rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The vectors that are not zero, best first, and the row of the table that each is of."""
    vectors, filled = np.zeros((0, 0), dtype=np.int16), np.zeros(len(rank), dtype=bool)
    rows = np.empty(len(rank), dtype=np.int64)
    rows[rank] = np.arange(len(rank))
    start = 0
    for path in files:
        part = mapped(path, ["vector"])["vector"].to_numpy()
        if not vectors.size:
            vectors = np.empty((len(rank), part.shape[1]), dtype=np.int16)
        places = rank[start : start + len(part)]
        vectors[places], filled[places] = part, part.any(axis=1)
        start += len(part)
    return (vectors, rows) if filled.all() else (vectors[filled], rows[filled])


def _drops(table: pl.DataFrame, rows: np.ndarray, thinned: Thinned, threshold: float) -> pl.DataFrame:
    gone = np.flatnonzero(~thinned.kept)
    twins, similarity = table[rows[thinned.leader[gone]]], thinned.similarity[gone]
    reason = np.where(similarity == 1.0, "same embedding", "near in meaning")
    return (
        table[rows[gone]]
        .select("unit", "at")
        .with_columns(
            pl.lit("semantic").alias("rule"),
            pl.Series("reason", reason, dtype=pl.String),
            pl.Series("value", [f"{one:.4f}" for one in similarity], dtype=pl.String),
            pl.lit(f"{threshold:g}").alias("limit"),
            pl.Series("similarity", similarity, dtype=pl.Float64),
            twins["unit"].alias("twin_unit"),
            twins["at"].alias("twin_at"),
        )
    )
