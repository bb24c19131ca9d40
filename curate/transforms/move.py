"""Move a text from one field to another."""

from __future__ import annotations

from typing import Self

import polars as pl
from pydantic import Field, model_validator

from curate import stage, text
from curate.stage import Outcome, RecordStage
from curate.template import JOINT
from curate.transforms._rewrite import Text, first_reference, outcome


class Rule(RecordStage):
    """Move the text of the field `from` to the field `to`, and leave `from` empty.

    A text that is there already is not lost: the moved one stands before it, a blank line between. A record whose
    `from` is empty stays as it is. The pipeline that won the NeurIPS 2023 LLM efficiency challenge put the questions
    of LIMA and of its mathematics into the input so (https://github.com/Upaya07/NeurIPS-llm-efficiency-challenge). To
    copy, use `transform: {template: {to: input, template: "{instruction}"}}`. If `output` changes,
    `references[0]` follows it.

    Example:
        `transform: {move: {from: instruction, to: input}}`
    """

    name = "transform.move"

    class Settings(stage.Settings):
        """From where to where."""

        from_: Text = Field(alias="from")
        to: Text

        @model_validator(mode="after")
        def _two_fields(self) -> Self:
            if self.from_ == self.to:
                raise ValueError(f"from and to are both {self.to!r}: the transform does nothing")
            return self

    @property
    def reads(self) -> frozenset[str]:
        """The two columns, and the references where one is the output."""
        both = frozenset({self.settings.from_, self.settings.to})
        return both | {"references"} if "output" in both else both

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Move."""
        start, to = self.settings.from_, self.settings.to
        moved, there = text.value(start), text.value(to)
        joint = pl.when(there != "").then(pl.lit(JOINT)).otherwise(pl.lit(""))
        columns = [pl.concat_str(moved, joint, there).alias(to), pl.lit("").alias(start)]
        frame = frame.filter(moved != "")
        made = frame.with_columns(columns)
        if "output" in {start, to}:
            made = made.with_columns(first_reference().alias("references"))
        return outcome(frame, {name: pl.lit(made[name]) for name in sorted(self.reads)})
