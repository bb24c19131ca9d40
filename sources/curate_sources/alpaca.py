"""Alpaca and its relatives: single instructions with an optional input.

The shapes, invented, of Alpaca, Dolly, GPTeacher, Open-Platypus and LLaMA-Factory:

    {"instruction": "Name the tallest of the birds.", "input": "wren, heron, finch", "output": "The heron."}
    {"instruction": "Which is the tallest bird?", "context": "", "response": "The ostrich.", "category": "open_qa"}
    {"instruction": "Name a bird.", "input": "", "response": "A wren."}
    {"instruction": "What is 2 + 2?", "input": "", "output": "4", "data_source": "sums"}
    {"instruction": "And?", "input": "", "output": "Two.", "system": "Be brief.", "history": [["A number?", "One."]]}

`category` and `data_source` are kept in `meta`. Licence and origin are Alpaca's own: a recipe that reads a relative
states its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import first_fault, meta, missing
from curate_sources._turns import PAIRS, history, odd_pairs


class Adapter(Source):
    """One example a row."""

    about = About(
        title="Alpaca",
        url="https://github.com/tatsu-lab/stanford_alpaca",
        hub="tatsu-lab/alpaca",
        revision="761dc5bfbdeeffa89",
        license="cc-by-nc-4.0",
        origin="model",
        models=("text-davinci-003",),
    )
    row: ClassVar[Mapping[str, RowType]] = {
        "instruction": pl.String(),
        "input": pl.String(),
        "context": pl.String(),
        "output": pl.String(),
        "response": pl.String(),
        "system": pl.String(),
        "history": PAIRS,
        "category": pl.String(),
        "data_source": pl.String(),
    }
    required = frozenset({"instruction"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn rows into examples."""
        return rows.select(
            "system",
            "instruction",
            pl.coalesce("input", "context").alias("input"),
            pl.coalesce("output", "response").alias("output"),
            history(pl.col("history")).alias("history"),
            meta({name: pl.col(name) for name in ("category", "data_source")}).alias("meta"),
            first_fault(missing("instruction"), missing("output", "response"), odd_pairs("history")).alias(FAULT),
        )
