"""Drop answers that refuse, or that speak of being a language model."""

from __future__ import annotations

import re
from typing import TypeVar

import polars as pl
from pydantic import Field

from curate import text
from curate.field import FieldNames, Fields
from curate.stage import Outcome, RecordStage, drops

# Phrases that a person does not write in an answer, wherever they stand: those of the list by which the ShareGPT
# dialogues were cleaned (https://huggingface.co/datasets/anon8231489123/ShareGPT_Vicuna_unfiltered) that speak of
# being a model, with their variants; its words of topic and opinion ("ethics", "feminism") are no refusals and left
# out.
ANYWHERE = (
    "as a language model",
    "as a large language model",
    "as an ai language model",
    "as an ai model",
    "as an ai assistant",
    "as an ai chatbot",
    "as an artificial intelligence",
    "i am an ai language model",
    "i'm an ai language model",
    "i am a language model",
    "i'm a language model",
    "i am just an ai",
    "i'm just an ai",
    "text-based ai language model",
    "i'm only an ai",
    "my knowledge cutoff",
    "my training data only",
    "openai's use case policy",
    "against my programming",
    "my programming prohibits",
    "i do not have personal opinions",
    "i don't have personal opinions",
    "i do not have the ability to browse",
    "i don't have the ability to browse",
    "i do not have access to real-time",
    "i don't have access to real-time",
)

# What refuses where an answer begins; later in a text it may be somebody's speech. The negations of the refusal
# strings of Zou et al. 2023 (https://arxiv.org/abs/2307.15043, appendix) in their usual wordings.
OPENING = (
    "i cannot fulfil",
    "i can't fulfil",
    "i cannot assist",
    "i can't assist",
    "i cannot help with",
    "i can't help with",
    "i cannot provide",
    "i can't provide",
    "i cannot comply",
    "i cannot answer",
    "i cannot complete",
    "i am unable to",
    "i'm unable to",
    "i am not able to",
    "i'm not able to",
    "it is not appropriate",
    "it's not appropriate",
    "it is not possible for me",
    "my apologies, but i",
    "i must decline",
)
_Text = TypeVar("_Text", pl.Expr, pl.Series)
_SORRY = (
    r"(?:(?:i'm|i am|we're|we are)? ?(?:very |so |really )?sorry\b[,.!]?"
    r"|(?:i|my) apologi[sz]es?[,.!]?|unfortunately,?)"
)


class Rule(RecordStage):
    """Drop records whose fields `of` (by default the output) refuse to answer, or say that a language model speaks.

    Two lists, in `curate.filters.refusal` with their sources: phrases that no person writes in an answer ("as an AI
    language model"), looked for anywhere; and refusals ("I cannot fulfil"), looked for where the text begins, after
    an apology or not: in a dialogue or a story they are somebody's words. Case and the form of the apostrophe do not
    matter. `extra` adds literal phrases of your own, looked for anywhere. The phrase that was found is the evidence.

    The lists are English. In what people wrote (GSM8K) they find nothing, in Alpaca's 52,002 records four.

    Example:
        `filter: {refusal: {}}` or `filter: {refusal: {extra: ["als KI-Sprachmodell"]}}`
    """

    name = "filter.refusal"

    class Settings(Fields):
        """Fields, and further phrases."""

        of: FieldNames = Field(default=["output"])
        extra: list[str] = Field(default=[])

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Look for the phrases in each field."""
        anywhere = [*ANYWHERE, *(_plain(pl.Series([phrase]))[0] for phrase in self.settings.extra if phrase)]
        opening = rf"^\W*(?:{_SORRY} )?(?:but )?({'|'.join(map(re.escape, OPENING))})"
        found = []
        for name in self.settings.of:
            spoken = _plain(text.value(name))
            found += [spoken.str.extract_many(anywhere).list.first(), spoken.str.head(200).str.extract(opening, 1)]
        phrases = frame.select("at", pl.coalesce(found).alias("phrase"))
        phrase = pl.col("phrase")
        gone = drops(
            phrases, phrase.is_not_null(), rule="refusal", reason="refusal", value=phrase, limit="no such phrase"
        )
        return Outcome(drops=gone)


def _plain(value: _Text) -> _Text:
    """Lower case, straight apostrophes."""
    return value.str.to_lowercase().str.replace_all("\u2019", "'", literal=True)
