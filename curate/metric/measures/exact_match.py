"""Exact match: whether a prediction equals one of its references."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import polars as pl
from pydantic import AfterValidator

from curate.metric import protocol

Ignored: TypeAlias = Literal["case", "punctuation", "articles", "blanks"]
# string.punctuation of Python, which is what the SQuAD script drops, and beyond it all punctuation of Unicode.
_ASCII_SIGNS = r"[!-/:-@\[-`{-~]"
_SIGNS = r"[\p{P}!-/:-@\[-`{-~]"


def _zero_or_one(value: float) -> float:
    if value not in {0.0, 1.0}:
        raise ValueError(f"is {value}: a prediction is right (1) or wrong (0)")
    return value


class Measure(protocol.Metric):
    """1 where the prediction equals a reference, 0 where it equals none.

    By default only blanks at the ends are ignored. `ignore: squad` is the normal form of SQuAD's evaluation script
    (https://rajpurkar.github.io/SQuAD-explorer/): lower case, without ASCII punctuation, without a, an, the, blanks
    alike. One thing differs: where nothing would be left of a text, as of the answer "A" or "-", it keeps its signs
    and articles, for else "A" would equal "the".

    An empty prediction is a failure, even where a reference is empty: a model that says nothing has not answered. The
    pipeline that won the NeurIPS 2023 LLM efficiency challenge counted its own empty predictions as perfect: `empty:
    1.0` does so too; `strip: false` compares as its script did.

    Example:
        `score: {exact_match: {ignore: [case, punctuation]}}`
    """

    name = "exact_match"
    binary = True

    class Settings(protocol.Settings):
        """What counts as equal.

        Attributes:
            strip: ignore blanks at the ends.
            ignore: what else is ignored: `squad`, or some of `case`, `punctuation` (of every script, deleted: so 1.5
                equals 15), `articles` (a, an, the) and `blanks` (runs of them count as one).
            unicode: the normal form that texts are brought into first.
            empty: the score of a prediction of nothing but blanks: 0 or 1.
        """

        strip: bool = True
        ignore: Literal["squad"] | tuple[Ignored, ...] = ()
        unicode: Literal["none", "NFC", "NFKC"] = "none"
        empty: Annotated[float, AfterValidator(_zero_or_one)] = 0.0

    def score(self, frame: pl.DataFrame) -> pl.Series:
        """Compare each row."""
        prediction = pl.col("prediction")
        pairs = (
            frame.with_row_index("row")
            .select("row", "references", self._form(prediction), silent=prediction.str.strip_chars() == "")
            .explode("references", keep_nulls=False, empty_as_null=False)
        )
        right = (self._form(pl.col("references")) == prediction).any()
        scores = pairs.group_by("row", maintain_order=True).agg(right.alias("right"), pl.col("silent").first())
        value = pl.when("silent").then(pl.lit(self.settings.empty)).otherwise(pl.col("right").cast(pl.Float64))
        return scores.select(value.alias("score")).to_series()

    def _form(self, text: pl.Expr) -> pl.Expr:
        """The form in which equal answers are equal."""
        settings = self.settings
        squad = settings.ignore == "squad"
        ignored = {"case", "punctuation", "articles", "blanks"} if squad else set(settings.ignore)
        if settings.unicode != "none":
            text = text.str.normalize(settings.unicode)
        if "case" in ignored:
            text = text.str.to_lowercase()
        bare = text
        if "punctuation" in ignored:
            bare = bare.str.replace_all(_ASCII_SIGNS if squad else _SIGNS, "")
        if "articles" in ignored:
            bare = bare.str.replace_all(r"(?i)\b(a|an|the)\b", " ")
        if ignored & {"punctuation", "articles"}:
            text = pl.when(bare.str.strip_chars() == "").then(text).otherwise(bare)
        if "blanks" in ignored:
            text = text.str.replace_all(r"\s+", " ")
        return text.str.strip_chars() if settings.strip or "articles" in ignored else text
