"""MMLU: 16k multiple-choice questions of exams in 57 subjects, collected by people.

The shapes, invented, of a CSV file's row and of the Hub's rows:

    {"question": "Which bird lays the largest egg?", "choice0": "wren", "choice1": "ostrich", "choice2": "hen",
     "choice3": "heron", "answer": "1"}
    {"question": "Which bird cannot fly?", "subject": "ornithology", "choices": ["wren", "heron", "penguin", "swift"],
     "answer": 2}

The right option may be a number from 0 or a letter. The authors' own CSV files have no header: their cells are those of
the first shape, in its order. `instruction` is the bare question, the options
stand in `input`. The task is the subject, which CSV files tell by their name (`anatomy_test.csv`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, SCALAR, About, RowType, Source
from curate_sources._choice import Choice, answered, letter, lettered, letters
from curate_sources._column import first_fault, meta, missing
from curate_sources._file import task

_CELLS = [f"choice{at}" for at in range(4)]


class Adapter(Source):
    """One example a question."""

    about = About(
        title="MMLU",
        url="https://github.com/hendrycks/test",
        hub="cais/mmlu",
        license="mit",
        origin="human",
        citation="https://arxiv.org/abs/2009.03300",
    )
    Options = Choice
    row: ClassVar[Mapping[str, RowType]] = {
        "question": pl.String(),
        "subject": pl.String(),
        "choices": pl.List(pl.String),
        **dict.fromkeys(_CELLS, SCALAR),
        "answer": SCALAR,
    }
    required = frozenset({"question", "answer"})
    header = ("question", *_CELLS, "answer")
    version = 2

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        cells = pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in _CELLS)).then(pl.concat_list(_CELLS))
        rows = rows.with_columns(texts=pl.coalesce("choices", cells), key=letter(pl.col("answer")))
        rows = lettered(rows.with_columns(labels=letters(pl.col("texts"))))
        subject = pl.when(pl.col("subject") != "").then("subject")
        return rows.select(
            pl.coalesce(subject, task().str.replace(r"_(?:dev|val|test)$", "")).alias("task"),
            pl.col("question").alias("instruction"),
            pl.col("lines").alias("input"),
            answered(self.options.answer).alias("output"),
            meta({"answer": pl.col("key"), "option": pl.col("right")}).alias("meta"),
            first_fault(
                missing("question"),
                missing("answer"),
                pl.when(~pl.col("whole")).then(
                    pl.lit("no 'choices' (nor 'choice0' to 'choice3'), or one without text")
                ),
                pl.when(pl.col("right").is_null()).then(pl.lit("'answer' names none of the choices")),
            ).alias(FAULT),
        )
