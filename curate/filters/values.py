"""Keep or drop records by what a field says: source, task, licence, origin, or anything in meta."""

from __future__ import annotations

from typing import Self

import polars as pl
from pydantic import Field, model_validator

from curate import stage, text
from curate.field import FieldName
from curate.stage import Outcome, RecordStage, drops


class Rule(RecordStage):
    """Keep the records whose field `of` is one of `keep`, or drop those whose field is one of `drop`.

    Values are compared as text, as they are: no pattern, no change of case. A field that is null or missing is the
    empty text, so `keep: [mit, ""]` keeps the records that state no licence and `drop: [""]` drops them. Booleans and
    numbers in meta are compared as JSON writes them.

    Example:
        `filter: {values: {of: license, keep: [apache-2.0, mit]}}` or `filter: {values: {of: meta.level, drop: ["1"]}}`
    """

    name = "filter.values"

    class Settings(stage.Settings):
        """One field, and the values that stay or the values that go."""

        of: FieldName
        keep: list[str] | None = Field(default=None, min_length=1)
        drop: list[str] | None = Field(default=None, min_length=1)

        @model_validator(mode="after")
        def _one_list(self) -> Self:
            if (self.keep is None) == (self.drop is None):
                raise ValueError("say either keep or drop")
            return self

    @property
    def reads(self) -> frozenset[str]:
        """The column of the field."""
        return text.columns_of([self.settings.of])

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Look the value up."""
        keep, drop = self.settings.keep, self.settings.drop
        found = frame.select("at", text.value(self.settings.of).alias("value"))
        listed = pl.col("value").is_in(keep or drop)
        limit = f"one of {', '.join(keep)}" if keep else f"none of {', '.join(drop)}"
        reason = pl.format("{} {}", pl.lit(self.settings.of), pl.col("value").replace("", "empty"))
        gone = ~listed if keep else listed
        return Outcome(drops=drops(found, gone, rule="values", reason=reason, value=pl.col("value"), limit=limit))
