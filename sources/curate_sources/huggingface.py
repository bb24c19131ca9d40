"""Any data set of the Hugging Face Hub, or a local folder of one, by a column map or by its usual names.

The shapes that need no map, invented:

    {"messages": [{"role": "user", "content": "A bird?"}, {"role": "assistant", "content": "A wren."}]}
    {"conversations": [{"from": "human", "value": "A bird?"}, {"from": "gpt", "value": "A wren."}]}
    {"instruction": "Name a bird.", "input": "", "output": "A wren."}
    {"prompt": "Name a bird.", "completion": "A wren."}
    {"question": "Which bird is tallest?", "answer": "The ostrich."}

With `columns` the keys are named as for the source `files`; without it the shape is told by the keys, in the order
above.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from pydantic import Field

from curate.source import FAULT, About, Source
from curate_sources._chat import from_openai, tools
from curate_sources._column import constant, meta
from curate_sources._dialogue import parts
from curate_sources._mapping import Column, Constant, Extra, Name, as_json, mapped
from curate_sources._turns import Turns

# The usual names of a column, the first that a data set has is taken.
_USUAL: dict[str, tuple[str, ...]] = {
    "instruction": ("instruction", "prompt", "question", "query", "problem"),
    "input": ("input", "context"),
    "output": ("output", "response", "completion", "answer", "solution"),
    "system": ("system", "system_prompt"),
}


class _Options(Extra, Turns):
    columns: Mapping[Column, Name | Constant] | None = Field(None, description="column to key: {instruction: question}")


class Adapter(Source):
    """One example a row."""

    about = About(
        title="Data sets of the Hugging Face Hub",
        url="https://huggingface.co/datasets",
        license="unknown",
        origin="unknown",
    )
    Options = _Options
    row = None
    folders = True  # a local folder of a data set is loaded as `datasets` loads it

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn rows into examples."""
        columns = self.options.columns
        if columns is None and _is_chat(rows):
            return self._chat(rows)
        if columns is None:
            columns = {name: key for name, keys in _USUAL.items() if (key := _flat(rows, keys)) is not None}
        if not {"instruction", "input"} & set(columns) or not {"output", "references"} & set(columns):
            found = ", ".join(name for name in rows.columns if name not in ("file", "row"))
            reason = f"cannot tell the shape, name the keys with `columns` (found: {found})"
            return rows.select(pl.lit("").alias("output"), pl.lit(reason).alias(FAULT), "file").drop("file")
        return mapped(rows, columns, self.options)

    def _chat(self, rows: pl.DataFrame) -> pl.DataFrame:
        rows = rows.with_columns(told=constant(rows, "system"), tools=_json(rows, "tools"))
        talk = pl.coalesce(_json(rows, "messages"), _json(rows, "conversations"))
        rows = rows.with_columns(messages=talk, prompt=_json(rows, "prompt"), completion=_json(rows, "completion"))
        talks = parts(from_openai(rows), self.options.turns)
        told = pl.coalesce("system", "told") if self.options.system is None else pl.lit(self.options.system)
        return talks.select(
            pl.lit(self.options.task).alias("task"),
            told.alias("system"),
            "instruction",
            "output",
            "history",
            tools(pl.col("tools")).alias("tools"),
            meta({key: pl.col(key) for key in self.options.meta}, json={"tool_calls": pl.col("tool_calls")}).alias(
                "meta"
            ),
            FAULT,
        )


def _is_chat(rows: pl.DataFrame) -> bool:
    prompted = isinstance(rows.schema.get("prompt"), pl.List)
    return "messages" in rows.columns or "conversations" in rows.columns or prompted


def _flat(rows: pl.DataFrame, keys: Sequence[str]) -> str | None:
    return next((key for key in keys if key in rows.columns and not rows.schema[key].is_nested()), None)


def _json(rows: pl.DataFrame, key: str) -> pl.Expr:
    """A column as JSON text; what is text already came from rows of mixed types, and is JSON."""
    nested = key in rows.columns and rows.schema[key].is_nested()
    return as_json(pl.col(key)) if nested else constant(rows, key)
