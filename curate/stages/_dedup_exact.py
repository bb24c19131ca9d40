"""Exact duplicates, by a 128-bit hash of the key fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from curate.hashing import hash128
from curate.stage import Outcome, drops
from curate.stages._dedup_settings import DedupSettings
from curate.text import normalised, value


def keys(frame: pl.DataFrame, settings: DedupSettings) -> list[pl.Series]:
    """`key` (UInt128; null where it is empty and empty keys match nothing), `empty`, and `bucket` for the exchange."""
    fields = [value(name) for name in settings.on]
    if settings.key == "normalised":
        fields = [normalised(field) for field in fields]
    empty = pl.all_horizontal(field.str.strip_chars() == "" for field in fields)
    # Lengths keep ("ab", "c") apart from ("a", "bc").
    parts = [part for field in fields for part in (field.str.len_bytes().cast(pl.String), pl.lit(":"), field)]
    key = hash128(pl.concat_str(parts))
    if settings.empty == "keep":
        key = pl.when(empty).then(None).otherwise(key)
    made = frame.select(key.alias("key"), empty.alias("empty"))
    made = made.with_columns((pl.col("key") % (1 << 32)).cast(pl.UInt32).fill_null(0).alias("bucket"))
    return made.get_columns()


def decide(table: pl.DataFrame, criteria: Sequence[str]) -> Outcome:
    """Keep the first of each key in the order of the criteria; the others go, with the first as their twin."""
    counts = {"records": table.height, "empty_keys": int(table["empty"].sum())}
    twins = table.filter(pl.col("key").is_not_null() & pl.col("key").is_duplicated())
    twins = twins.sort(*criteria, "order").with_columns(
        pl.col("unit").first().over("key").alias("twin_unit"), pl.col("at").first().over("key").alias("twin_at")
    )
    gone = (pl.col("unit") != pl.col("twin_unit")) | (pl.col("at") != pl.col("twin_at"))
    evidence: dict[str, Any] = {"rule": "exact", "reason": "duplicate", "similarity": 1.0}
    found = drops(twins, gone, **evidence, twin_unit=pl.col("twin_unit"), twin_at=pl.col("twin_at"))
    return Outcome(drops=found, counts=counts)
