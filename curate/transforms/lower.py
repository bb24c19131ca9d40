"""Write a share of the records in lower case."""

from __future__ import annotations

from typing import Any

import polars as pl
from pydantic import Field

from curate.hashing import rank64
from curate.stage import Outcome, RecordStage
from curate.transforms._rewrite import Fields, RewrittenFields, columns_of, outcome, rewritten


class Rule(RecordStage):
    """Write the fields `of` (instruction and input unless told) in lower case, in a share `probability` of the records.

    People type in lower case; a model that never saw it is worse at it. The pipeline that won the NeurIPS 2023 LLM
    efficiency challenge lower-cased three records in ten
    (https://github.com/Upaya07/NeurIPS-llm-efficiency-challenge). Which records is decided by a hash of the recipe's
    seed, the step's label and the record's id: a larger share adds records, never swaps them.

    Example:
        `transform: {lower: {probability: 0.3}}`
    """

    name = "transform.lower"

    class Settings(Fields):
        """Fields, and the share of records."""

        of: RewrittenFields = Field(default=["instruction", "input"])
        probability: float = Field(default=1.0, gt=0, le=1)

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields, and the id that is hashed."""
        return columns_of(self.settings.of) | {"id"}

    def key(self) -> dict[str, Any]:
        """As for any stage; the hashed ranks depend on label and seed too."""
        return {**super().key(), "place": {"label": self.place.label, "seed": self.place.seed}}

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Choose by rank, and lower."""
        if self.settings.probability < 1:
            rank = rank64(self.place.seed, self.place.label)
            frame = frame.filter(rank < pl.lit(int(self.settings.probability * 2**64), dtype=pl.UInt64))
        return outcome(frame, rewritten(self.settings.of, lambda text: text.str.to_lowercase()))
