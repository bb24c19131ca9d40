"""How much text there is: lengths of whole records, in characters or in tokens, and what training makes of them.

Tokens are estimated: the tokenizer counts a hashed sample, and each source's tokens per character carry that over to
the characters of all records, which are counted exactly.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from curate.manifest import Manifest
from curate.tokens import counter
from curate_reports.cluster import DROPS
from curate_reports.histogram import Bin, binned
from curate_reports.reading import Reading
from curate_reports.rows import RANK, collect, layout, scan
from curate_reports.share import part

BATCH = 8
# Records that are packed to tell how much of the blocks stays empty: known to within a few thousandths.
_PACKED = 20_000
_CHARACTERS = " characters"


@dataclass(frozen=True)
class Unit:
    """What lengths are measured in.

    Args:
        name: `characters` or `tokens`.
        tokenizer: that counted them.
        sampled: records that it counted.
        limit: the longest record that the model takes, in this unit.
    """

    name: str = "characters"
    tokenizer: str | None = None
    sampled: int = 0
    limit: int | None = None


@dataclass(frozen=True)
class Size:
    """The amounts.

    Args:
        unit: of all of them.
        total: of the dataset.
        by_source: in the recipe's order.
        by_part: prompt and completion, or text.
        median: of a record.
        p95: nineteen of twenty records are at most so long.
        before: how long the records were that came in, kept and dropped ones; empty where none was
            dropped, or the ledger does not tell.
        after: how long those in the dataset are.
        over: records longer than the limit.
        padding: share of a batch of eight records in hashed order that is padding, 0-1.
        packing: share of blocks as long as the limit that stays empty when records are packed, 0-1; None without limit.
    """

    unit: Unit
    total: int
    by_source: tuple[tuple[str, int], ...]
    by_part: tuple[tuple[str, int], ...]
    median: int
    p95: int
    before: tuple[Bin, ...]
    after: tuple[Bin, ...]
    over: int
    padding: float
    packing: float | None


def size(reading: Reading, tokenizer: str | None = None, limit: int | None = None) -> Size:
    """Measure a version.

    Args:
        reading: with lengths in characters, and all columns of the texts.
        tokenizer: as `curate.tokens.counter` knows it; None measures in characters.
        limit: the longest record that the model takes, in tokens; counts for nothing without a tokenizer.

    Raises:
        CurateError: the tokenizer cannot be had.
    """
    parts = [name.removesuffix(_CHARACTERS) for name in reading.narrow.columns if name.endswith(_CHARACTERS)]
    narrow, unit, rates = reading.narrow, Unit(), None
    if tokenizer:
        rates = _rates(reading, parts, tokenizer)
        unit = Unit("tokens", tokenizer, reading.texts.height, limit)
        narrow = narrow.join(rates, on="source", how="left", maintain_order="left")
    told = narrow.select("source", RANK, **{one: _scaled(one, scaled=tokenizer is not None) for one in parts})
    told = told.with_columns(pl.sum_horizontal(parts).alias("length"))
    sums = dict(told.group_by("source").agg(pl.col("length").sum()).iter_rows())
    lengths = told["length"]
    return Size(
        unit,
        int(lengths.sum()),
        tuple((name, int(sums.get(name, 0))) for name in reading.manifest.sources),
        tuple((one, int(told[one].sum())) for one in parts),
        int(lengths.quantile(0.5, "higher") or 0),
        int(lengths.quantile(0.95, "higher") or 0),
        before=_before(reading, lengths, rates),
        after=_bins(lengths),
        over=int((lengths > unit.limit).sum()) if unit.limit else 0,
        padding=_padding(told, unit.limit),
        packing=_packing(told, unit.limit) if unit.limit else None,
    )


def budget(manifest: Manifest) -> tuple[int, int] | None:
    """The tokens that the mixture has and those that it may have, as the step counted them; None without a budget."""
    for stage in reversed(manifest.stages):
        if stage.name == "sample" and stage.counts.get("budget_tokens"):
            return stage.counts.get("tokens", 0), stage.counts["budget_tokens"]
    return None


def _scaled(one: str, *, scaled: bool) -> pl.Expr:
    counted = pl.col(one + _CHARACTERS).cast(pl.Int64)
    return (counted * pl.col(one)).round().cast(pl.Int64) if scaled else counted


def _rates(reading: Reading, parts: Sequence[str], tokenizer: str) -> pl.DataFrame:
    """Tokens per character by source, a column a part; those of all records where a source is not in the sample."""
    form, count = layout(reading.manifest), counter(tokenizer)
    texts = reading.texts.select("source", **form.parts)
    sums = texts.select(
        "source",
        *(pl.Series(f"{one} tokens", count.count(texts[one])) for one in parts),
        *(pl.col(one).str.len_chars().alias(f"{one} of") for one in parts),
    )
    rates = [pl.col(f"{one} tokens").sum() / pl.col(f"{one} of").sum() for one in parts]
    overall = sums.select(rate.fill_nan(0.0).alias(one) for one, rate in zip(parts, rates, strict=True)).row(0)
    found = sums.group_by("source").agg(rate.alias(one) for one, rate in zip(parts, rates, strict=True))
    sources = pl.DataFrame({"source": list(reading.manifest.sources)}, schema={"source": pl.String})
    filled = [pl.col(one).fill_nan(None).fill_null(rate) for one, rate in zip(parts, overall, strict=True)]
    return sources.join(found, on="source", how="left").with_columns(filled)


def _before(reading: Reading, kept: pl.Series, rates: pl.DataFrame | None) -> tuple[Bin, ...]:
    """Lengths of kept and dropped records together; none where the ledger does not tell the dropped ones'."""
    path = reading.folder / DROPS
    if not path.is_file() or "characters" not in pl.read_parquet_schema(path):
        return ()
    gone = collect(scan(reading.folder, [DROPS]).select("source", "characters").drop_nulls(), reading.folder)
    if gone.is_empty():
        return ()
    if rates is not None:
        mean = rates.select("source", pl.mean_horizontal(pl.exclude("source")).alias("rate"))
        gone = gone.join(mean, on="source", how="left").with_columns(pl.col("characters") * pl.col("rate").fill_null(0))
    return _bins(pl.concat([kept, gone["characters"].cast(pl.Int64)]))


def _bins(values: pl.Series) -> tuple[Bin, ...]:
    counts = values.alias("value").value_counts().sort("value")
    return binned(counts["value"].to_list(), counts["count"].to_list())


def _lined_up(told: pl.DataFrame, limit: int | None) -> np.ndarray:
    """Lengths in hashed order, cut at the limit."""
    lengths: np.ndarray = told.sort(RANK)["length"].to_numpy()
    return np.minimum(lengths, limit) if limit else lengths


def _padding(told: pl.DataFrame, limit: int | None) -> float:
    lengths = _lined_up(told, limit)
    whole = lengths[: len(lengths) // BATCH * BATCH].reshape(-1, BATCH)
    room = int(whole.max(axis=1).sum()) * BATCH if len(whole) else 0
    return part(room - int(whole.sum()), room)


def _packing(told: pl.DataFrame, limit: int) -> float:
    """Best fit, the longest first (Johnson et al.: Worst-Case Performance Bounds, SIAM J. Comput. 3, 1974)."""
    lengths = sorted(_lined_up(told, limit)[:_PACKED].tolist(), reverse=True)
    free: list[int] = []
    blocks = 0
    for length in lengths:
        place = bisect_left(free, length)
        if place == len(free):
            blocks += 1
            insort(free, limit - length)
        else:
            insort(free, free.pop(place) - length)
    return part(blocks * limit - sum(lengths), blocks * limit)
