"""Keep records whose text has a sensible number of words."""

from __future__ import annotations

from typing import Literal

import polars as pl

from curate import text
from curate.field import Range, outside
from curate.stage import Outcome, RecordStage


class Rule(RecordStage):
    """Drop records with fewer than `min` or more than `max` words in the fields `of`.

    A word is a maximal run of non-blank characters. That is `len(s.split())` in Python, but for the four control
    characters U+001C-U+001F: Python counts them as blanks, Unicode (White_Space) does not.

    `split: single_space` counts as `len(s.split(" "))` does: each blank separates, a line break does not. The
    pipeline that won the NeurIPS 2023 LLM efficiency challenge measured so
    (https://github.com/Upaya07/NeurIPS-llm-efficiency-challenge), and its limits mean this count.

    Example:
        `filter: {words: {of: [instruction, input], max: 800}}`
    """

    name = "filter.words"

    class Settings(Range):
        """Fields, limits, and what ends a word."""

        split: Literal["blank_runs", "single_space"] = "blank_runs"

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Count the words of the records that can be outside the limits."""
        if not self.settings.min:
            frame = frame.filter(self._long_enough())
        joined = frame.select("at", text.joined(self.settings.of).alias("text"))  # once, not for each part of the count
        words = pl.col("text")
        measure = words.str.count_matches(" ", literal=True) + 1 if self._single else text.words(words)
        return Outcome(drops=outside(joined, measure, self.settings, "words"))

    @property
    def _single(self) -> bool:
        return bool(self.settings.split == "single_space")

    def _long_enough(self) -> pl.Expr:
        """Whether a text has bytes enough for more than `max` words: n words and the blanks between are 2n-1 bytes.

        Nine records in ten have not, and then nothing of them need be counted.
        """
        fields = self.settings.of
        size = pl.sum_horizontal(text.value(name).str.len_bytes() for name in fields) + len(fields) - 1
        most: int = self.settings.max
        return size >= (most if self._single else 2 * most + 1)
