"""Tasks by how well a model does on them, against the quota of their bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl

from curate.manifest import Manifest
from curate_reports.page.chart import Dot
from curate_reports.rows import collect, scan

SCORES = "scores/tasks.parquet"
# Dots that a picture of this size can hold.
_DOTS = 2_000


@dataclass(frozen=True)
class Difficulty:
    """What is known of it.

    Args:
        metric: of the scores.
        tasks: with a score.
        dots: of those, at most 2,000, those with the most records.
        stair: ranges of scores, [lower, upper), and the records that the recipe takes of a task in each.
    """

    metric: str
    tasks: int
    dots: tuple[Dot, ...]
    stair: tuple[tuple[float, float, int], ...]


def difficulty(folder: Path, manifest: Manifest, narrow: pl.DataFrame, colour: Mapping[str, int]) -> Difficulty | None:
    """Read the scores of tasks; None for a version without any.

    Args:
        folder: of the version.
        manifest: of it.
        narrow: as `curate_reports.rows.measured` gives it.
        colour: of each source.
    """
    if not (folder / SCORES).is_file():
        return None
    scores = collect(scan(folder, [SCORES]).select("source", "task", "metric", "mean").drop_nulls(), folder)
    if scores.is_empty():
        return None
    metric = str(scores["metric"].sort()[0])
    kept = narrow.group_by("source", "task").len("rows")
    joined = scores.filter(pl.col("metric") == metric).join(kept, on=["source", "task"], how="left")
    ranked = joined.with_columns(pl.col("rows").fill_null(0)).sort(
        pl.col("rows"), "source", "task", descending=[True, False, False]
    )
    dots = [
        Dot(f"{source} / {task}", mean, rows, colour.get(source, 0))
        for source, task, mean, rows in ranked.head(_DOTS).select("source", "task", "mean", "rows").iter_rows()
    ]
    return Difficulty(metric, ranked.height, tuple(dots), _stair(manifest, max([1.0, *(dot.score for dot in dots)])))


def _stair(manifest: Manifest, most: float) -> tuple[tuple[float, float, int], ...]:
    """The quota of each range; a step's edges are inner ones, so the first and the last range end with the scores."""
    for stage in manifest.stages:
        edges, quota = stage.settings.get("edges"), stage.settings.get("quota")
        if stage.name == "sample" and stage.settings.get("per") == "task" and edges and quota:
            bounds = [0.0, *map(float, edges), max(most, float(edges[-1]))]
            return tuple((low, high, int(rows)) for (low, high), rows in zip(pairwise(bounds), quota, strict=True))
    return ()


def cap(manifest: Manifest) -> int | None:
    """The largest number of records that a step of the recipe leaves of a task."""
    caps = [stage.settings.get("max_per_task") for stage in manifest.stages if stage.name == "sample"]
    known = [int(one) for one in caps if one]
    return max(known) if known else None
