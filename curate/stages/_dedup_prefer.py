"""Who stays of records that are alike: the criteria of `prefer`, as columns to sort by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from curate.stages import _near

_LENGTH = ("instruction", "input", "output")
# Columns of a record that the criteria look at.
READS = {"source_order": ("source",), "human": ("origin",), "longest": _LENGTH, "id": ("id",)}


def length() -> pl.Expr:
    """Characters of instruction, input and output: `length` (UInt32)."""
    return pl.sum_horizontal(pl.col(name).str.len_chars() for name in _LENGTH).cast(pl.UInt32).alias("length")


def facts() -> list[pl.Expr]:
    """What any criteria need of a record, in 12 bytes: `source`, `origin`, `length`."""
    return [*(pl.col(name).cast(pl.Categorical) for name in ("source", "origin")), length()]


def criteria(prefer: Sequence[str], sources: Sequence[str]) -> list[pl.Expr]:
    """Columns `by_0`, `by_1`…, least first, from `source`, `origin`, `length` and `order`.

    Args:
        prefer: the criteria, the first one decides first.
        sources: in the recipe's order.
    """
    order = {name: place for place, name in enumerate(sources)}
    origins = {"human": 0, "mixed": 1, "unknown": 2, "model": 3}
    source, origin = (pl.col(name).cast(pl.String) for name in ("source", "origin"))
    known: dict[str, pl.Expr] = {
        "source_order": source.replace_strict(order, default=len(order), return_dtype=pl.UInt32),
        "human": origin.replace_strict(origins, default=2, return_dtype=pl.UInt8),
        "longest": -pl.col("length").cast(pl.Int64),
        "id": pl.col("order"),
    }
    return [known[name].alias(by) for name, by in zip(prefer, columns(prefer), strict=True)]


def columns(prefer: Sequence[str]) -> list[str]:
    """The names of the columns that `criteria` makes."""
    return [f"by_{place}" for place in range(len(prefer))]


def ranks(table: pl.DataFrame, prefer: Sequence[str], sources: Sequence[str]) -> np.ndarray:
    """The place of each record in the order of preference, int64.

    Args:
        table: `order` and `facts` of all records.
        prefer: the criteria.
        sources: in the recipe's order.
    """
    return _near.ranks(table.with_columns(criteria(prefer, sources)), [*columns(prefer), "order"])
