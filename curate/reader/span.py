"""A unit of reading: a file, or a range of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.errors import CurateError, SourceFault
from curate.reader.kind import detect
from curate.source import Source

SIZE = (
    64 << 20
)  # bytes: large enough that opening a file costs nothing beside reading it, small enough to spread over workers
_CHUNK = 4 << 20


@dataclass(frozen=True)
class Span:
    """A file, or a range of it: fixed by the file's content and the wished size, never by the number of CPUs.

    Args:
        path: the file.
        name: what to show and what fills the `file` column: the path as the recipe's glob matched it.
        start: the first byte (JSONL) or row group (Parquet); 0 for the formats that are read whole.
        stop: the byte or row group after the last.
        row: number of the first row in the file, from 0. In JSONL that is its line's number less one.
    """

    path: Path
    name: str
    start: int
    stop: int
    row: int


def cut(path: Path, name: str, source: Source, size: int = SIZE) -> list[Span]:
    """Cut a file into spans that can be read independently; only plain JSONL and Parquet can be cut.

    Args:
        path: the file.
        name: what to show of it.
        source: its adapter, which says which formats it reads.
        size: bytes that a span should hold.

    Returns:
        At least one span, in the file's order. A file that is not what it should be is one span: reading it says why.

    Raises:
        CurateError: the operating system does not let the file be read.
    """
    try:
        length = path.stat().st_size
        try:
            kind = detect(path, source.formats)
            if kind.packed or length <= size:
                return [Span(path, name, 0, length, 0)]
            if kind.format == "jsonl":
                return _lines(path, name, length, size)
            if kind.format == "parquet":
                return _row_groups(path, name, size)
        except (SourceFault, pa.ArrowException):
            pass  # reading the span meets the same fault and reports it, once
    except OSError as error:
        raise CurateError(f"{name}: cannot be read: {error.strerror or error}") from error
    return [Span(path, name, 0, length, 0)]


def _lines(path: Path, name: str, length: int, size: int) -> list[Span]:
    """Cut at the first line break at or after each multiple of `size`; count the lines on the way."""
    spans: list[Span] = []
    start = row = 0
    with path.open("rb") as file:
        while start < length:
            stop, lines = _next_cut(file, start, min(start + size, length))
            spans.append(Span(path, name, start, stop, row))
            start, row = stop, row + lines
    return spans


def _next_cut(file: object, start: int, goal: int) -> tuple[int, int]:
    """The end of the line that holds byte `goal - 1`, and how many line breaks lie between `start` and there."""
    at, lines = start, 0
    file.seek(start)  # type: ignore[attr-defined]
    while True:
        chunk: bytes = file.read(min(_CHUNK, goal - at) if at < goal else _CHUNK)  # type: ignore[attr-defined]
        if not chunk:
            return at, lines
        if at + len(chunk) < goal:
            at, lines = at + len(chunk), lines + chunk.count(b"\n")
            continue
        end = chunk.find(b"\n", max(0, goal - at - 1))
        if end >= 0:
            return at + end + 1, lines + chunk.count(b"\n", 0, end + 1)
        at, lines = at + len(chunk), lines + chunk.count(b"\n")


def _row_groups(path: Path, name: str, size: int) -> list[Span]:
    """Put neighbouring row groups together until they hold `size` bytes."""
    meta = pq.read_metadata(path)
    spans: list[Span] = []
    start = row = rows = held = 0
    for index in range(meta.num_row_groups):
        group = meta.row_group(index)
        rows, held = rows + group.num_rows, held + group.total_byte_size
        if held >= size or index == meta.num_row_groups - 1:
            spans.append(Span(path, name, start, index + 1, row))
            start, row, rows, held = index + 1, row + rows, 0, 0
    return spans or [Span(path, name, 0, 0, 0)]
