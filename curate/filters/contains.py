"""Keep records that contain given texts, or that do not."""

from __future__ import annotations

from typing import Annotated, Self

import polars as pl
from pydantic import Field, model_validator

from curate import text
from curate.field import Fields
from curate.stage import Outcome, RecordStage, drops

Texts = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class Rule(RecordStage):
    """Keep the records whose fields `of` contain one of the texts `any`, or none of the texts `lacks`.

    Texts are literal, found anywhere, also inside a word; for patterns take `filter: regex`. `ignore_case` compares
    lower-cased texts. All texts are looked for in one pass (Aho-Corasick), so that a list of thousands costs little
    more than one.

    Example:
        `filter: {contains: {of: [output], lacks: ["<noinput>", "https://"], ignore_case: true}}`
    """

    name = "filter.contains"

    class Settings(Fields):
        """Fields, and the texts that must or must not be there."""

        any: Texts | None = None
        lacks: Texts | None = None
        ignore_case: bool = False

        @model_validator(mode="after")
        def _one_list(self) -> Self:
            if (self.any is None) == (self.lacks is None):
                raise ValueError("say either any or lacks")
            return self

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Search."""
        settings = self.settings
        listed = pl.Series(settings.any or settings.lacks, dtype=pl.String)
        joined = text.joined(settings.of)
        if settings.ignore_case:
            listed, joined = listed.str.to_lowercase(), joined.str.to_lowercase()
        found = joined.str.contains_any(listed.to_list())
        limit = f"{'any' if settings.any else 'none'} of {', '.join(listed)}"[:500]
        if settings.any:
            return Outcome(drops=drops(frame, ~found, rule="contains", reason="no match", value="", limit=limit))
        hit = joined.str.extract_many(listed.to_list()).list.first()
        return Outcome(drops=drops(frame, found, rule="contains", reason="match", value=hit, limit=limit))
