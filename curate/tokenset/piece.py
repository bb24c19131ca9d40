"""Pieces: an example as texts that are tokenised apart, each trained or not.

Text on both sides of the place where the answer begins must not be tokenised as one: a token that reaches across it
would be in no prompt, and with a prompt that ends in a blank nearly every example has one
(https://github.com/huggingface/trl/issues/6105).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from curate.template import TEMPLATES

EMPTY = "empty answer"
OVER_LENGTH = "over length"

# What is noted of rows that stay.
BLANK_END = "prompt ends in a blank"
SPECIAL_IN_ANSWER = "special token as text in the answer"
SPECIAL_IN_TEXT = "special token in the text"

# Behind a blank, or an empty line, most tokenizers have other tokens than at the start of a text: a prompt that is
# written without them then asks for something that was not trained. One line feed at the end changes nothing.
_BLANK_END = r"(?:[^\S\n]|\n\s*\n)\z"


@dataclass(frozen=True)
class Pieces:
    """The pieces of some rows, row by row.

    Args:
        texts: all of them.
        row: the row of each, non-decreasing, shape (pieces,).
        trained: whether the model learns to say it, shape (pieces,).
        literal: whether special tokens in it are only characters, shape (pieces,).
        gone: rows that have none, and why.
        notes: what is noted of rows: (note, rows).
    """

    texts: list[str]
    row: npt.NDArray[np.int64]
    trained: npt.NDArray[np.bool_]
    literal: npt.NDArray[np.bool_]
    gone: dict[int, str] = field(default_factory=dict)
    notes: list[tuple[str, list[int]]] = field(default_factory=list)


class Form(Protocol):
    """How rows of a version become pieces."""

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""

    def pieces(self, frame: pl.DataFrame) -> Pieces:
        """The pieces of some rows."""


@dataclass(frozen=True)
class PromptForm:
    """Rows of `prompt` and `completion`.

    Args:
        template: name of the template; None for a recipe's own.
        special: texts of the tokenizer's special tokens.
    """

    template: str | None
    special: Sequence[str]

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        return ["prompt", "completion"]

    def pieces(self, frame: pl.DataFrame) -> Pieces:
        """Two pieces a row.

        Special tokens in a prompt are what they are, as in every program that answers it. Under a named template the
        answer is the record's own text, and a special token in it is only characters; a template of the recipe's own
        may have written it.
        """
        asked, answer = pl.col("prompt").fill_null(""), pl.col("completion").fill_null("")
        named = self.template is not None
        flags = frame.select(
            (answer.str.strip_chars() == "").alias("empty"),
            asked.str.contains(_BLANK_END).alias(BLANK_END),
            contains(answer, self.special if named else []).alias(SPECIAL_IN_ANSWER),
            contains(asked, self._foreign()).alias(SPECIAL_IN_TEXT),
        )
        kept = (~flags["empty"]).arg_true()
        pair = frame.select(asked, answer)[kept]
        texts = [text for both in pair.iter_rows() for text in both]
        shown = [BLANK_END, SPECIAL_IN_ANSWER, SPECIAL_IN_TEXT]
        return Pieces(
            texts,
            np.repeat(kept.to_numpy().astype(np.int64), 2),
            np.tile([False, True], pair.height),
            np.tile([False, named], pair.height),
            dict.fromkeys(flags["empty"].arg_true().to_list(), EMPTY),
            [(name, (flags[name] & ~flags["empty"]).arg_true().to_list()) for name in shown],
        )

    def _foreign(self) -> list[str]:
        """Special tokens that the template itself does not write."""
        if self.template is None:
            return []
        own = str(asdict(TEMPLATES[self.template]))
        return [text for text in self.special if text not in own]


@dataclass(frozen=True)
class TextForm:
    """Rows of one `text`: nothing tells where the answer begins, so all of it is trained."""

    @property
    def columns(self) -> list[str]:
        """The column that is read."""
        return ["text"]

    def pieces(self, frame: pl.DataFrame) -> Pieces:
        """One piece a row."""
        text = frame["text"].fill_null("")
        empty = text.str.strip_chars() == ""
        kept = (~empty).arg_true()
        return Pieces(
            text.filter(~empty).to_list(),
            kept.to_numpy().astype(np.int64),
            np.ones(len(kept), dtype=np.bool_),
            np.zeros(len(kept), dtype=np.bool_),
            dict.fromkeys(empty.arg_true().to_list(), EMPTY),
        )


def contains(text: pl.Expr, signs: Sequence[str]) -> pl.Expr:
    """Whether a text contains one of these; a literal where there are none."""
    return text.str.contains_any(list(signs)) if signs else pl.lit(value=False)
