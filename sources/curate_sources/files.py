"""Any files: a recipe says which key fills which column, so that data without an adapter needs none.

A row, invented, and the map for it:

    {"q": "Which bird is tallest?", "a": {"best": "The ostrich.", "all": ["The ostrich.", "An ostrich."]}, "lang": "en"}

    columns: {instruction: q, output: a.best, references: a.all, task: {const: birds}}
    meta: [lang]

A key is a name, a path into objects and lists (`answers.text.0`), or either with `?` at its end where it may be
missing.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from pydantic import Field, field_validator

from curate.source import About, Source
from curate_sources._mapping import Column, Constant, Extra, Name, mapped


class _Options(Extra):
    columns: Mapping[Column, Name | Constant] = Field(
        description="column to key: {instruction: question, output: answer}"
    )

    @field_validator("columns")
    @classmethod
    def _asks_and_answers(cls, columns: Mapping[Column, Name | Constant]) -> Mapping[Column, Name | Constant]:
        for wanted in (("instruction", "input"), ("output", "references")):
            if not set(wanted) & set(columns):
                raise ValueError(f"maps neither {wanted[0]!r} nor {wanted[1]!r}: one is needed")
        return columns


class Adapter(Source):
    """One example a row."""

    about = About(
        title="Files of any shape",
        url="https://github.com/curate-sft/curate",
        license="unknown",
        origin="unknown",
    )
    Options = _Options
    row = None

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn rows into examples."""
        return mapped(rows, self.options.columns, self.options)
