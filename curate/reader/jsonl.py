"""JSON lines: each line a row; a bad line is that row's fault and no other's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from curate.reader.batch import EXCERPT, Batch, Fault
from curate.reader.compress import BOM, MAX_ROW, Stream, is_packed, opened
from curate.reader.span import Span
from curate.reader.thorough import TWICE, repeats
from curate.reader.typed import batch
from curate.reader.words import not_json
from curate.source import Source

_BLOCK = 8 << 20  # bytes parsed at once: bounds the memory whatever the number of rows


def read(span: Span, source: Source, limit: int | None, batch_rows: int) -> Iterator[Batch]:
    """Read a span of a JSONL file, or a compressed file whole.

    Args:
        span: whole lines.
        source: its adapter.
        limit: read the first rows only; blank lines are none.
        batch_rows: most rows a batch.

    Yields:
        Batches in the file's order.

    Raises:
        SourceFault: the compressed data is damaged.
    """
    row, left = span.row, limit
    with opened(span.path, span.start) as stream:
        size = None if is_packed(span.path) else span.stop - span.start
        for lines in _blocks(stream, size):
            if row == 0:
                lines[0] = lines[0].removeprefix(BOM)
            for start in range(0, len(lines), batch_rows):
                part = lines[start : start + batch_rows]
                if left is not None:
                    part = _first(part, left)
                rows, numbers, faults = _parse(part, row + start)
                if rows or faults:
                    yield batch(rows, numbers, span.name, source, faults=faults)
                if left is not None:
                    left -= len(rows) + len(faults)
                    if left <= 0:
                        return
            row += len(lines)


def _blocks(stream: Stream, size: int | None) -> Iterator[list[bytes]]:
    """The lines of a stream, some megabytes at a time; of a line longer than MAX_ROW only a start that is longer."""
    open_line: list[bytes] = []  # the start of a line whose end is still to come
    held = 0  # bytes of it
    while size is None or size > 0:
        block = stream.read(_BLOCK if size is None else min(_BLOCK, size))
        if not block:
            break
        if size is not None:
            size -= len(block)
        end = block.rfind(b"\n")
        if held > MAX_ROW and end >= 0:
            block = block[block.find(b"\n") :]
            end = block.rfind(b"\n")
        elif held > MAX_ROW:
            continue
        if end < 0:
            open_line.append(block)
            held += len(block)
            continue
        yield b"".join([*open_line, block[:end]]).split(b"\n")
        open_line = [block[end + 1 :]]
        held = len(open_line[0])
    if any(open_line):
        yield [b"".join(open_line)]


def _first(lines: list[bytes], count: int) -> list[bytes]:
    """The lines up to the `count`-th that is not blank."""
    kept: list[bytes] = []
    for line in lines:
        if count <= 0:
            break
        kept.append(line)
        count -= bool(line.strip())
    return kept


def _parse(lines: list[bytes], first: int) -> tuple[list[object], Sequence[int], list[Fault]]:
    """Parse lines one by one in C; only where one fails, in Python.

    Joining them to one JSON list is not faster, and two broken lines could make one valid row.
    """
    try:
        parsed = list(map(orjson.loads, lines))
        if max(map(len, lines), default=0) <= MAX_ROW and not repeats(lines, parsed):
            return parsed, range(first, first + len(lines)), []
    except orjson.JSONDecodeError:
        pass
    rows: list[object] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        row, reason = _one(line)
        if reason is None:
            rows.append(row)
            numbers.append(number)
        else:
            start = line[: 4 * EXCERPT].decode(errors="replace").strip()[:EXCERPT]
            faults.append(Fault(number, f"line {number + 1}: {reason}", start))
    return rows, numbers, faults


def _one(line: bytes) -> tuple[object, str | None]:
    """The row of a line, or why there is none."""
    if len(line) > MAX_ROW:
        return None, f"longer than {MAX_ROW >> 20} MiB, which no record to train on is"
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return None, not_json(error)
    key = repeats([line], [row]).get(0)
    return row, None if key is None else f"{TWICE}{key}"
