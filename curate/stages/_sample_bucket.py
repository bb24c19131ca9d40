"""The pool and the buckets of `sample`: who may be taken by score, and how many of each range of scores."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from curate.errors import CurateError
from curate.stage import drops
from curate.stages._sample_cut import TINY, Cut
from curate.stages._sample_settings import SampleSettings

_WITHIN = {"task": ("source", "task", "bucket"), "source": ("source", "bucket"), "all": ("bucket",)}

# So many tasks without any prediction are named in a warning; the others are counted.
_NAMED = 20


def score_columns(settings: SampleSettings) -> frozenset[str]:
    """The columns of scores that a sample reads; those that no score step made are not there."""
    if settings.pool != "failed" and settings.per is None:
        return frozenset()
    return frozenset(f"{kind}_{metric}" for kind in ("score", "mean") for metric in settings.metrics)


def scores(settings: SampleSettings, columns: Sequence[str]) -> list[pl.Expr]:
    """The record's own `score` and its task's `mean`, each of the first metric that the record was scored by."""
    told = []
    for kind in ("score", "mean"):
        found = [pl.col(name) for metric in settings.metrics if (name := f"{kind}_{metric}") in columns]
        value = pl.coalesce(found) if found else pl.lit(None)
        told.append(value.cast(pl.Float64).fill_nan(None).alias(kind))
    return told


def pooled(left: pl.DataFrame, settings: SampleSettings, label: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the records that may be taken from those without a score and, in `pool: failed`, those that passed.

    Raises:
        CurateError: not one record has a score.
    """
    failed = settings.pool == "failed"
    needed = (["score"] if failed or settings.per == "record" else []) + (["mean"] if settings.per == "task" else [])
    without = pl.any_horizontal(pl.col(name).is_null() for name in needed)
    judged = left.with_columns(without.alias("unscored"))
    if judged.height and judged["unscored"].all():
        raise CurateError(
            f"{label}: not one of {judged.height:,} records has a score by {settings.by} "
            f"(columns {', '.join(sorted(score_columns(settings)))}): put a score step before it, and see that its "
            "predictions belong to these tasks and inputs"
        )
    rule = "pool" if failed else "bucket"
    parts = [drops(judged, pl.col("unscored"), rule=rule, reason="unscored", limit=settings.by)]
    left = judged.filter(~pl.col("unscored"))
    if failed:
        passed = pl.col("score") >= settings.threshold
        limit = f"below {settings.threshold:g}"
        parts.append(
            drops(left, passed, rule=rule, reason="not failed", value=pl.col("score").cast(pl.String), limit=limit)
        )
        left = left.filter(~passed)
    return left.drop("unscored"), pl.concat(parts, how="diagonal")


def unscored(left: pl.DataFrame, gone: pl.DataFrame) -> dict[str, int]:
    """Counts of the records without a score, and of the tasks in which no record has one, some of them by name.

    Args:
        left: what came in, with `unit`, `at`, `source`, `task` and `score`.
        gone: the drops of `pooled`.
    """
    rows = gone.filter(pl.col("reason") == "unscored").height
    if not rows:
        return {}
    tasks = left.group_by("source", "task").agg(pl.col("score").count().alias("scored"), pl.len().alias("rows"))
    none = tasks.filter(pl.col("scored") == 0).sort("source", "task")
    named = {
        f"unpredicted.{task or source}": count
        for source, task, count in none.select("source", "task", "rows").head(_NAMED).iter_rows()
    }
    return {"unscored": rows, "unpredicted_tasks": none.height, **named}


def warn(counts: dict[str, int]) -> str | None:
    """The warning that goes with `unscored`; None where every record had a score."""
    if not counts.get("unscored"):
        return None
    said = f"{counts['unscored']:,} records have no score and left"
    tasks = counts.get("unpredicted_tasks", 0)
    if tasks:
        named = [name.partition(".")[2] for name in counts if name.startswith("unpredicted.")]
        more = f" and {tasks - len(named)} more" if tasks > len(named) else ""
        said += f"; no prediction at all: {', '.join(named)}{more}"
    return said


def bucketed(left: pl.DataFrame, settings: SampleSettings) -> tuple[pl.DataFrame, Cut]:
    """The rows with the number of their bucket, and the cut that quotas or fractions make of them."""
    edges = np.asarray(settings.edges, dtype=np.float64)
    value = left["mean" if settings.per == "task" else "score"].to_numpy()
    # On the right of equal edges: a bucket holds its lower edge.
    left = left.with_columns(pl.Series("bucket", np.searchsorted(edges, value, side="right"), dtype=pl.UInt32))
    within = _WITHIN[settings.within or ("task" if settings.per == "task" else "all")]
    numbers = settings.quota if settings.quota is not None else settings.fraction
    given = pl.col("bucket").replace_strict(dict(enumerate(numbers or ())), return_dtype=pl.Float64)
    if settings.quota is None:
        exact = given * pl.len().over(within)
        given = (exact + (0.5 if settings.rounding == "nearest" else 0.0) + TINY).floor()
    names = pl.col("bucket").replace_strict(dict(enumerate(labels(settings.edges or ()))), return_dtype=pl.String)
    what = "quota" if settings.quota is not None else "share"
    return left, Cut("bucket", within, given, pl.concat_str([pl.lit(f"beyond the {what} of "), names]))


def labels(edges: Sequence[float]) -> list[str]:
    """What the buckets between these inner edges are called."""
    inner = [f"[{low:g}, {high:g})" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g}", *inner, f"{edges[-1]:g} and more"]


def held(left: pl.DataFrame, edges: Sequence[float]) -> dict[str, int]:
    """How many records of each bucket there are."""
    rows = dict(left.group_by("bucket").len().iter_rows())
    return {f"kept.{name}": rows.get(number, 0) for number, name in enumerate(labels(edges))}
