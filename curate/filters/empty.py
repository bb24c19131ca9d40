"""Drop records without text where text is needed."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field

from curate import text
from curate.field import FieldNames, Fields
from curate.stage import Outcome, RecordStage, drops


class Rule(RecordStage):
    """Drop records in which a field of `of` is null, empty or blank: by default those without an `output`.

    `match: all` drops a record only where every field is empty (`of: [instruction, input]`: no prompt at all). An
    answer that only calls tools has no text and is still an answer: `output` does not count as empty beside
    `meta.tool_calls`.

    Example:
        `filter: {empty: {}}` or `filter: {empty: {of: [instruction, input], match: all}}`
    """

    name = "filter.empty"

    class Settings(Fields):
        """Fields, and whether one empty field is enough."""

        of: FieldNames = Field(default=["output"])
        match: Literal["any", "all"] = "any"

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields, and meta for the tool calls of an answer."""
        columns = text.columns_of(self.settings.of)
        return columns | {"meta"} if "output" in columns else columns

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Look for a visible character in each field."""
        blank = {name: ~text.value(name).str.contains(r"\S") for name in self.settings.of}
        judged = frame.select("at", *(column for column in ["meta"] if column in frame.columns), **blank)
        judged = judged.filter(self._matches())
        if "output" in blank:
            # Reading JSON is dear: only the few rows that would go are asked for tool calls.
            calls = text.value("meta.tool_calls").str.strip_chars()
            judged = judged.with_columns(pl.col("output") & calls.is_in(["", "null", "[]"])).filter(self._matches())
        names = [pl.when(pl.col(name)).then(pl.lit(name)) for name in self.settings.of]
        value = pl.concat_str(names, separator=", ", ignore_nulls=True)
        found = drops(judged, pl.lit(value=True), rule="empty", reason="no text", value=value, limit="text")
        return Outcome(drops=found)

    def _matches(self) -> pl.Expr:
        columns = [pl.col(name) for name in self.settings.of]
        return pl.all_horizontal(columns) if self.settings.match == "all" else pl.any_horizontal(columns)
