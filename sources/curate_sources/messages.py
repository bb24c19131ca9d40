"""Chat rows as OpenAI's API, TRL and most newer data sets write them.

The shapes, invented:

    {"messages": [{"role": "system", "content": "You keep the hens."}, {"role": "user", "content": "Any eggs today?"},
                  {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function",
                   "function": {"name": "count", "arguments": "{}"}}]},
                  {"role": "tool", "tool_call_id": "c1", "content": "3"},
                  {"role": "assistant", "content": "Yes, three."}],
     "tools": [{"type": "function", "function": {"name": "count", "parameters": {}}}]}
    {"prompt": [{"role": "user", "content": "Any eggs?"}], "completion": [{"role": "assistant", "content": "Yes."}]}

The last answer is the output, the turn before it the instruction, and what lies between is `history`, tool calls and
tools whole. Content may be a list of text parts; pictures and sounds are faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, JSON, SCALAR, About, RowType, Source
from curate_sources._chat import from_openai, tools
from curate_sources._column import meta
from curate_sources._dialogue import parts
from curate_sources._turns import Turns


class Adapter(Source):
    """One example a dialogue."""

    about = About(
        title="Chat rows of the OpenAI and TRL form",
        url="https://huggingface.co/docs/trl/dataset_formats",
        license="unknown",
        origin="unknown",
    )
    Options = Turns
    row: ClassVar[Mapping[str, RowType]] = {
        "id": SCALAR,
        "messages": JSON,
        "prompt": JSON,
        "completion": JSON,
        "tools": JSON,
    }

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn dialogues into examples."""
        return parts(from_openai(rows), self.options.turns).select(
            "system",
            "instruction",
            "output",
            "history",
            tools(pl.col("tools")).alias("tools"),
            meta({"id": pl.col("id")}, json={"tool_calls": pl.col("tool_calls")}).alias("meta"),
            FAULT,
        )
