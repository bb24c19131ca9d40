"""The local engine: in this process, on a thread a CPU, or in N spawned processes."""

from __future__ import annotations

import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Protocol, TypeVar

import polars as pl

from curate.errors import CurateError
from curate.room import Room
from curate.room import room as room_of

# A worker process: its imports, and a unit with what a stage makes of it.
_PROCESS = 500_000_000

T = TypeVar("T")
R = TypeVar("R")

# A worker that dies (killed for memory, say) is replaced and its items are tried again; an item that kills its worker
# every time
# must end the build.
_TRIES = 3


class Progress(Protocol):
    """Called with stage, done and total after each item; with a few words more where a stage tells its speed."""

    def __call__(self, stage: str, done: int, total: int, note: str = ..., /) -> None:
        """Take it."""


class LocalEngine:
    """One machine.

    Args:
        scratch: a folder for broadcast frames.
        workers: 1 runs everything in this process, on a thread a CPU; more spawn that many processes; 0 runs in this
            process what threads are good for, and spawns a process a CPU for the rest: starting them costs half a
            second and 100 MB each.
        progress: called with (stage, done, total) after each item.
        room: how much memory there is: fewer threads or processes run where it is little. None: what the machine has.
    """

    def __init__(
        self, scratch: Path, workers: int = 1, progress: Progress | None = None, room: Room | None = None
    ) -> None:
        self.room = room_of(None, scratch) if room is None else room
        self.scratch = scratch
        self.workers = workers
        self._progress: Progress = progress or (lambda _stage, _done, _total, _note="": None)
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False
        self._lock = Lock()

    def map(self, stage: str, items: Sequence[T], fn: Callable[..., R], *shared: Any) -> list[R]:  # noqa: ANN401
        """See `curate.engine.Engine.map`."""
        total = len(items)
        self._progress(stage, 0, total)
        heavy = self.workers == 0 and any(getattr(one, "heavy", False) for one in shared)
        if total > 1 and (self.workers > 1 or heavy):
            return self._map_in_pool(stage, items, fn, shared)
        return self._map_in_threads(stage, items, fn, shared)

    def _map_in_threads(self, stage: str, items: Sequence[T], fn: Callable[..., R], shared: tuple[Any, ...]) -> list[R]:
        """A thread a CPU: polars and orjson do most of the work outside the interpreter's lock."""
        results: list[R] = []
        threads = ThreadPoolExecutor(min(len(items), self.room.at_once()) or 1)
        with _turns.quick():
            try:
                waiting = [threads.submit(fn, item, *shared) for item in items]
                for done, future in enumerate(waiting, 1):
                    results.append(future.result())
                    self._progress(stage, done, len(items))
            except BaseException as error:
                # Who interrupts does not want to wait for what runs: it ends with the program, or leaves a whole entry.
                threads.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
                raise
        threads.shutdown()
        return results

    def _map_in_pool(self, stage: str, items: Sequence[T], fn: Callable[..., R], shared: tuple[Any, ...]) -> list[R]:
        results: dict[int, R] = {}
        for _ in range(_TRIES):
            waiting: dict[Future[R], int] = {}
            pool: ProcessPoolExecutor | None = None
            try:
                pool = self._start()
                for i in range(len(items)):
                    if i not in results:
                        waiting[pool.submit(fn, items[i], *shared)] = i
                for future in as_completed(waiting):
                    results[waiting[future]] = future.result()
                    self._progress(stage, len(results), len(items))
            except BrokenProcessPool:
                self._drop(pool)
            except BaseException:
                for future in waiting:
                    future.cancel()
                raise
            else:
                return [results[i] for i in range(len(items))]
        raise CurateError(
            f"{stage}: a worker process died {_TRIES} times, probably for lack of memory; try --workers 1"
        )

    def warm(self) -> None:
        """Start the processes that heavy work will need, without waiting for them: they import while others read."""
        if self.workers != 1:
            Thread(target=self._start, daemon=True).start()

    def _start(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._closed:
                raise CurateError("the engine was stopped")
            return self._started()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # polars starts a thread a CPU in every process unless told otherwise, and reads this before its first
            # import.
            processes = min(self.workers or self.room.cores, self.room.at_once(_PROCESS) if self.room.told else 1 << 16)
            threads = max(1, (os.cpu_count() or 1) // processes)
            before = os.environ.get("POLARS_MAX_THREADS")
            os.environ["POLARS_MAX_THREADS"] = before or str(threads)
            try:
                self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
                with _no_interrupts():
                    begun = [self._pool.submit(_ready) for _ in range(processes)]
                for future in begun:
                    future.result()
            except BrokenProcessPool:
                self._pool = None
                raise
            finally:
                if before is None:
                    del os.environ["POLARS_MAX_THREADS"]
        return self._pool

    def exchange(
        self,
        stage: str,
        files: Sequence[Path],
        by: str,
        n: int,
        fn: Callable[..., R],
        *shared: Any,  # noqa: ANN401
    ) -> list[R]:
        """See `curate.engine.Engine.exchange`."""
        return self.map(stage, range(n), _bucket, tuple(files), by, n, fn, *shared)

    def reduce(self, stage: str, files: Sequence[Path], fn: Callable[..., R], *shared: Any) -> R:  # noqa: ANN401
        """See `curate.engine.Engine.reduce`."""
        self._progress(stage, 0, 1)
        result = fn(_gather(tuple(files)), *shared)
        self._progress(stage, 1, 1)
        return result

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:
        """See `curate.engine.Engine.report`."""
        self._progress(stage, done, total, note)

    def broadcast(self, frame: pl.DataFrame) -> Path:
        """See `curate.engine.Engine.broadcast`."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        path = self.scratch / f"{uuid.uuid4().hex}.arrow"
        frame.write_ipc(path)
        return path

    def _drop(self, broken: ProcessPoolExecutor | None) -> None:
        """Let go of a pool that lost a worker. Several maps may find the same one broken: the first drops it.

        Dropping whatever pool is there now would take the new one from a map that has started it already.
        """
        with self._lock:
            if broken is None or self._pool is not broken:
                return
            self._pool = None
        broken.shutdown(cancel_futures=True)

    def close(self, *, wait: bool = True) -> None:
        """Stop the worker processes.

        Args:
            wait: let them finish what they do; else they are stopped in the middle of it.
        """
        if not wait:
            self._closed = True  # maps in other threads must not start new ones
            for process in list(getattr(self._pool, "_processes", None) or {}):  # 3.14: `terminate_workers`
                with suppress(OSError):
                    os.kill(process, signal.SIGTERM)
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=wait, cancel_futures=True)


class _Turns:
    """How long threads wait for the interpreter's lock, while any map runs in them: maps may run beside each other."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._before = 0.0

    @contextmanager
    def quick(self) -> Iterator[None]:
        """Let a thread that comes back from polars wait 1 ms at most, not 5: a tenth faster."""
        with self._lock:
            if not self._users:
                self._before = sys.getswitchinterval()
                sys.setswitchinterval(min(self._before, 0.001))
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    sys.setswitchinterval(self._before)


_turns = _Turns()


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Processes started in the block never hear of Ctrl-C: the terminal sends it to all, the driver answers."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ready() -> None:
    """What a new process does first: the imports that every stage needs."""
    import_module("curate.passes")
    # Each worker holds both ends of the queue that it waits at, so it would wait there forever for a driver that was
    # killed.
    if (driver := parent_process()) is not None:
        Thread(target=_end_with, args=(driver,), daemon=True).start()


def _end_with(driver: Any) -> None:  # noqa: ANN401 - multiprocessing's own type, which it does not export
    driver.join()
    os._exit(1)


def _gather(files: Sequence[Path], only: pl.Expr | None = None) -> pl.DataFrame:
    """The rows of narrow files in one frame, each with the number of its file as `unit`."""
    parts = []
    for number, path in enumerate(files):
        scan = pl.scan_ipc(path)
        if only is not None:
            scan = scan.filter(only)
        parts.append(scan.with_columns(pl.lit(number, dtype=pl.UInt32).alias("unit")))
    return pl.concat(pl.collect_all(parts)) if parts else pl.DataFrame()


def _bucket(bucket: int, files: tuple[Path, ...], by: str, n: int, fn: Callable[..., R], *shared: Any) -> R:  # noqa: ANN401
    only = (pl.col(by) % n) == bucket if n > 1 else None
    return fn(_gather(files, only), *shared)
