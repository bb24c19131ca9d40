"""Drop answers that repeat themselves."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from curate import repetition, text
from curate.field import FieldNames, Fields
from curate.stage import Outcome, RecordStage, drops, merge_drops

Share = Annotated[float, Field(ge=0, le=1)] | None


class Rule(RecordStage):
    """Drop records whose fields `of` (by default the output) repeat lines or runs of words.

    A model that loops repeats itself, and teaches it. The measures and limits are those of Gopher (Rae et al. 2021,
    https://arxiv.org/abs/2112.11446, table A1), made for web pages; they fit long answers. Texts of fewer than
    `min_words` words are never judged: "yes, yes, yes" may be right. Each limit is the largest share that stays,
    `null` switches it off:

    - `duplicate_lines`, `duplicate_line_characters`: lines that stood before, as a share of lines and of characters;
      lines without a letter or digit do not count, so that code with many closing braces stays.
    - `top_2_gram` … `top_4_gram`: characters in the most frequent run of two, three, four words.
    - `duplicate_5_gram` … `duplicate_10_gram`: characters in runs of five to ten words that stood before.

    A letter of a script without blanks counts as a word. Gopher's paragraph measures are left out: answers have few
    paragraphs.

    Example:
        `filter: {repetition: {}}` or `filter: {repetition: {of: [input, output], min_words: 100, top_2_gram: null}}`
    """

    name = "filter.repetition"

    class Settings(Fields):
        """Fields, the length from which texts are judged, and the limits of Gopher's table A1."""

        of: FieldNames = Field(default=["output"])
        min_words: int = Field(default=50, ge=0)
        duplicate_lines: Share = 0.30
        duplicate_line_characters: Share = 0.20
        top_2_gram: Share = 0.20
        top_3_gram: Share = 0.18
        top_4_gram: Share = 0.16
        duplicate_5_gram: Share = 0.15
        duplicate_6_gram: Share = 0.14
        duplicate_7_gram: Share = 0.13
        duplicate_8_gram: Share = 0.12
        duplicate_9_gram: Share = 0.11
        duplicate_10_gram: Share = 0.10

        @model_validator(mode="after")
        def _some_limit(self) -> Self:
            if not self.limits():
                raise ValueError("every limit is null: the filter does nothing")
            return self

        def limits(self) -> dict[str, float]:
            """The limits that are on, by name."""
            everything = self.model_dump(exclude={"of", "min_words"})
            return {name: limit for name, limit in everything.items() if limit is not None}

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Measure the texts that are long enough; of several limits that a text breaks, the first is told."""
        texts = frame.select("at", text.joined(self.settings.of).alias("text"))
        texts = texts.filter(repetition.words(pl.col("text")) >= self.settings.min_words)
        limits = self.settings.limits()
        measured = texts.select("at").hstack(self._measures(texts["text"], limits))
        parts = [
            drops(
                measured,
                pl.col(name) > limit,
                rule="repetition",
                reason=name.replace("_", " "),
                value=pl.col(name).round(4),
                limit=f"max {limit}",
            )
            for name, limit in limits.items()
        ]
        return Outcome(drops=merge_drops(parts))

    def _measures(self, texts: pl.Series, limits: dict[str, float]) -> pl.DataFrame:
        sizes = {int(name.split("_")[1]): name for name in limits if name.endswith("_gram")}
        grams = repetition.gram_measures(texts, sizes)
        found = {name: grams[size] for size, name in sizes.items()}
        if limits.keys() & {"duplicate_lines", "duplicate_line_characters"}:
            lines = repetition.line_measures(texts)
            found["duplicate_lines"] = lines["lines"].to_numpy()
            found["duplicate_line_characters"] = lines["line_characters"].to_numpy()
        return pl.DataFrame({name: np.asarray(found[name], dtype=np.float64) for name in limits})
