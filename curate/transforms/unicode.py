"""Write equal characters equally, and take out those that cannot be seen."""

from __future__ import annotations

from typing import Literal, Self

import polars as pl
from pydantic import model_validator

from curate.stage import Outcome, RecordStage
from curate.transforms._rewrite import Fields, columns_of, outcome, rewritten

# Zero-width space, word joiner, byte order mark, soft hyphen, and the marks that change the direction of writing.
# Zero-width joiner and non-joiner stay: emoji, Persian and Indic scripts are written with them.
_INVISIBLE = r"[\x{200B}\x{2060}\x{FEFF}\x{00AD}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
# Control characters but tab, line feed and carriage return; the replacement character stands for bytes that were lost.
_CONTROL = r"[\x{00}-\x{08}\x{0B}\x{0C}\x{0E}-\x{1F}\x{7F}-\x{9F}]"


class Rule(RecordStage):
    r"""Normalise the Unicode of the fields `of`: of instruction, input and output unless told.

    `form` is NFC (default: é is one character, nothing looks different), NFKC (also ﬁ -> fi, ① -> 1, full-width
    letters -> ASCII: changes what mathematics means, x² -> x2), or null. See https://unicode.org/reports/tr15/.
    `invisible: true` takes out zero-width and direction marks, soft hyphens and control characters; tabs stay, `\r\n`
    and `\r` become `\n`. Joiners stay: emoji and many scripts need them. All `references` change with the output.

    Example:
        `transform: {unicode: {}}` or `transform: {unicode: {of: [instruction], form: NFKC}}`
    """

    name = "transform.unicode"

    class Settings(Fields):
        """Fields, the normal form, and whether invisible characters go."""

        form: Literal["NFC", "NFKC"] | None = "NFC"
        invisible: bool = True

        @model_validator(mode="after")
        def _something(self) -> Self:
            if self.form is None and not self.invisible:
                raise ValueError("form: null and invisible: false: the transform does nothing")
            return self

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Normalise."""
        return outcome(frame, rewritten(self.settings.of, self._normalise))

    def _normalise(self, text: pl.Expr) -> pl.Expr:
        if self.settings.invisible:
            text = text.str.replace_all(r"\r\n?", "\n").str.replace_all(f"{_INVISIBLE}|{_CONTROL}", "")
        return text if self.settings.form is None else text.str.normalize(self.settings.form)
