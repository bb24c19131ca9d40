"""Exact duplicates, by a 128-bit hash of the key fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from curate.hashing import hash128
from curate.stage import Outcome, drops
from curate.stages._dedup_settings import DedupSettings
from curate.text import joined, normalised, value


def keys(frame: pl.DataFrame, settings: DedupSettings) -> list[pl.Series]:
    """The columns that `decide` compares.

    `key` (UInt128; null where it is empty and empty keys match nothing), `empty`, `bucket` for the exchange, and
    `whole` (UInt128) if there are references.
    """
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
    return [*made.get_columns(), *([whole(frame, settings)] if settings.against else [])]


def whole(frame: pl.DataFrame, settings: DedupSettings) -> pl.Series:
    """`whole`: the hash of the fields as one text with runs of blanks as one; null where there is nothing in them.

    That is what records are compared with references by, because a version joins what two fields held by blanks of its
    format's own.
    """
    text = frame.select(joined(settings.on).alias("text")).select(
        normalised(pl.col("text"))
        if settings.key == "normalised"
        else pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars(" ")
    )
    return text.select(hash128(pl.when(pl.col("text") != "").then(pl.col("text"))).alias("whole")).to_series()


def decide(table: pl.DataFrame, criteria: Sequence[str], references: pl.DataFrame | None = None) -> Outcome:
    """Drop what equals a reference, and of each key all but the first in the order of the criteria.

    Args:
        table: what `keys` made, with `unit`, `order` and the criteria.
        criteria: columns to sort by.
        references: `whole`, `twin` and `label`, each `whole` once.
    """
    counts = {"records": table.height, "empty_keys": int(table["empty"].sum())}
    found = []
    if references is not None:
        table = table.join(references.select("whole", "label", "twin"), on="whole", how="left")
        met = table.filter(pl.col("label").is_not_null())
        counts |= {"against": met.height}
        counts |= {f"against.{name}": rows for name, rows in met.group_by("label").len().sort("label").iter_rows()}
        named: dict[str, Any] = {"rule": "against", "similarity": 1.0, "twin": pl.col("twin")}
        reason = pl.concat_str([pl.lit("duplicate of "), "label"])
        found.append(drops(met, pl.lit(value=True), reason=reason, **named))
        table = table.filter(pl.col("label").is_null())
    twins = table.filter(pl.col("key").is_not_null() & pl.col("key").is_duplicated())
    twins = twins.sort(*criteria, "order").with_columns(
        pl.col("unit").first().over("key").alias("twin_unit"), pl.col("at").first().over("key").alias("twin_at")
    )
    counts["largest_cluster"] = int(twins.select(pl.len().over("key").max()).item() or 0) if twins.height else 0
    gone = (pl.col("unit") != pl.col("twin_unit")) | (pl.col("at") != pl.col("twin_at"))
    evidence: dict[str, Any] = {"rule": "exact", "reason": "duplicate", "similarity": 1.0}
    found.append(drops(twins, gone, **evidence, twin_unit=pl.col("twin_unit"), twin_at=pl.col("twin_at")))
    return Outcome(drops=pl.concat(found, how="diagonal"), counts=counts)
