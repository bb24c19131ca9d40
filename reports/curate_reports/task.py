"""The tasks in the mix."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from curate_reports.share import part

_TOP = 20


@dataclass(frozen=True)
class Task:
    """One task.

    Args:
        source: that it belongs to.
        name: of the task.
        rows: records of it.
        share: of the dataset, 0-1.
    """

    source: str
    name: str
    rows: int
    share: float


@dataclass(frozen=True)
class Tasks:
    """All of them in numbers, the largest one by one.

    Args:
        count: how many there are.
        untasked: records that belong to no task.
        median: records of the task in the middle; of the two in the middle the smaller.
        top: the largest first.
    """

    count: int
    untasked: int
    median: int
    top: tuple[Task, ...]


def tasks(measured: pl.DataFrame) -> Tasks:
    """Count records by task.

    Args:
        measured: as `curate_reports.rows.measured` gives it.
    """
    counted = measured.lazy().group_by("source", "task").len("rows").collect()
    named = counted.filter(pl.col("task").is_not_null())
    ranked = named.sort(pl.col("rows"), "source", "task", descending=[True, False, False])
    top = [
        Task(source, task, rows, part(rows, measured.height))
        for source, task, rows in ranked.head(_TOP).select("source", "task", "rows").iter_rows()
    ]
    untasked = int(counted.filter(pl.col("task").is_null())["rows"].sum())
    median = int(ranked["rows"][ranked.height // 2]) if ranked.height else 0
    return Tasks(ranked.height, untasked, median, tuple(top))
