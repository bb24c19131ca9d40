"""Word problems of arithmetic as MultiArith, SingleEq and AddSub write them, collected from teaching material.

The shapes, invented, of the files and of MultiArith's copy on the Hub:

    {"iIndex": 9001, "lEquations": ["X=2.0*5.0"], "lSolutions": [10.0],
     "sQuestion": "A hen lays 2 eggs a day. How many does she lay in 5 days?"}
    {"question": "A hen lays 3 eggs and 4 more. How many does she lay?", "final_ans": "7"}

`instruction` is the bare problem, the output the number alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, JSON, SCALAR, About, RowType, Source
from curate_sources._column import first_fault, meta, missing


class Adapter(Source):
    """One example a problem."""

    about = About(
        title="MultiArith, SingleEq and AddSub",
        url="https://github.com/kojima-takeshi188/zero_shot_cot",
        hub="ChilleD/MultiArith",
        revision="5ef330fcdeec0cd26",
        license="unknown",
        origin="human",
        citation="https://aclanthology.org/N16-1136",
    )
    row: ClassVar[Mapping[str, RowType]] = {
        "iIndex": SCALAR,
        "lEquations": pl.List(pl.String),
        "lSolutions": JSON,  # a list of one number, in some files written as text
        "sQuestion": pl.String(),
        "question": pl.String(),
        "final_ans": SCALAR,
    }

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn problems into examples."""
        listed = pl.col("lSolutions").str.extract(r'^\[\s*"?([^",\]\[]+)"?\s*\]$')
        answer = pl.coalesce(listed, "final_ans").str.strip_chars().str.replace(r"\.0+$", "")
        told = {
            "id": pl.col("iIndex"),
            "answer": answer,
            "equation": pl.col("lEquations").list.join("; ", ignore_nulls=True),
        }
        return rows.select(
            pl.coalesce("sQuestion", "question").str.strip_chars().alias("instruction"),
            answer.alias("output"),
            meta(told).alias("meta"),
            first_fault(
                missing("sQuestion", "question"),
                pl.when(answer.is_null()).then(pl.lit("no single answer in 'lSolutions' (nor 'final_ans')")),
            ).alias(FAULT),
        )
