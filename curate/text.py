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
    other = pl.when(_rare(text)).then(text).str.strip_chars()
    # Runs of blanks are shorter than words: counting those is faster.
    runs = pl.when(other == "").then(0).otherwise(other.str.count_matches(r"\s+") + 1)
    plain = _single_spaced(text)
    spaces = pl.when(plain == "").then(0).otherwise(plain.str.count_matches(" ", literal=True) + 1)
    return pl.when(_rare(text)).then(runs).otherwise(spaces)


def characters(text: pl.Expr) -> pl.Expr:
    """How many Unicode code points."""
    return text.str.len_chars()


def normalised(text: pl.Expr) -> pl.Expr:
    """The form in which two prompts count as equal: NFKC, lower case, runs of blanks as one blank, none at the ends."""
    # A null is skipped, so NFKC and the regular expression run only on the texts that need them.
    rare = pl.when(_rare(text)).then(text)
    slow = rare.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(_rare(text)).then(slow).otherwise(_single_spaced(text).str.to_lowercase())


# What a model is asked: equal prompts are equal in all of these.
PROMPT = ("system", "history", "instruction", "input")


def prompt_keys(frame: pl.DataFrame) -> pl.Series:
    """The prompt of each record in normal form: what `normalised` makes of its PROMPT fields joined by blanks.

    A question means the same whichever of the fields holds it, so ("Translate:", "hello") and
    ("Translate: hello", "") are equal.

    Args:
        frame: has the PROMPT columns.
    """
    # In two steps: polars would join the fields anew for each part of `normalised`, which costs as much as all of it.
    return frame.select(joined(PROMPT).alias("prompt")).select(normalised(pl.col("prompt"))).to_series()


# What separates ASCII words beside the space and the line feed; \x1c-\x1f are no White_Space.
_BLANKS = ("\t", "\x0b", "\x0c", "\r")


def _rare(text: pl.Expr) -> pl.Expr:
    """Not ASCII, or with blanks other than space and line feed: a tenth of instruction data. Found at memory speed."""
    blank = pl.any_horizontal(text.str.contains(sign, literal=True) for sign in _BLANKS)
    return (text.str.len_bytes() != text.str.len_chars()) | blank


def _single_spaced(text: pl.Expr) -> pl.Expr:
    """Runs of spaces and line feeds as one space, none at the ends: what the two are in any text that is not rare."""
    # Literals and a pattern that begins with two of them are found at memory speed; `\s+` takes four times as long.
    return text.str.replace_all("\n", " ", literal=True).str.replace_all("  +", " ").str.strip_chars(" ")
