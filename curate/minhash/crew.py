"""Threads that share the work on rows: the kernels let go of the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

Result = TypeVar("Result")


class Crew:
    """Does work span by span, in this thread or in several; which one does a span may not matter to the result.

    Args:
        threads: how many.
    """

    def __init__(self, threads: int) -> None:
        if threads < 1:
            raise ValueError(f"threads is {threads}: at least 1 is needed")
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def work(self, do: Callable[[slice], Result], rows: int, size: int) -> list[Result]:
        """Do the work on `rows` rows in spans of at most `size`; the results in the order of the spans."""
        spans = (slice(start, min(start + size, rows)) for start in range(0, rows, size))
        return list(map(do, spans) if self._pool is None else self._pool.map(do, spans))
