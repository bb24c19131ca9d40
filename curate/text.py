"""Measures and normal forms of text, as polars expressions: what a word, a character and an equal prompt mean."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def joined(fields: Sequence[str]) -> pl.Expr:
    """The named fields joined by one blank; `meta.x` reaches into the JSON of meta. Null counts as empty."""
    return pl.concat_str([value(name) for name in fields], separator=" ")


def value(name: str) -> pl.Expr:
    """One field as text. `meta.a.b` reads the JSON path $.a.b of meta; lists of texts are joined by line breaks."""
    if name.startswith("meta."):
        return pl.col("meta").str.json_path_match("$." + name.removeprefix("meta.")).fill_null("")
    if name == "references":
        return pl.col("references").list.join("\n", ignore_nulls=True).fill_null("")
    if name == "history":
        return (
            pl.col("history")
            .list.eval(pl.element().struct.field("content"))
            .list.join("\n", ignore_nulls=True)
            .fill_null("")
        )
    return pl.col(name).fill_null("")


def columns_of(fields: Sequence[str]) -> frozenset[str]:
    """The canonical columns that these fields are read from."""
    return frozenset(name.split(".", 1)[0] for name in fields)


def words(text: pl.Expr) -> pl.Expr:
    """How many words: maximal runs of non-blank characters (Unicode White_Space ends a word)."""
    return text.str.count_matches(r"\S+")


def characters(text: pl.Expr) -> pl.Expr:
    """How many Unicode code points."""
    return text.str.len_chars()


def normalised(text: pl.Expr) -> pl.Expr:
    """The form in which two prompts count as equal: NFKC, lower case, runs of blanks as one blank, none at the ends."""
    return text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
