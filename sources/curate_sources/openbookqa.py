"""OpenBookQA: 6k elementary science questions with four options, written by people.

The shapes, invented, of the original files (CommonsenseQA and ARC are written so too) and of the Hub's rows:

    {"id": "9-1", "answerKey": "A", "question": {"stem": "A hen sits on", "choices": [
        {"text": "eggs", "label": "A"}, {"text": "ice", "label": "B"}]}}
    {"id": "9-1", "answerKey": "A", "question_stem": "A hen sits on", "choices": {
        "text": ["eggs", "ice"], "label": ["A", "B"]}}

The options stand under the question; `meta.option` is the text of the right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl
from pydantic import Field

from curate.source import FAULT, About, RowType, Source
from curate_sources._choice import Choice, answered, lettered
from curate_sources._column import first_fault, meta, missing

_NESTED = pl.Struct({"stem": pl.String(), "choices": pl.List(pl.Struct({"text": pl.String(), "label": pl.String()}))})
_FLAT = pl.Struct({"text": pl.List(pl.String), "label": pl.List(pl.String)})


class _Options(Choice):
    instruction: str = Field(
        "Choose the option that answers or completes the question.", description="the fixed instruction"
    )


class Adapter(Source):
    """One example a question."""

    about = About(
        title="OpenBookQA",
        url="https://github.com/allenai/OpenBookQA",
        hub="allenai/openbookqa",
        license="unknown",
        origin="human",
        citation="https://arxiv.org/abs/1809.02789",
    )
    Options = _Options
    row: ClassVar[Mapping[str, RowType]] = {
        "id": pl.String(),
        "question": _NESTED,
        "question_stem": pl.String(),
        "choices": _FLAT,
        "answerKey": pl.String(),
    }
    required = frozenset({"answerKey"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        return _options(rows).select(
            pl.lit(self.options.instruction).alias("instruction"),
            pl.concat_str([pl.col("stem"), pl.lit("\n"), pl.col("lines")]).alias("input"),
            answered(self.options.answer).alias("output"),
            meta({"id": pl.col("id"), "answer": pl.col("answerKey"), "option": pl.col("right")}).alias("meta"),
            first_fault(
                pl.when(pl.col("stem").is_null()).then(pl.lit("no 'question' with a 'stem' (nor 'question_stem')")),
                pl.when(~pl.col("whole")).then(pl.lit("'choices' is missing, or has a text without a label")),
                missing("answerKey"),
                pl.when(pl.col("right").is_null()).then(pl.lit("'answerKey' names none of the choices")),
            ).alias(FAULT),
        )


def _options(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `stem`, and the columns of `lettered`."""
    nested, flat = pl.col("question").struct.field("choices"), pl.col("choices").struct
    return lettered(
        rows.with_columns(
            stem=pl.coalesce("question_stem", pl.col("question").struct.field("stem")),
            texts=pl.coalesce(flat.field("text"), nested.list.eval(pl.element().struct.field("text"))),
            labels=pl.coalesce(flat.field("label"), nested.list.eval(pl.element().struct.field("label"))),
            key="answerKey",
        )
    )
