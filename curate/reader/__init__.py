"""From files to raw frames: finds out what a file is, reads it in bounded memory, says why a row does not fit.

`cut` makes spans of a file, `read` typed batches of a span, `curate.reader.hub.hub_batches` batches of a Hub data set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from curate.errors import CurateError
from curate.reader import columnar, csv, json, jsonl, text
from curate.reader.batch import EXCERPT, FAULTS, Batch, excerpt, fault_frame
from curate.reader.kind import Kind, detect
from curate.reader.span import SIZE, Span, cut
from curate.source import Source

__all__ = ["EXCERPT", "FAULTS", "SIZE", "Batch", "Kind", "Span", "cut", "detect", "excerpt", "fault_frame", "read"]

_Reader = Callable[[Span, Source, int | None, int], Iterator[Batch]]
_READERS: dict[str, _Reader] = {
    "json": json.read,
    "jsonl": jsonl.read,
    "csv": csv.read,
    "tsv": csv.read,
    "parquet": columnar.read_parquet,
    "arrow": columnar.read_arrow,
    "text": text.read,
}


def read(span: Span, source: Source, limit: int | None = None, batch_rows: int = 65536) -> Iterator[Batch]:
    """Read a span.

    Args:
        span: what `cut` made.
        source: the adapter: which formats it reads, which keys, of which types.
        limit: read the first rows of the span only, faulty ones included.
        batch_rows: most rows a batch; batches are smaller where the format's blocks are. What is read stays the same.

    Yields:
        Batches in the file's order; none where the span has no rows.

    Raises:
        SourceFault: the whole file is unreadable. This can show late, after some batches (a damaged block, a truncated
            archive): none of the file's rows must then be taken.
        CurateError: the operating system does not let the file be read, or the adapter failed.
    """
    try:
        kind = detect(span.path, source.formats)
        yield from _READERS[kind.format](span, source, limit, batch_rows)
    except OSError as error:
        raise CurateError(f"{span.name}: cannot be read: {error.strerror or error}") from error
