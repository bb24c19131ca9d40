"""Take blanks off the ends of texts."""

from __future__ import annotations

import polars as pl

from curate.stage import Outcome, RecordStage
from curate.transforms._rewrite import Fields, columns_of, outcome, rewritten


class Rule(RecordStage):
    """Take blanks and line breaks off both ends of the fields `of`: of instruction, input and output unless told.

    `collapse: true` also makes one blank of every run of blanks and tabs inside a line, takes blanks off the ends of
    lines, and makes one empty line of several. Leave it off where the data holds code or tables: their indents would
    go. All `references` are stripped with the output.

    Example:
        `transform: {strip: {}}`
    """

    name = "transform.strip"

    class Settings(Fields):
        """Fields, and whether inner blanks are collapsed."""

        collapse: bool = False

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Strip."""
        return outcome(frame, rewritten(self.settings.of, self._strip))

    def _strip(self, text: pl.Expr) -> pl.Expr:
        if self.settings.collapse:
            text = text.str.replace_all(r"[^\S\n]+", " ").str.replace_all(r" ?\n ?", "\n")
            text = text.str.replace_all(r"\n{3,}", "\n\n")
        return text.str.strip_chars()
