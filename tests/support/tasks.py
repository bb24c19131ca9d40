"""Module-level functions that the engine's tests run in worker processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import polars as pl


def doubled(item: int, offset: int = 0) -> int:
    return 2 * item + offset


def whoami(_: int) -> int:
    return os.getpid()


def polars_threads(_: int) -> int:
    return pl.thread_pool_size()


def die_once(item: int, marker: Path) -> int:
    """Kill this process the first time, as the system does when memory runs out."""
    if item == 3:
        try:
            marker.touch(exist_ok=False)
        except FileExistsError:
            return doubled(item)
        os.kill(os.getpid(), signal.SIGKILL)
    return doubled(item)


def die_always(item: int) -> int:
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def fail_at_three(item: int) -> int:
    if item == 3:
        raise ValueError("item 3 is wrong")
    return item


def totals(frame: pl.DataFrame, factor: int = 1) -> list[tuple[int, int, int]]:
    """Key, rows and sum of units of each key, sorted."""
    found = frame.group_by("key").agg(
        pl.len().alias("rows"), (pl.col("unit").cast(pl.Int64).sum() * factor).alias("units")
    )
    return sorted(found.rows())


def read_sum(_: int, path: Path) -> int:
    return int(pl.read_ipc(path)["n"].sum())
