r"""ShareGPT's form of dialogues, as Vicuna, LLaMA-Factory and many data sets on the Hub write them.

The shape, invented:

    {"conversations": [{"from": "human", "value": "Any eggs today?"},
                       {"from": "function_call", "value": "{\"name\": \"count\", \"arguments\": {\"of\": \"eggs\"}}"},
                       {"from": "observation", "value": "{\"eggs\": 3}"},
                       {"from": "gpt", "value": "Yes, three."}],
     "system": "You keep the hens.", "tools": "[{\"name\": \"count\", \"parameters\": {}}]"}

The last answer is the output, the turn before it the instruction, and what lies between is `history`, tool calls and
tools whole. A dialogue that does not end with an answer is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, JSON, About, RowType, Source
from curate_sources._chat import SHAREGPT, from_sharegpt, tools
from curate_sources._column import meta
from curate_sources._dialogue import parts
from curate_sources._turns import Turns


class Adapter(Source):
    """One example a dialogue."""

    about = About(
        title="Dialogues in ShareGPT's form",
        url="https://github.com/lm-sys/FastChat",
        revision="0e6d3e4beaab66f4d",
        license="unknown",
        origin="mixed",
    )
    Options = Turns
    row: ClassVar[Mapping[str, RowType]] = {
        "id": pl.String(),
        "conversations": SHAREGPT,
        "system": pl.String(),
        "tools": JSON,
    }
    required = frozenset({"conversations"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn dialogues into examples."""
        rows = rows.rename({"system": "told"}).with_columns(told=pl.when(pl.col("told") != "").then("told"))
        talks = parts(from_sharegpt(rows, "conversations"), self.options.turns)
        also = pl.when(pl.col("system").ne_missing(pl.col("told"))).then("system")
        return talks.select(
            pl.concat_str(["told", also], separator="\n\n", ignore_nulls=True).alias("system"),
            "instruction",
            "output",
            "history",
            tools(pl.col("tools")).alias("tools"),
            meta({"id": pl.col("id")}, json={"tool_calls": pl.col("tool_calls")}).alias("meta"),
            FAULT,
        )
