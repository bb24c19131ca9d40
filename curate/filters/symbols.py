"""Drop texts that are made of signs, bullets or fragments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import polars as pl
from pydantic import Field, model_validator

from curate import text
from curate.field import FieldNames, Fields
from curate.stage import Outcome, RecordStage, drops, merge_drops

Share = Annotated[float, Field(ge=0, le=1)] | None

# What ends a sentence or a clause, with the closing quotes and the full-width marks of Chinese and Japanese.
_MARKS = r"""\p{Po}'"\x{2019}\x{201D}"""
_TEXT = pl.col("text")
_WORDS = _TEXT.str.count_matches(r"\S+")
_LINES = _TEXT.str.count_matches(r"(?m)^[^\n]*\S")


def _lines(pattern: str) -> pl.Expr:
    """The share of lines with a visible character in which the pattern is found."""
    return _TEXT.str.count_matches(f"(?m){pattern}") / _LINES


@dataclass(frozen=True)
class _Measure:
    """A share of a text, and whether its limit is the largest or the smallest that stays."""

    value: pl.Expr
    reason: str
    least: bool = False


_MEASURES = {
    "symbol_words": _Measure(_TEXT.str.count_matches(r"#+|…|\.\.\.") / _WORDS, "too many # and … for its words"),
    "ellipsis_lines": _Measure(_lines(r"(?:…|\.\.\.)[\t\r ]*$"), "too many lines end in an ellipsis"),
    "bullet_lines": _Measure(_lines(r"^[\t ]*[•‣▪◦●*\x{2013}-][\t ]"), "too many lines are bullets"),
    "short_lines": _Measure(_lines(r"^[\t ]*\S[^\n]{0,28}$"), "too many lines are short"),
    "alphabetic_words": _Measure(
        _TEXT.str.count_matches(r"[^\s\p{L}]*\p{L}\S*") / _WORDS, "too few words have a letter", least=True
    ),
    "punctuated_lines": _Measure(
        _lines(rf"[{_MARKS}]\)?[\t\r ]*$"), "too few lines end in a punctuation mark", least=True
    ),
}


class Rule(RecordStage):
    """Drop records whose fields `of` (by default the output) are made of signs and fragments rather than of sentences.

    The measures come from filters for web pages. Only those are on by default that are faults in an answer, too; an
    answer in bullets, of code or of numbers is an answer. Texts of fewer than `min_words` words are not judged by
    shares.

    - `symbol_words` (0.1): runs of `#`, `…` and `...` to a word at most (Gopher, https://arxiv.org/abs/2112.11446,
      A1.1).
    - `ellipsis_lines` (0.3): lines that end in an ellipsis, at most (Gopher).
    - `bullet_lines` (off; Gopher: 0.9): lines that begin with a bullet, at most.
    - `alphabetic_words` (off; Gopher: 0.8): words with a letter, at least.
    - `short_lines` (off; FineWeb: 0.67, https://arxiv.org/abs/2406.17557): lines of fewer than 30 characters, at most.
    - `punctuated_lines` (off; FineWeb: 0.12): lines that end in a punctuation mark, at least.
    - `lorem_ipsum` (on) and `curly_brackets` (off): texts with these go (C4, https://arxiv.org/abs/1910.10683). A curly
      bracket means code: on the web a page without prose, here perhaps the answer.

    Example:
        `filter: {symbols: {}}` or `filter: {symbols: {of: [output], bullet_lines: 0.9, alphabetic_words: 0.8}}`
    """

    name = "filter.symbols"

    class Settings(Fields):
        """Fields, the length from which texts are judged, and the limits."""

        of: FieldNames = Field(default=["output"])
        min_words: int = Field(default=20, ge=0)
        symbol_words: float | None = Field(default=0.1, ge=0)
        ellipsis_lines: Share = 0.3
        bullet_lines: Share = None
        alphabetic_words: Share = None
        short_lines: Share = None
        punctuated_lines: Share = None
        lorem_ipsum: bool = True
        curly_brackets: bool = False

        @model_validator(mode="after")
        def _some_limit(self) -> Self:
            if not (self.limits() or self.lorem_ipsum or self.curly_brackets):
                raise ValueError("every limit is off: the filter does nothing")
            return self

        def limits(self) -> dict[str, float]:
            """The limits that are on, by name."""
            return {name: limit for name in _MEASURES if (limit := getattr(self, name)) is not None}

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Measure what is on; of several limits that a text breaks, the first is told."""
        settings = self.settings
        texts = frame.select("at", text.joined(settings.of).alias("text"))
        parts = []
        if settings.lorem_ipsum:
            parts.append(_found(texts, r"(?i)\blorem ipsum\b", "placeholder text", "no lorem ipsum"))
        if settings.curly_brackets:
            parts.append(_found(texts, "[{}]", "curly bracket", "no curly brackets"))
        long = texts.filter(settings.min_words <= _WORDS)
        for name, limit in settings.limits().items():
            measure = _MEASURES[name]
            judged = long.select("at", measure.value.round(4).alias("value"))
            beyond = pl.col("value") < limit if measure.least else pl.col("value") > limit
            bound = f"{'min' if measure.least else 'max'} {limit}"
            found = drops(judged, beyond, rule="symbols", reason=measure.reason, value=pl.col("value"), limit=bound)
            parts.append(found)
        return Outcome(drops=merge_drops(parts))


def _found(texts: pl.DataFrame, pattern: str, reason: str, limit: str) -> pl.DataFrame:
    hit = _TEXT.str.contains(pattern)
    return drops(texts, hit, rule="symbols", reason=reason, value=_TEXT.str.extract(pattern, 0), limit=limit)
