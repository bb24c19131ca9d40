"""CSV and TSV: pyarrow's strict parser; Python's where a file breaks its rules, because it knows the line.

The two agree on every well-formed and on every oddly quoted file (tests/curate/reader/test_csv.py holds them against
each other), so the slow one can take over in the middle of a file.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl
import pyarrow as pa
from pyarrow import csv as fast_csv

from curate.errors import SourceFault
from curate.reader.batch import Batch, Fault, excerpt
from curate.reader.cast import Caster
from curate.reader.compress import BOM, MAX_ROW, Stream, opened
from curate.reader.kind import detect
from curate.reader.span import Span
from curate.source import Source

_BLOCK = 8 << 20  # a row longer than this goes to the slow parser
_COLUMNS = 10_000
_CHUNK = 1 << 20
_MARK = "\x1e"  # ASCII record separator


def read(span: Span, source: Source, limit: int | None, batch_rows: int) -> Iterator[Batch]:
    """Read a CSV or TSV file. Every cell is text, an empty one the empty text.

    It has a header row, unless its adapter says how files without one are read (`Source.header`).

    Args:
        span: the whole file.
        source: its adapter.
        limit: read the first rows only.
        batch_rows: most rows a batch.

    Yields:
        Batches in the file's order.

    Raises:
        SourceFault: there is no header, it names a column twice or lacks a required one, or a quote is never closed.
    """
    comma = "\t" if detect(span.path, source.formats).format == "tsv" else ","
    head = _head(span, source, comma)
    header = head.columns
    caster = Caster(pl.Schema({name: pl.String() for name in header}), source, span.name, textual=True)
    done = 0
    try:
        for table in _fast(span, head, comma, list(caster.reads)):
            frame = pl.DataFrame(pl.from_arrow(table))
            for start in range(0, frame.height, batch_rows):
                part = frame.slice(start, batch_rows)
                part = part if limit is None else part.head(limit - done)
                yield caster.batch(part, range(done, done + part.height))
                done += part.height
                if limit is not None and done >= limit:
                    return
    except pa.ArrowInvalid:
        yield from _slow(span, head, comma, caster, (done, limit, batch_rows))


class _Head(NamedTuple):
    """The columns of a file, and whether its first row names them."""

    columns: list[str]
    named: bool


def _head(span: Span, source: Source, comma: str) -> _Head:
    with opened(span.path) as stream:
        header = next((row for row, _ in _Records(stream, comma) if row), None)
    if header is None:
        raise SourceFault("the file is empty, expected a header row")
    if reason := _ragged(header, len(header)):
        raise SourceFault(f"the header is {reason}", 1)
    if len(header) > _COLUMNS:
        raise SourceFault(f"the header has {len(header):,} columns, more than {_COLUMNS:,}", 1)
    names = {cell.strip().casefold() for cell in header}
    if len(header) == len(source.header) and not names & {key.casefold() for key in source.required}:
        return _Head(list(source.header), named=False)
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        raise SourceFault(f"the header names {', '.join(map(repr, twice))} more than once", 1)
    return _Head(header, named=True)


def _fast(span: Span, head: _Head, comma: str, wanted: list[str]) -> Iterator[pa.RecordBatch]:
    """Parse with pyarrow, one block of bytes after the other.

    An open quote swallows the rest of the file, and pyarrow lets it. So a row of marks is put at the end: where it does
    not come back as the last row, a quote was open.

    Raises:
        pa.ArrowInvalid: a row is ragged, not UTF-8 or very long, or a quote is open at the end.
    """
    header = head.columns
    with opened(span.path) as stream:
        reader = fast_csv.open_csv(
            pa.PythonFile(_Marked(stream, comma.join([_MARK] * len(header))), mode="r"),
            read_options=fast_csv.ReadOptions(
                block_size=_BLOCK, use_threads=False, column_names=None if head.named else header
            ),
            parse_options=fast_csv.ParseOptions(delimiter=comma, newlines_in_values=True),
            convert_options=fast_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.large_string()), include_columns=wanted, strings_can_be_null=False
            ),
        )
        held: pa.RecordBatch | None = None  # the end shows only when there is nothing after it
        for part in reader:
            if part.num_rows == 0:
                continue
            if held is not None:
                yield held
            held = part
        if held is None or set(held.slice(held.num_rows - 1).to_pylist()[0].values()) != {_MARK}:
            raise pa.ArrowInvalid("an open quote")
        yield held.slice(0, held.num_rows - 1)


class _Marked:
    """A stream with one more line."""

    closed = False

    def __init__(self, stream: Stream, line: str) -> None:
        self._stream = stream
        self._end = f"\n{line}\n".encode()

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        if not data:
            data, self._end = self._end, b""
        return data

    def close(self) -> None:
        """Leave the stream to who opened it."""


class _Records:
    """Rows of Python's parser, each with the line on which it starts.

    Invalid UTF-8 comes through as surrogates, which no valid text holds.
    """

    def __init__(self, stream: Stream, comma: str) -> None:
        csv.field_size_limit(MAX_ROW)  # Python's own limit of 131,072 characters is less than a long article
        self._stream = stream
        self._lines = 0
        self._lines_of_row: list[str] = []
        self._lines_of_next: list[str] = []
        self._size = 0  # characters of the row that is being read
        self._comma = comma

    def __iter__(self) -> Iterator[tuple[list[str], int]]:
        reader = csv.reader(self._text(), delimiter=self._comma)
        while True:
            start, self._lines_of_next, self._size = self._lines + 1, [], 0
            try:
                row = next(reader, None)
            except csv.Error as error:
                raise SourceFault(f"not readable as CSV: {error}", start) from None
            if row is None:
                return
            self._lines_of_row = self._lines_of_next
            yield row, start

    def unclosed(self) -> bool:
        """Whether the last row ends inside a quote."""
        try:
            list(csv.reader(self._lines_of_row, delimiter=self._comma, strict=True))
        except csv.Error as error:
            return "end of data" in str(error)
        return False

    def _text(self) -> Iterator[str]:
        for line in _split(self._stream):
            text = (line.removeprefix(BOM) if self._lines == 0 else line).decode(errors="surrogateescape")
            self._lines += 1
            self._size += len(text)
            if self._size > MAX_ROW:
                start = self._lines - len(self._lines_of_next)
                raise SourceFault(f"a row longer than {MAX_ROW >> 20} MiB: is a quote opened and never closed?", start)
            self._lines_of_next.append(text)
            yield text


def _split(stream: Stream) -> Iterator[bytes]:
    """Lines with their ends, of any system; a longer one than MAX_ROW in pieces."""
    rest = b""
    while block := stream.read(_CHUNK):
        lines = (rest + block).splitlines(keepends=True)
        rest = lines.pop()  # may go on, or be the first half of \r\n
        yield from lines
        if len(rest) > MAX_ROW:
            yield rest
            rest = b""
    if rest:
        yield rest


def _slow(span: Span, head: _Head, comma: str, caster: Caster, window: tuple[int, int | None, int]) -> Iterator[Batch]:
    """Parse with Python from the start and give the rows that have not been given yet."""
    done, limit, batch_rows = window
    header = head.columns
    rows: list[list[str]] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    line = 1
    with opened(span.path) as stream:
        records = _Records(stream, comma)
        data = ((row, line) for row, line in records if row)
        if head.named:
            next(data)
        for number, (row, line) in enumerate(data):
            if limit is not None and number >= limit:
                break
            if number < done:
                continue
            if reason := _ragged(row, len(header)):
                faults.append(
                    Fault(
                        number,
                        f"line {line}: {reason}",
                        excerpt([cell.encode(errors="replace").decode() for cell in row]),
                    )
                )
            else:
                rows.append(row)
                numbers.append(number)
            if len(rows) + len(faults) >= batch_rows:
                yield caster.batch(_frame(header, rows), numbers, faults)
                rows, numbers, faults = [], [], []
        else:
            if records.unclosed():
                raise SourceFault("a quote is opened here and never closed", line)
    if rows or faults:
        yield caster.batch(_frame(header, rows), numbers, faults)


def _frame(header: Sequence[str], rows: list[list[str]]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [row[at] for row in rows] for at, name in enumerate(header)}, schema=dict.fromkeys(header, pl.String)
    )


def _ragged(row: list[str], width: int) -> str | None:
    if len(row) != width:
        return f"{len(row)} cells, expected {width} as in the header"
    if any("\udc80" <= character <= "\udcff" for cell in row if not cell.isascii() for character in cell):
        return "not valid UTF-8"
    return None
