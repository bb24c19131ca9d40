"""JSON documents, read whole: a list of rows, or an object that its source can unpack. Malformed means unreadable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from curate.errors import CurateError, SourceFault
from curate.reader.batch import Batch, Fault, excerpt
from curate.reader.compress import BOM, opened
from curate.reader.span import Span
from curate.reader.typed import batch
from curate.reader.words import not_json
from curate.source import Document, Source


def read(span: Span, source: Source, limit: int | None, batch_rows: int) -> Iterator[Batch]:
    """Read a JSON file.

    Args:
        span: the whole file.
        source: its adapter.
        limit: read the first rows only.
        batch_rows: rows a batch.

    Yields:
        Batches in the file's order.

    Raises:
        SourceFault: the file is empty, not valid JSON or UTF-8, or holds no rows that its source knows.
    """
    with opened(span.path) as stream:
        data = stream.read().removeprefix(BOM)
    if not data.strip():
        raise SourceFault("the file is empty, expected a JSON list of rows")
    value, doubtful = _parse(data)
    del data
    document = _unpack(source, value, span.name)
    if doubtful and not _encodable(document.constants):
        raise SourceFault("a text that holds for all rows contains half of a surrogate pair")
    rows = document.rows[:limit]
    for start in range(0, len(rows), batch_rows):
        part = rows[start : start + batch_rows]
        numbers: Sequence[int] = range(start, start + len(part))
        faults: list[Fault] = []
        if doubtful:
            part, numbers, faults = _without_surrogates(part, numbers)
        yield batch(part, numbers, span.name, source, document.constants, faults)


def _parse(data: bytes) -> tuple[object, bool]:
    """The document, and whether a text may hold half of a surrogate pair, which only Python's parser lets through."""
    try:
        return orjson.loads(data), False
    except orjson.JSONDecodeError as error:
        try:
            text = data.decode()
        except UnicodeDecodeError as fault:
            line = data.count(b"\n", 0, fault.start) + 1
            raise SourceFault(f"not valid UTF-8 (byte {fault.start} of the file)", line) from None
        if "surrogate" not in error.msg:
            raise SourceFault(not_json(error), error.lineno) from None
    try:
        return json.loads(text, parse_int=_whole, parse_constant=_constant), True
    except json.JSONDecodeError as error:
        raise SourceFault(f"not valid JSON: {error.msg} (column {error.colno})", error.lineno) from None
    except (ValueError, RecursionError) as error:
        raise SourceFault(f"not valid JSON: {error}") from None


def _whole(text: str) -> int | float:
    """As orjson reads it: beyond 64 bits a float."""
    number = int(text) if len(text) < 21 else float(text)
    return number if -(1 << 63) <= number < 1 << 64 else float(number)


def _constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON number")


def _unpack(source: Source, value: object, name: str) -> Document:
    try:
        return source.unpack(value)
    except ValueError as error:
        raise SourceFault(str(error)) from error
    except CurateError:
        raise
    except Exception as error:
        adapter = type(source).__module__
        raise CurateError(
            f"{name}: the adapter {adapter} failed to unpack the document: {type(error).__name__}: {error}"
        ) from error


def _encodable(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def _without_surrogates(rows: Sequence[object], numbers: Sequence[int]) -> tuple[list[object], list[int], list[Fault]]:
    """Keep the rows whose texts are all valid Unicode."""
    pairs = list(zip(rows, numbers, map(_encodable, rows), strict=True))
    good = [(row, number) for row, number, fine in pairs if fine]
    reason = "a text holds half of a surrogate pair, which is not valid Unicode"
    faults = [Fault(number, reason, excerpt(row)) for row, number, fine in pairs if not fine]
    return [row for row, _ in good], [number for _, number in good], faults
