"""Parquet, and Arrow's file and stream formats: only the columns that the source reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from curate.arrow import frame_of
from curate.errors import SourceFault
from curate.reader.batch import Batch
from curate.reader.cast import Caster
from curate.reader.compress import is_packed, opened, whole
from curate.reader.span import Span
from curate.source import Source
from curate.wording import some


def read_parquet(span: Span, source: Source, limit: int | None, batch_rows: int) -> Iterator[Batch]:
    """Read row groups of a Parquet file.

    Args:
        span: the row groups; a file that was not cut is read whole.
        source: its adapter.
        limit: read the first rows only.
        batch_rows: most rows a batch.

    Yields:
        Batches in the file's order.

    Raises:
        SourceFault: the file is damaged or its columns are not what the source declares.
    """
    with _file(span) as file, _faults("Parquet"), pq.ParquetFile(file, pre_buffer=False) as parquet:
        caster = Caster(schema_of(parquet.schema_arrow), source, span.name)
        groups = list(range(span.start, min(span.stop, parquet.num_row_groups)))
        parts = parquet.iter_batches(batch_rows, row_groups=groups, columns=list(caster.reads), use_threads=False)
        yield from _batches(parts, caster, span.row, limit, batch_rows)


def read_arrow(span: Span, source: Source, limit: int | None, batch_rows: int) -> Iterator[Batch]:
    """Read an Arrow file (also called Feather) or stream.

    Args:
        span: the whole file.
        source: its adapter.
        limit: read the first rows only.
        batch_rows: most rows a batch.

    Yields:
        Batches in the file's order.

    Raises:
        SourceFault: the file is damaged or its columns are not what the source declares.
    """
    with _file(span) as file, _faults("Arrow"):
        start = file.read(6)
        file.seek(0)
        if start == b"ARROW1":
            with pa.ipc.open_file(file) as reader:
                caster = Caster(schema_of(reader.schema), source, span.name)
                parts = (reader.get_batch(at).select(list(caster.reads)) for at in range(reader.num_record_batches))
                yield from _batches(parts, caster, 0, limit, batch_rows)
        else:
            with pa.ipc.open_stream(file) as reader:
                caster = Caster(schema_of(reader.schema), source, span.name)
                parts = (part.select(list(caster.reads)) for part in reader)
                yield from _batches(parts, caster, 0, limit, batch_rows)


def _batches(
    parts: Iterator[pa.RecordBatch], caster: Caster, row: int, limit: int | None, batch_rows: int
) -> Iterator[Batch]:
    left = limit
    for part in parts:
        for at in range(0, part.num_rows, batch_rows):
            piece = part.slice(at, batch_rows if left is None else min(batch_rows, left))
            if piece.num_rows == 0:
                return
            yield caster.batch(frame_of(piece), range(row, row + piece.num_rows))
            row += piece.num_rows
            left = None if left is None else left - piece.num_rows


def schema_of(schema: pa.Schema) -> pl.Schema:
    """The columns and types of Arrow data.

    Raises:
        SourceFault: two columns have one name, or a type is none of polars'.
    """
    if twice := sorted(name for name, count in Counter(schema.names).items() if count > 1):
        raise SourceFault(f"more than one column is called {some([repr(name) for name in twice])}")
    try:
        return frame_of(schema.empty_table()).schema
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, NotImplementedError) as error:
        raise SourceFault(f"a column has a type that cannot be read: {str(error).strip()[:200]}") from error


@contextmanager
def _file(span: Span) -> Iterator[pa.NativeFile]:
    """The file, mapped into memory; a compressed one is unpacked into it."""
    if is_packed(span.path):
        with opened(span.path) as stream:
            data = whole(stream, advice="unpack it")
        yield pa.BufferReader(data)
        return
    if span.path.stat().st_size == 0:
        raise SourceFault("the file is empty")
    with pa.memory_map(str(span.path)) as file:
        yield file


@contextmanager
def _faults(what: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        first = str(error).strip().split("\n", 1)[0]
        raise SourceFault(f"damaged or cut short, not readable as {what}: {first}") from error
