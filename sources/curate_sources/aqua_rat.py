"""AQuA-RAT: 100k algebra questions with five options and a rationale, written by people.

The shape, invented:

    {"question": "A hen lays 2 eggs a day. How many in 5 days?", "options": ["A)5", "B)7", "C)10", "D)12", "E)25"],
     "rationale": "5 days of 2 eggs are 10 eggs.", "correct": "C"}

The options become a part of the question. `meta.answer` is the letter, `meta.option` the text behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import first_fault, meta, missing
from curate_sources._math import Final, worked


class Adapter(Source):
    """One example a question."""

    about = About(
        title="AQuA-RAT",
        url="https://github.com/google-deepmind/AQuA",
        hub="deepmind/aqua_rat",
        revision="26b64ed1f22208c67",
        license="apache-2.0",
        origin="human",
        citation="https://arxiv.org/abs/1705.04146",
    )
    Options = Final
    row: ClassVar[Mapping[str, RowType]] = {
        "question": pl.String(),
        "options": pl.List(pl.String),
        "rationale": pl.String(),
        "correct": pl.String(),
    }
    required = frozenset({"question", "options", "rationale", "correct"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        place = pl.col("correct").replace_strict(
            {letter: at for at, letter in enumerate("ABCDE")}, default=None, return_dtype=pl.Int64
        )
        option = pl.col("options").list.get(place, null_on_oob=True).str.replace(r"^(?:\(?[A-E]\s*\)\s*)+", "")
        return rows.select(
            pl.concat_str(
                [pl.col("question"), pl.lit("\n"), pl.col("options").list.join("\n", ignore_nulls=True)]
            ).alias("instruction"),
            worked(pl.col("rationale"), pl.col("correct"), self.options.final).alias("output"),
            meta({"answer": pl.col("correct"), "option": option}).alias("meta"),
            first_fault(
                *(missing(name) for name in ("question", "options", "rationale", "correct")),
                pl.when(option.is_null()).then(pl.lit("'correct' names none of the options")),
            ).alias(FAULT),
        )
