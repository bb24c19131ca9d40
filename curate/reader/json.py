"""JSON documents, read whole: a list of rows, or an object that its source can unpack. Malformed means unreadable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson

from curate.errors import CurateError, SourceFault
from curate.reader.batch import Batch, Fault, excerpt
from curate.reader.compress import BOM, opened, whole
from curate.reader.span import Span
from curate.reader.thorough import TWICE, Repeated, complete, containers, loads, unsound
from curate.reader.typed import batch
from curate.reader.words import not_json
from curate.source import Document, Source
from curate.wording import some

# What values take as Python objects, in bytes: a document of nothing but `{}` takes twenty times its own size.
_OBJECT = 200
_VALUE = 64
_HELD = 4 << 30


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
        data = whole(stream, advice="write it as JSON lines, which are read piece by piece").removeprefix(BOM)
    if not data.strip():
        raise SourceFault("the file is empty, expected a JSON list of rows")
    value, doubtful = _parse(data)
    del data
    document = _unpack(source, value, span.name)
    rows = document.rows[:limit]
    if doubtful:
        _check(value, document, doubtful)
    for start in range(0, len(rows), batch_rows):
        part = rows[start : start + batch_rows]
        numbers: Sequence[int] = range(start, start + len(part))
        faults: list[Fault] = []
        if doubtful:
            part, numbers, faults = _sound(part, numbers)
        yield batch(part, numbers, span.name, source, document.constants, faults)


class _Doubt(NamedTuple):
    """A document that holds what rows must not: how many objects with a key that stands twice, or none but other."""

    repeated: int


def _parse(data: bytes) -> tuple[object, _Doubt | None]:
    """The document, and what to look for in its rows: only Python's parser lets half of a surrogate pair through."""
    held = data.count(b"{") * _OBJECT + (data.count(b"[") + data.count(b",")) * _VALUE
    if held > _HELD:
        raise SourceFault(
            f"so many values that they would take {held >> 30:,} GiB of memory: write it as JSON lines, which are read "
            "piece by piece"
        )
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        try:
            data.decode()
        except UnicodeDecodeError as fault:
            line = data.count(b"\n", 0, fault.start) + 1
            raise SourceFault(f"not valid UTF-8 (byte {fault.start} of the file)", line) from None
        if "surrogate" not in error.msg:
            raise SourceFault(not_json(error), error.lineno) from None
    else:
        if complete(data, [value]):
            return value, None
    try:
        value, repeated = loads(data)
    except json.JSONDecodeError as error:
        raise SourceFault(f"not valid JSON: {error.msg} (column {error.colno})", error.lineno) from None
    except RecursionError:
        raise SourceFault("not valid JSON: values are nested too deeply") from None
    except ValueError as error:
        raise SourceFault(f"not valid JSON: {error}") from None
    return value, _Doubt(repeated)


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


def _check(value: object, document: Document, doubt: _Doubt) -> None:
    """Refuse a document that is odd where no single row can be blamed for it.

    Raises:
        SourceFault: a key stands twice outside the rows, or a text that holds for all rows is no valid Unicode.
    """
    if reason := unsound(document.constants):
        raise SourceFault(f"of what holds for all rows: {reason}")
    blamed = sum(isinstance(one, Repeated) for one in containers(document.rows))
    if blamed < doubt.repeated:
        keys = [repr(one.key) for one in containers([value]) if isinstance(one, Repeated)]
        raise SourceFault(f"{TWICE}{some(keys)}")


def _sound(rows: Sequence[object], numbers: Sequence[int]) -> tuple[list[object], list[int], list[Fault]]:
    """Keep the rows that can be taken."""
    told = [(row, number, unsound(row)) for row, number in zip(rows, numbers, strict=True)]
    faults = [Fault(number, reason, excerpt(row)) for row, number, reason in told if reason]
    good = [(row, number) for row, number, reason in told if not reason]
    return [row for row, _ in good], [number for _, number in good], faults
