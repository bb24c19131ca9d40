"""Keep records with a sensible number of accepted answers."""

from __future__ import annotations

from typing import Self

import polars as pl
from pydantic import Field, model_validator

from curate import stage
from curate.stage import Outcome, RecordStage, drops


class Rule(RecordStage):
    """Drop records with fewer than `min` or more than `max` accepted answers (`references`, of which `output` is one).

    Most records have one. Tasks with many, as a story's possible endings, teach one of them as if it were the only one:
    the pipeline that won the NeurIPS 2023 LLM efficiency challenge kept records of generation tasks with one alone
    (https://github.com/Upaya07/NeurIPS-llm-efficiency-challenge).

    Example:
        `filter: {references: {max: 1}}`
    """

    name = "filter.references"

    class Settings(stage.Settings):
        """How many."""

        min: int = Field(default=1, ge=1)
        max: int | None = Field(default=None, ge=1)

        @model_validator(mode="after")
        def _possible(self) -> Self:
            if self.min == 1 and self.max is None:
                raise ValueError("say min, max or both: every record has an accepted answer")
            if self.max is not None and self.min > self.max:
                raise ValueError(f"min {self.min} is above max {self.max}: every record would go")
            return self

    @property
    def reads(self) -> frozenset[str]:
        """The list of answers."""
        return frozenset({"references"})

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Count them."""
        least, most = self.settings.min, self.settings.max
        counted = frame.select("at", pl.col("references").list.len().alias("answers"))
        few = pl.col("answers") < least
        many = pl.col("answers") > most if most is not None else pl.lit(value=False)
        gone = drops(
            counted,
            few | many,
            rule="references",
            reason=pl.when(few).then(pl.lit("too few answers")).otherwise(pl.lit("too many answers")),
            value=pl.col("answers").cast(pl.String),
            limit=pl.when(few).then(pl.lit(f"min {least}")).otherwise(pl.lit(f"max {most}")),
        )
        return Outcome(drops=gone)
