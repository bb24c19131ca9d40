"""What scores say of each task: how many, the mean, and how far it can be trusted."""

from __future__ import annotations

import math

import polars as pl

from curate.metric.interval import share_interval

TASKS: dict[str, pl.DataType] = {
    "source": pl.String(),
    "task": pl.String(),
    "metric": pl.String(),
    "records": pl.UInt32(),  # that arrived
    "scored": pl.UInt32(),  # of them, those with a score
    "mean": pl.Float64(),  # null where none is scored
    "low": pl.Float64(),  # 95 % confidence interval of the mean
    "high": pl.Float64(),
}
PREDICTIONS: dict[str, pl.DataType] = {
    "id": pl.String(),
    "source": pl.String(),
    "task": pl.String(),
    "metric": pl.String(),
    "prediction": pl.String(),  # cut where the step says; null where a likelihood was measured
    "score": pl.Float64(),
}
_Z = 1.959963984540054  # the 97.5 % quantile of the normal distribution


def tasks(frame: pl.DataFrame, metric: str, *, binary: bool, bounded: bool) -> pl.DataFrame:
    """The mean score of each task.

    Args:
        frame: `source`, `task` and `score` (Float64, null where not scored) of all records that arrived.
        metric: its name.
        binary: scores are 0 or 1: Wilson's interval; else the mean and 1.96 standard errors.
        bounded: scores lie between 0 and 1, and so does the interval.

    Returns:
        The columns of TASKS, by source and task; records without a task are one task, null.
    """
    rows = []
    for source, task, scores in frame.group_by("source", "task").agg("score").iter_rows():
        known = [score for score in scores if score is not None]
        mean, low, high = summary(known, binary=binary, bounded=bounded)
        rows.append((source, task, metric, len(scores), len(known), mean, low, high))
    return pl.DataFrame(rows, schema=TASKS, orient="row").sort("source", "task", nulls_last=True)


def summary(scores: list[float], *, binary: bool, bounded: bool) -> tuple[float | None, float | None, float | None]:
    """Mean and 95 % confidence interval of some scores, the same for any order of them.

    Args:
        scores: without nulls.
        binary: Wilson's interval (`curate.metric.interval`), as if of endless many: it is to say how the model does on
            such records; else the normal approximation, which needs two scores.
        bounded: cut the interval at 0 and 1.
    """
    n = len(scores)
    if not n:
        return None, None, None
    mean = math.fsum(scores) / n  # rounded once: the order of the records does not enter it
    if binary:
        return mean, *share_interval(round(math.fsum(scores)), n)
    if n == 1:
        return mean, None, None
    error = math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (n - 1) / n)
    low, high = mean - _Z * error, mean + _Z * error
    return (mean, max(0.0, low), min(1.0, high)) if bounded else (mean, low, high)
