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
    # Nearly all text is ASCII with single blanks: counting the blanks is four times as fast as the regular expression.
    counted = text.str.count_matches(" ", literal=True) + 1
    return pl.when(_plain(text)).then(counted).otherwise(pl.when(~_plain(text)).then(text).str.count_matches(r"\S+"))


def characters(text: pl.Expr) -> pl.Expr:
    """How many Unicode code points."""
    return text.str.len_chars()


def normalised(text: pl.Expr) -> pl.Expr:
    """The form in which two prompts count as equal: NFKC, lower case, runs of blanks as one blank, none at the ends."""
    # A null is skipped, so NFKC and the regular expression run only on the texts that they could change.
    odd = pl.when(~_plain(text)).then(text)
    other = odd.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(_plain(text)).then(text.str.to_lowercase()).otherwise(other)


# What a model is asked: equal prompts are equal in all of these.
PROMPT = ("system", "history", "instruction", "input")


def prompt_key() -> pl.Expr:
    """The prompt of a record in normal form: what `normalised` makes of its PROMPT fields joined by blanks.

    A question means the same whichever of the fields holds it, so ("Translate:", "hello") and
    ("Translate: hello", "") are equal.
    """
    fields = [normalised(value(name)) for name in PROMPT]
    return pl.concat_str([pl.when(field != "").then(field) for field in fields], separator=" ", ignore_nulls=True)


def _plain(text: pl.Expr) -> pl.Expr:
    """ASCII text whose only blanks are single spaces between words; found by substring search, at memory speed."""
    ascii_only = text.str.len_bytes() == text.str.len_chars()
    odd = pl.any_horizontal(text.str.contains(blank, literal=True) for blank in _ODD)
    ends = text.str.starts_with(" ") | text.str.ends_with(" ") | (text == "")
    return ascii_only & ~odd & ~ends


# What may separate ASCII words beside a single space; \x1c-\x1f are no White_Space.
_ODD = ("  ", "\t", "\n", "\x0b", "\x0c", "\r")
