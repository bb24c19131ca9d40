"""Text files: one row, `text`."""

from __future__ import annotations

from collections.abc import Iterator

from curate.errors import SourceFault
from curate.reader.batch import Batch
from curate.reader.compress import BOM, MAX_ROW, opened, whole
from curate.reader.span import Span
from curate.reader.typed import batch
from curate.source import Source


def read(span: Span, source: Source, limit: int | None, batch_rows: int) -> Iterator[Batch]:  # noqa: ARG001 - one row
    """Read a text file as one row.

    Args:
        span: the whole file.
        source: its adapter.
        limit: none are read where it is 0.
        batch_rows: of no meaning here.

    Yields:
        One batch of one row.

    Raises:
        SourceFault: it is not UTF-8.
    """
    with opened(span.path) as stream:
        data = whole(stream, MAX_ROW)
    try:
        text = data.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        at = error.start + (len(BOM) if data.startswith(BOM) else 0)
        raise SourceFault(f"not valid UTF-8 (byte {at} of the file)", data.count(b"\n", 0, at) + 1) from None
    if limit != 0:
        yield batch([{"text": text}], [0], span.name, source)
