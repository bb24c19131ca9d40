"""Measure: which records, how good what was predicted is, and how likely what was written is."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from curate.metric.loss import ifd
from curate.score.answers import Answers
from curate.score.ask import Report, ask
from curate.score.backend import Answer, Question, Resolved
from curate.score.match import cut
from curate.score.settings import LIKELIHOODS, ScoreSettings


def chosen(keys: pl.DataFrame, per_task: int | None, limit: int | None) -> pl.DataFrame:
    """The first records of each task by hashed rank, then the first of all; a larger number only adds records.

    Args:
        keys: `rank`, `order`, `source`, `task`.
        per_task: so many of each task; records without a task are one task.
        limit: so many in all.
    """
    ordered = keys.sort("rank", "order")
    if per_task is not None:
        ordered = ordered.filter(pl.int_range(pl.len()).over("source", "task") < per_task)
    return ordered if limit is None else ordered.head(limit)


def measured(held: pl.DataFrame, settings: ScoreSettings) -> pl.DataFrame:
    """Cut predictions and measure them.

    Args:
        held: `prediction` and `references`.
        settings: until where a prediction goes, and the metric.

    Returns:
        The frame with `prediction` cut and `score` (Float64). An empty prediction scores 0, unless the metric's own
        settings say what it is worth.
    """
    until = (settings.until or "") if settings.predictions else settings.stop
    held = held.with_columns(cut(pl.col("prediction"), until).alias("prediction"))
    measure = settings.measure()
    held = held.with_columns(measure.measure(held.select("prediction", "references")).alias("score"))
    if getattr(measure.settings, "empty", 0):
        return held
    empty = pl.col("prediction").str.strip_chars() == ""
    return held.with_columns(pl.when(empty).then(0.0).otherwise("score").alias("score"))


def asked(
    held: pl.DataFrame, settings: ScoreSettings, backend: Resolved, store: Answers, report: Report
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Ask a model and measure what it says.

    Args:
        held: `prompt`, `references`, `output`; no nulls among the prompts.
        settings: of the step.
        backend: who is asked.
        store: keeps the answers.
        report: progress.

    Returns:
        The rows that have a score, with `prediction` (null where a likelihood was measured) and `score`; and counts.
    """
    if settings.metric_name in LIKELIHOODS:
        scores = _likelihoods(held, settings.metric_name, backend, store, report)
        found = held.with_columns(pl.lit(None, pl.String).alias("prediction"), scores.alias("score"))
    else:
        said = ask([Question(text) for text in held["prompt"]], backend, store, report)
        given = held.with_columns(pl.Series("prediction", [one.text for one in said], dtype=pl.String))
        found = measured(given, settings)
    return found.filter(pl.col("score").is_not_null()), {"unanswered_prompts": found["score"].null_count()}


def _likelihoods(held: pl.DataFrame, metric: str, backend: Resolved, store: Answers, report: Report) -> pl.Series:
    """Loss of the output, or that over its loss without the question; null where there is none."""
    outputs = held["output"].to_list()
    given = [Question(*pair) for pair in zip(held["prompt"], outputs, strict=True)]
    alone = [Question("", text) for text in outputs] if metric == "ifd" else []
    said = ask([*given, *alone], backend, store, report)
    scores = _mean_losses(said[: len(given)])
    if alone:
        scores = ifd(scores, _mean_losses(said[len(given) :])).alias("score")
    return scores.to_frame().select(pl.when(pl.col("score").is_finite()).then("score")).to_series()


def _mean_losses(said: Sequence[Answer]) -> pl.Series:
    """Nats a token; null where there was no answer."""
    means = [None if one.loss is None or not one.written else one.loss / one.written for one in said]
    return pl.Series("score", means, dtype=pl.Float64)
