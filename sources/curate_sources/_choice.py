"""What the sources of multiple-choice questions share: lettered options and the ways to write the answer."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field

from curate.source import Options

_LETTERS = [chr(ord("A") + at) for at in range(26)]


class Choice(Options):
    """The option that words the answer."""

    answer: Literal["letter", "text", "both"] = Field("letter", description="the output: A, or eggs, or A. eggs")


def letter(key: pl.Expr) -> pl.Expr:
    """The letter of the right option, given as a letter or as a number from 0; null for anything else."""
    known = {str(at): name for at, name in enumerate(_LETTERS)} | {name: name for name in _LETTERS}
    return key.str.strip_chars().replace_strict(known, default=None, return_dtype=pl.String)


def letters(texts: pl.Expr) -> pl.Expr:
    """A, B, C … for a list of options."""
    return pl.when(texts.is_not_null()).then(pl.lit(_LETTERS, dtype=pl.List(pl.String)).list.head(texts.list.len()))


def lettered(rows: pl.DataFrame) -> pl.DataFrame:
    """Write out the options of questions.

    Args:
        rows: have `texts` and `labels` (lists of the options and of their letters) and `key`, the right one's letter.

    Returns:
        The rows with `lines` (an option a line), `right` (the text of the right one, null where `key` names none) and
        `whole` (every option has a text and a letter).
    """
    texts, labels = pl.col("texts"), pl.col("labels")
    rows = rows.with_row_index("at").with_columns(
        whole=(
            (texts.list.drop_nulls().list.len() == labels.list.drop_nulls().list.len())
            & (texts.list.len() == labels.list.len())
            & (texts.list.len() > 0)
        ).fill_null(value=False)
    )
    each = (
        rows.filter("whole")
        .select("at", "key", label="labels", text="texts")
        .explode("label", "text")
        .group_by("at", maintain_order=True)
        .agg(
            lines=pl.concat_str(["label", pl.lit(". "), "text"]).str.join("\n"),
            right=pl.col("text").filter(pl.col("label") == pl.col("key")).first(),
        )
    )
    return rows.join(each, on="at", how="left", maintain_order="left").drop("at")


def answered(form: str) -> pl.Expr:
    """The output, from the columns of `lettered`: the letter, the text behind it, or both."""
    outputs = {
        "letter": pl.when(pl.col("right").is_not_null()).then("key"),
        "text": pl.col("right"),
        "both": pl.concat_str(["key", pl.lit(". "), "right"]),
    }
    return outputs[form]
