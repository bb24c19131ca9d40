"""Keep records whose text has a sensible number of tokens."""

from __future__ import annotations

from typing import Any

import polars as pl

from curate import text
from curate.field import Range, outside
from curate.stage import Outcome, RecordStage
from curate.tokens import TokenizerName, counter, tokenizer_digest


class Rule(RecordStage):
    """Drop records with fewer than `min` or more than `max` tokens in the fields `of`, as `tokenizer` counts them.

    The tokenizer is always named: an encoding of tiktoken (`cl100k_base`, `o200k_base`, `p50k_base`, `r50k_base`), a
    path to a `tokenizer.json` or its folder, or `owner/name[@revision]` of a model on the Hub (see `curate.tokens`).
    Take the one of the model that will be trained: Chinese text has twice the tokens in one that it has in another.
    Special tokens in the data are counted as ordinary text, and a template's own tokens are not counted.

    Example:
        `filter: {tokens: {of: [instruction, input, output], max: 2048, tokenizer: cl100k_base}}`
    """

    name = "filter.tokens"

    class Settings(Range):
        """Fields, limits, and who counts."""

        tokenizer: TokenizerName

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def key(self) -> dict[str, Any]:
        """As for any stage; the counts depend on the vocabulary too."""
        return {**super().key(), "tokenizer": tokenizer_digest(self.settings.tokenizer)}

    def resolved(self) -> dict[str, Any]:
        """The vocabulary's digest."""
        return {"tokenizer": {"name": self.settings.tokenizer, "digest": tokenizer_digest(self.settings.tokenizer)}}

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Count tokens."""
        texts = frame.select(text.joined(self.settings.of).alias("text"))["text"]
        counts = counter(self.settings.tokenizer).count(texts)
        judged = frame.select("at", counts.alias("tokens"))
        return Outcome(drops=outside(judged, pl.col("tokens"), self.settings, "tokens"))
