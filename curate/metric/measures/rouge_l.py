"""ROUGE-L: how much of the reference comes back, in the same order."""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from curate.metric import protocol
from curate.metric.rouge import Tokens, rouge_l


class Measure(protocol.Metric):
    """The longest common subsequence of tokens, as F1, precision or recall; the best reference counts.

    With the default settings it is the `rougeL` of Google's `rouge-score`, and with `stemmer: true` that of its
    `use_stemmer`. `tokens: unicode` finds words in every script, where `rouge-score` sees a-z and 0-9 only and gives 0
    to every Chinese answer.

    The pipeline that won the NeurIPS 2023 LLM efficiency challenge deleted full stops and counted an empty prediction
    as a perfect one (https://github.com/Upaya07/NeurIPS-llm-efficiency-challenge,
    data_prep/prepare_generation_tasks_dataset.py): that is `delete: "."` and `empty: 1.0`.

    Example:
        `score: {rouge_l: {stemmer: true}}`
    """

    name = "rouge_l"

    class Settings(protocol.Settings):
        """What a token is, which value counts, and what an empty text scores.

        Attributes:
            tokens: `rouge` (a-z and 0-9) or `unicode` (words of every script).
            stemmer: words longer than three characters count as their stem (Porter's).
            value: which of the three is given; the reference with the highest F1 counts for each.
            delete: characters that are deleted before anything else.
            empty: the score where prediction or reference is empty, blanks at the ends left aside.
        """

        tokens: Tokens = "rouge"
        stemmer: bool = False
        value: Literal["f", "precision", "recall"] = "f"
        delete: str = ""
        empty: Annotated[float, Field(ge=0, le=1)] = 0.0

    def score(self, frame: pl.DataFrame) -> pl.Series:
        """ROUGE-L of each row."""
        settings = self.settings
        prediction, references = pl.col("prediction"), pl.col("references")
        if settings.delete or settings.empty:
            frame = frame.select(self._plain(prediction), references.list.eval(self._plain(pl.element())))
        scores = rouge_l(
            frame["prediction"],
            frame["references"],
            tokens=settings.tokens,
            stemmer=settings.stemmer,
            empty=settings.empty,
            threads=self.threads,
        )
        return scores.get_column(settings.value)

    def _plain(self, text: pl.Expr) -> pl.Expr:
        signs = sorted(set(self.settings.delete))
        return (text.str.replace_many(signs, [""] * len(signs)) if signs else text).str.strip_chars()
