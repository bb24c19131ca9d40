"""Small adapters for tests of reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.reader import Batch, Span, cut, read
from curate.source import About, RowType, Source

EVERY = ("json", "jsonl", "csv", "tsv", "parquet", "arrow", "text")


class Pairs(Source):
    """Reads `question` (required), `answer` and `score`."""

    about = About("pairs", "https://example.org", "cc0-1.0", "human")
    row: ClassVar[Mapping[str, RowType] | None] = {
        "question": pl.String(),
        "answer": pl.String(),
        "score": pl.Float64(),
    }
    required = frozenset({"question"})
    formats = EVERY

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Question and answer."""
        return rows.select(instruction="question", output="answer")


class Everything(Pairs):
    """Takes every key as it comes."""

    row = None
    required = frozenset()


def reading(types: Mapping[str, RowType], *required: str) -> Source:
    """An adapter that reads these keys."""
    kind = type("Reading", (Pairs,), {"row": dict(types), "required": frozenset(required)})
    return kind()  # type: ignore[no-any-return]


def batches(
    path: object, source: Source, limit: int | None = None, batch_rows: int = 65536, size: int = 1 << 26
) -> list[Batch]:
    """All batches of a file."""
    spans: list[Span] = cut(path, path.name, source, size)  # type: ignore[arg-type,attr-defined]
    return [batch for span in spans for batch in read(span, source, limit, batch_rows)]


def joined(parts: list[Batch]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows and faults of all batches."""
    return pl.concat(part.frame for part in parts), pl.concat(part.faults for part in parts)
