"""SVAMP: 1,000 word problems of arithmetic, small changes of older ones, written by people.

The shape, invented; the Hub's copy writes the answer as text:

    {"ID": "chal-9001", "Body": "A hen lays 2 eggs a day.", "Question": "How many does she lay in 5 days?",
     "Equation": "( 2.0 * 5.0 )", "Answer": 10.0, "Type": "Multiplication"}

`instruction` is the bare problem, body and question; the output is the number alone. The task is the operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, SCALAR, About, RowType, Source
from curate_sources._column import first_fault, meta, missing


class Adapter(Source):
    """One example a problem."""

    about = About(
        title="SVAMP",
        url="https://github.com/arkilpatel/SVAMP",
        hub="ChilleD/SVAMP",
        revision="689d7ccac74b9983a",
        license="mit",
        origin="human",
        citation="https://arxiv.org/abs/2103.07191",
    )
    row: ClassVar[Mapping[str, RowType]] = {
        **dict.fromkeys(("ID", "Body", "Question", "Equation", "Type"), pl.String()),
        "Answer": SCALAR,
    }
    required = frozenset({"Body", "Question", "Answer"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn problems into examples."""
        answer = pl.col("Answer").str.replace(r"\.0+$", "")
        return rows.select(
            pl.col("Type").alias("task"),
            pl.concat_str([pl.col(name).str.strip_chars() for name in ("Body", "Question")], separator=" ").alias(
                "instruction"
            ),
            answer.alias("output"),
            meta({"id": pl.col("ID"), "answer": answer, "equation": pl.col("Equation")}).alias("meta"),
            first_fault(missing("Body"), missing("Question"), missing("Answer")).alias(FAULT),
        )
