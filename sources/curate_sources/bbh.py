r"""BIG-Bench Hard: 6,511 questions of the 27 tasks of BIG-bench that models found hardest.

The shape, invented, of an item of a task file, `{"canary", "examples"}`; the Hub's rows are the same:

    {"input": "Which bird is tallest?\nOptions:\n(A) wren\n(B) ostrich", "target": "(B)"}

The task is the file's name. `instruction` is the bare question; what follows it from `Options:` on, where there is any,
stands in `input`. `meta.answer` is the letter of an answer such as (B).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import first_fault, meta, missing
from curate_sources._file import task

_PARTS = r"(?s)^(.*?)(?:\n(Options:\s*\n.*))?$"  # the bare question, and its options


class Adapter(Source):
    """One example an item."""

    about = About(
        title="BIG-Bench Hard",
        url="https://github.com/suzgunmirac/BIG-Bench-Hard",
        hub="lukaemon/bbh",
        revision="9ee07bd481feebf95",
        license="mit",
        origin="mixed",  # people wrote some tasks and programs made others
        citation="https://arxiv.org/abs/2210.09261",
    )
    row: ClassVar[Mapping[str, RowType]] = {"input": pl.String(), "target": pl.String()}
    required = frozenset({"input", "target"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn items into examples."""
        parts = pl.col("input").str.extract_groups(_PARTS)
        return rows.select(
            task().alias("task"),
            parts.struct.field("1").alias("instruction"),
            parts.struct.field("2").alias("input"),
            pl.col("target").alias("output"),
            meta({"answer": pl.col("target").str.extract(r"^\(([A-Z])\)$")}).alias("meta"),
            first_fault(missing("input"), missing("target")).alias(FAULT),
        )
