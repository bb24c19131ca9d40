"""Keep records whose text has a sensible number of characters."""

from __future__ import annotations

import polars as pl

from curate import text
from curate.field import Range, outside
from curate.stage import Outcome, RecordStage


class Rule(RecordStage):
    """Drop records with fewer than `min` or more than `max` characters in the fields `of`.

    A character is a Unicode code point, as in Python's `len`: an emoji with a skin tone counts twice, a Chinese
    character once. The cheapest limit there is, and the one to take for scripts that write no blanks between words.

    Example:
        `filter: {characters: {of: [output], min: 1, max: 16000}}`
    """

    name = "filter.characters"

    class Settings(Range):
        """Fields and limits."""

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Count code points."""
        measure = text.characters(text.joined(self.settings.of))
        return Outcome(drops=outside(frame, measure, self.settings, "characters"))
