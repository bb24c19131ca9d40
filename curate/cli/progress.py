"""Progress on stderr: live bars on a terminal, one plain line a step elsewhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from curate.terminal import screen

if TYPE_CHECKING:
    from rich.console import Console

    from curate.passes import Tally

# Where no terminal redraws a bar, slow steps say so often how far they are, in seconds.
_PLAIN_EVERY = 15.0
# An update a tenth of a second is as live as an eye can see.
_EVERY = 0.1


class Display:
    """What a running build shows."""

    def __init__(self, console: Console, progress: Progress | None) -> None:
        self._console = console
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, float] = {}

    def advance(self, stage: str, done: int, total: int, note: str = "", /) -> None:
        """One more piece of a stage is done; `note` tells the speed of those that take long."""
        if self._progress is None:
            self._tell(stage, done, total, note)
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=max(total, 1), note="")
        self._progress.update(self._tasks[stage], completed=done if total else 1, note=note)
        if done >= total:
            self._progress.remove_task(self._tasks.pop(stage))

    def _tell(self, stage: str, done: int, total: int, note: str) -> None:
        """One plain line now and then, of steps that tell their speed."""
        now = time.monotonic()
        if note and now - self._told.setdefault(stage, now) >= _PLAIN_EVERY:
            self._told[stage] = now
            self._console.print(f"{stage:<28} {done:>10,} of {total:,}  {note}")

    def tally(self, tally: Tally) -> None:
        """A step is done."""
        rows = sum(tally.rows_in.values())
        kept = rows - tally.total_dropped
        cached = " (cached)" if tally.pieces and tally.cached == tally.pieces else ""
        gone = f"  -{tally.total_dropped:,}" if tally.total_dropped else ""
        self._console.print(f"{tally.label:<28} {rows:>10,} → {kept:>10,}{gone}{cached}")


class _Notices(logging.Handler):
    """Shows what the engine's modules log while a build runs: that kernels are compiled, for one."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """One line, above the live bars if there are any."""
        self._console.print(record.getMessage(), style="dim", soft_wrap=True)


@contextmanager
def _shown(console: Console) -> Iterator[None]:
    """Show notices while the block runs."""
    logger, handler = logging.getLogger("curate"), _Notices(console)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


@contextmanager
def display(quiet: bool = False) -> Iterator[Display]:  # noqa: FBT001, FBT002 - one flag
    """Show a build's progress while the block runs."""
    console = screen(err=True, quiet=quiet)
    if not console.is_terminal or quiet:
        with _shown(console):
            yield Display(console, None)
        return
    columns = (
        TextColumn("{task.description:<28}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with (
        Progress(*columns, console=console, transient=True, refresh_per_second=1 / _EVERY) as progress,
        _shown(console),
    ):
        yield Display(console, progress)
