"""The engine seam: four questions that a build asks of whatever runs it.

The plan cuts the data into units, stages are pure functions of a frame, results lie in files named by what made them.
So an
engine only decides where a function runs. Every engine gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import polars as pl

from curate.room import Room

T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """Where the functions of a build run.

    Attributes:
        room: how much memory they may take together.
        workers: processes that were asked for; 0: the engine decides.
    """

    room: Room
    workers: int

    def map(self, stage: str, items: Sequence[T], fn: Callable[..., R], *shared: Any) -> list[R]:  # noqa: ANN401
        """Call `fn(item, *shared)` for each item, anywhere, in any order.

        Args:
            stage: label for progress.
            items: picklable, small: units, spans.
            fn: a module-level function; it may run more than once for an item and must then write the same bytes.
            *shared: the same for all, picklable and small; frames go through `broadcast`. One with a true attribute
                `heavy` says that `fn` holds the interpreter's lock.

        Returns:
            The results in the order of the items.
        """
        ...

    def exchange(
        self,
        stage: str,
        files: Sequence[Path],
        by: str,
        n: int,
        fn: Callable[..., R],
        *shared: Any,  # noqa: ANN401
    ) -> list[R]:
        """Regroup rows by an integer column and call `fn(frame, *shared)` once for each bucket `by % n`.

        Args:
            stage: label for progress.
            files: Arrow files of narrow rows; file i gets a column `unit` = i.
            by: column of unsigned integers; equal values meet in one bucket.
            n: number of buckets; set by the plan from the number of rows, never from the number of CPUs.
            fn: its result must not depend on the order of the rows.
            *shared: as for `map`.

        Returns:
            One result a bucket, in order.
        """
        ...

    def reduce(self, stage: str, files: Sequence[Path], fn: Callable[..., R], *shared: Any) -> R:  # noqa: ANN401
        """Call `fn(frame, *shared)` once on all narrow rows together: an exchange with one bucket."""
        ...

    def broadcast(self, frame: pl.DataFrame) -> Path:
        """Put a frame where every worker can read it.

        Returns:
            The path of its Arrow file.
        """
        ...

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Tell the progress of work that the driver's process does itself.

        Args:
            stage: label for progress.
            done: how many pieces, of
            total: so many.
            note: a few words about the speed.
        """
        ...

    def close(self) -> None:
        """Let go of workers."""
        ...
