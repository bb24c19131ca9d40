"""CommonsenseQA: 12k questions of common sense with five options, written by people.

The shapes, invented, of the original files and of the Hub's rows:

    {"id": "9a", "answerKey": "B", "question": {"stem": "Where do hens sleep?", "question_concept": "hen", "choices": [
        {"label": "A", "text": "pond"}, {"label": "B", "text": "coop"}]}}
    {"id": "9b", "answerKey": "A", "question": "Where do hens eat?", "question_concept": "hen", "choices": {
        "label": ["A", "B"], "text": ["yard", "sky"]}}

`instruction` is the bare question, the options stand in `input`. The test split hides its answers: its questions become
examples with an empty output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
import polars as pl

from curate.source import FAULT, JSON, About, RowType, Source
from curate_sources._choice import Choice, answered, lettered
from curate_sources._column import first_fault, meta, missing

_TEXTS = pl.List(pl.String)
_PARSED: dict[str, pl.DataType] = {
    "stem": pl.String(),
    "concept": pl.String(),
    "inner_labels": _TEXTS,
    "inner_texts": _TEXTS,
}


class Adapter(Source):
    """One example a question."""

    about = About(
        title="CommonsenseQA",
        url="https://www.tau-nlp.sites.tau.ac.il/commonsenseqa",
        hub="tau/commonsense_qa",
        license="mit",
        origin="human",
        citation="https://arxiv.org/abs/1811.00937",
    )
    Options = Choice
    row: ClassVar[Mapping[str, RowType]] = {
        "id": pl.String(),
        "question": JSON,  # a text, or an object with the options inside
        "question_concept": pl.String(),
        "choices": pl.Struct({"label": _TEXTS, "text": _TEXTS}),
        "answerKey": pl.String(),
    }
    required = frozenset({"question"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        parsed = pl.DataFrame([_question(text) for text in rows["question"]], schema=_PARSED, orient="row")
        flat = pl.col("choices").struct
        rows = rows.hstack(parsed).with_columns(
            texts=pl.coalesce(flat.field("text"), "inner_texts"),
            labels=pl.coalesce(flat.field("label"), "inner_labels"),
            key=pl.when(pl.col("answerKey") != "").then("answerKey"),
        )
        told = {
            "id": pl.col("id"),
            "answer": pl.col("key"),
            "option": pl.col("right"),
            "concept": pl.coalesce("question_concept", "concept"),
        }
        return lettered(rows).select(
            pl.col("stem").alias("instruction"),
            pl.col("lines").alias("input"),
            answered(self.options.answer).alias("output"),
            meta(told).alias("meta"),
            first_fault(
                missing("question"),
                pl.when(pl.col("stem").is_null()).then(
                    pl.lit("'question' is neither a text nor an object with a 'stem'")
                ),
                pl.when(~pl.col("whole")).then(pl.lit("'choices' is missing, or has a text without a label")),
                pl.when(pl.col("key").is_not_null() & pl.col("right").is_null()).then(
                    pl.lit("'answerKey' names none of the choices")
                ),
            ).alias(FAULT),
        )


def _question(text: str | None) -> tuple[str | None, str | None, list[str | None] | None, list[str | None] | None]:
    """Stem, concept, letters and options of one question: JSON whose type differs has to be looked at row by row."""
    value = orjson.loads(text) if text is not None else None
    if not isinstance(value, dict):
        return _text(value), None, None, None
    given = value.get("choices")
    choices = [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    labels, texts = ([_text(item.get(name)) for item in choices] for name in ("label", "text"))
    return _text(value.get("stem")), _text(value.get("question_concept")), labels or None, texts or None


def _text(value: Any) -> str | None:  # noqa: ANN401 - parsed JSON
    return value if isinstance(value, str) else None
