"""LIMA: 1,030 prompts with careful answers, of which 30 are dialogues.

The shapes, invented, of the original and of LLaMA-Factory's form:

    {"conversations": ["Which bird is tallest?", "The ostrich.", "And heaviest?", "It too."], "source": "stackexchange"}
    {"instruction": "And heaviest?", "input": "", "output": "It too.",
     "history": [["Which bird is tallest?", "The ostrich."]]}

Earlier turns go to `history`, or with `turns: first` the first exchange alone is taken. The original's test rows are
prompts without an answer: faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import meta
from curate_sources._turns import PAIRS, Turns, history, message, odd_pairs


class Adapter(Source):
    """One example a dialogue."""

    about = About(
        title="LIMA",
        url="https://huggingface.co/datasets/GAIR/lima",
        hub="GAIR/lima",
        license="cc-by-nc-sa-4.0",  # its card names no version; a source text under stricter terms keeps them
        origin="human",
        citation="https://arxiv.org/abs/2305.11206",
    )
    Options = Turns
    row: ClassVar[Mapping[str, RowType]] = {
        "conversations": pl.List(pl.String),
        "source": pl.String(),
        "instruction": pl.String(),
        "input": pl.String(),
        "output": pl.String(),
        "history": PAIRS,
    }

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn dialogues into examples."""
        form = rows.select("source", fault=_fault(), **_flat())
        if self.options.turns == "first":
            first = pl.col("history").list.len() > 0
            question, answer = (
                pl.col("history").list.get(place, null_on_oob=True).struct.field("content") for place in (0, 1)
            )
            form = form.with_columns(
                instruction=pl.when(first).then(question).otherwise("instruction"),
                input=pl.when(first).then(pl.lit("")).otherwise("input"),
                output=pl.when(first).then(answer).otherwise("output"),
                history=pl.col("history").list.head(0),
            )
        return form.select(
            "instruction",
            "input",
            "output",
            "history",
            meta({"source": pl.col("source")}).alias("meta"),
            pl.col("fault").alias(FAULT),
        )


def _flat() -> dict[str, pl.Expr]:
    talk = pl.col("conversations")
    earlier = talk.list.slice(0, pl.max_horizontal(talk.list.len().cast(pl.Int64) - 2, 0))
    return {
        "instruction": pl.coalesce("instruction", talk.list.get(-2, null_on_oob=True)),
        "input": pl.col("input"),
        "output": pl.coalesce("output", talk.list.get(-1, null_on_oob=True)),
        "history": pl.when(talk.is_not_null()).then(_alternating(earlier)).otherwise(history(pl.col("history"))),
    }


def _alternating(texts: pl.Expr) -> pl.Expr:
    """Texts of which the user wrote the first, the assistant the second, and so on, as messages."""
    users = pl.int_range(pl.len()) % 2 == 0
    user, assistant = message("user", pl.element()), message("assistant", pl.element())
    return texts.list.eval(pl.when(users).then(user).otherwise(assistant))


def _fault() -> pl.Expr:
    talk = pl.col("conversations")
    flat = talk.is_null()
    return (
        pl.when(flat & pl.col("instruction").is_null())
        .then(pl.lit("no 'conversations' (nor 'instruction')"))
        .when(flat & pl.col("output").is_null())
        .then(pl.lit("no 'output'"))
        .when(talk.list.len() == 0)
        .then(pl.lit("'conversations' is empty"))
        .when(talk.list.len() % 2 == 1)
        .then(pl.lit("'conversations' ends with a question that has no answer"))
        .when(talk.list.drop_nulls().list.len() < talk.list.len())
        .then(pl.lit("'conversations' holds a turn without text"))
        .otherwise(odd_pairs("history"))
    )
