"""Keep records whose text matches a pattern, or does not."""

from __future__ import annotations

from typing import Self

import polars as pl
from pydantic import model_validator

from curate import text
from curate.field import Fields, Regex
from curate.stage import Outcome, RecordStage, drops


class Rule(RecordStage):
    r"""Keep the records in which the pattern `matches` is found, or those in which `lacks` is not.

    Patterns are Rust regular expressions (https://docs.rs/regex/latest/regex/#syntax): linear in time on any text,
    hence without look-around and back-references. They are found anywhere unless anchored; `(?i)` ignores case,
    `(?s)` lets a dot match line breaks. The fields are joined by one blank.

    Example:
        `filter: {regex: {of: [output], lacks: "(?i)^(sure|certainly)[,!]"}}`
    """

    name = "filter.regex"

    class Settings(Fields):
        """Fields, and one pattern."""

        matches: Regex | None = None
        lacks: Regex | None = None

        @model_validator(mode="after")
        def _one_pattern(self) -> Self:
            if (self.matches is None) == (self.lacks is None):
                raise ValueError("say either matches or lacks")
            return self

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Search."""
        matches, lacks = self.settings.matches, self.settings.lacks
        joined = text.joined(self.settings.of)
        if matches is not None:
            missing = ~joined.str.contains(matches)
            found = drops(frame, missing, rule="regex", reason="no match", value="", limit=f"matches {matches}")
        else:
            value = joined.str.extract(lacks, 0).str.head(200)
            hit = joined.str.contains(lacks)
            found = drops(frame, hit, rule="regex", reason="match", value=value, limit=f"lacks {lacks}")
        return Outcome(drops=found)
