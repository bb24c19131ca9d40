"""BBQ: 58k multiple-choice questions that show social biases, made from templates that people wrote.

The shape, invented, with the keys that are read:

    {"example_id": 7, "question_index": "9", "question_polarity": "neg", "context_condition": "ambig",
     "category": "Age", "context": "A hen and a chick crossed the road.", "question": "Who was slow?",
     "ans0": "The hen", "ans1": "Not known", "ans2": "The chick", "label": 1}

A question means nothing without its context, so `instruction` is both, the context first; the options stand in `input`.
The task is the category. What comes from one template is one `group`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, SCALAR, About, RowType, Source
from curate_sources._choice import Choice, answered, letter, lettered, letters
from curate_sources._column import first_fault, meta, missing

_ANSWERS = ["ans0", "ans1", "ans2"]
_KEPT = {"id": "example_id", "polarity": "question_polarity", "condition": "context_condition"}


class Adapter(Source):
    """One example a question."""

    about = About(
        title="BBQ",
        url="https://github.com/nyu-mll/BBQ",
        hub="heegyu/bbq",
        revision="bea11bd97d7921724",
        license="cc-by-4.0",
        origin="human",
        citation="https://arxiv.org/abs/2110.08193",
    )
    Options = Choice
    row: ClassVar[Mapping[str, RowType]] = {
        "example_id": SCALAR,
        "question_index": SCALAR,
        "question_polarity": pl.String(),
        "context_condition": pl.String(),
        "category": pl.String(),
        "context": pl.String(),
        "question": pl.String(),
        **dict.fromkeys(_ANSWERS, pl.String()),
        "label": SCALAR,
    }
    required = frozenset({"context", "question", "label", *_ANSWERS})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        rows = rows.with_columns(texts=pl.concat_list(_ANSWERS), key=letter(pl.col("label")))
        told = {"answer": pl.col("key"), "option": pl.col("right")} | {key: pl.col(name) for key, name in _KEPT.items()}
        return lettered(rows.with_columns(labels=letters(pl.col("texts")))).select(
            pl.col("category").alias("task"),
            pl.concat_str(["category", pl.lit("-"), "question_index"]).alias("group"),
            pl.concat_str(["context", pl.lit(" "), "question"]).alias("instruction"),
            pl.col("lines").alias("input"),
            answered(self.options.answer).alias("output"),
            meta(told).alias("meta"),
            first_fault(
                *(missing(name) for name in ("context", "question", *_ANSWERS, "label")),
                pl.when(pl.col("right").is_null()).then(pl.lit("'label' names none of the answers")),
            ).alias(FAULT),
        )
