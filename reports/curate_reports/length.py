"""How long the texts are: quantiles and a histogram, exact for every record."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import polars as pl

from curate_reports.histogram import Bin, binned
from curate_reports.rows import UNITS


@dataclass(frozen=True)
class Length:
    """The lengths of one part of all records.

    Args:
        part: `prompt`, `completion` or `text`.
        unit: `words` or `characters`.
        total: of all records together.
        mean: of a record.
        p5: nineteen of twenty records are at least so long.
        p50: the median.
        p95: nineteen of twenty records are at most so long.
        highest: the longest one.
        bins: counts by length.
    """

    part: str
    unit: str
    total: int
    mean: float
    p5: int
    p50: int
    p95: int
    highest: int
    bins: tuple[Bin, ...]


def lengths(measured: pl.DataFrame) -> tuple[Length, ...]:
    """The lengths of every part in every unit; none where there are no records.

    Args:
        measured: as `curate_reports.rows.measured` gives it.
    """
    if measured.is_empty():
        return ()
    named = [name.split(" ") for name in measured.columns if name.split(" ")[-1] in UNITS]
    return tuple(_length(measured[f"{part} {unit}"], part, unit) for part, unit in named)


def _length(values: pl.Series, part: str, unit: str) -> Length:
    counts = values.alias("value").value_counts().sort("value")
    found, rows = counts["value"].to_list(), counts["count"].to_list()
    total = sum(value * count for value, count in zip(found, rows, strict=True))
    return Length(
        part,
        unit,
        total,
        mean=total / values.len(),
        p5=_quantile(counts, 0.05),
        p50=_quantile(counts, 0.5),
        p95=_quantile(counts, 0.95),
        highest=found[-1],
        bins=binned(found, rows),
    )


def _quantile(counts: pl.DataFrame, share: float) -> int:
    """The least value that so great a share of all values do not exceed: always one that was met."""
    least = ceil(share * int(counts["count"].sum()))
    reached = counts["count"].cast(pl.UInt64).cum_sum() >= least
    return int(counts.filter(reached)["value"][0])
