"""How prompts begin once the template is taken off.

A finished version holds prompts with the template around them and not the template, which may be anybody's own. So the
template is what nearly all prompts share: a heading line, the lines after it, and letters in front.
"""

from __future__ import annotations

import string

import polars as pl

# Of all prompts. Lower than all: dialogues and system prompts stand before the heading, and may hide it.
SHARED = 0.98
# Characters in which a heading is looked for.
_HEAD = 2_000
# Different texts that may stand before a heading: a template for records with input and one for those without.
_VARIANTS = 3
# Lines that a template may have after its heading.
_LINES = 8
# Letters in which texts must begin alike for that to be a template's doing.
_ALIKE = 4
# Letters of a heading that some prompts have and others have not; what is longer may be the text of a task.
_HEADING = 40
_LETTERS = string.ascii_letters + string.digits


def bodies(prompts: pl.Series) -> pl.Series:
    """Prompts without what a template wrote before them, blanks at the beginning left out."""
    texts = prompts.fill_null("")
    if heading := _heading(texts):
        texts = _after(texts, heading)
    for _ in range(_LINES):
        texts = texts.str.strip_chars_start()
        first = texts.str.extract(r"^([^\n]+)\n", 1)
        line = _usual(first)
        if line is not None:
            texts = _after(texts, line)
        elif headings := _headings(first):
            texts = pl.select(pl.when(first.is_in(headings)).then(_rest(texts)).otherwise(texts)).to_series()
        else:
            break
    return _without_prefix(texts).str.strip_chars_start()


def shared_lines(prompts: pl.Series) -> list[str]:
    """The lines that nearly all prompts have, the earliest first, with how far in they stand on average."""
    if prompts.is_empty():
        return []
    lines = prompts.to_frame("text").with_row_index("at").select("at", pl.col("text").str.split("\n").alias("line"))
    lines = lines.with_columns(pl.int_ranges(pl.col("line").list.len()).alias("place")).explode("line", "place")
    lines = lines.filter(pl.col("line").str.strip_chars() != "")
    first = lines.group_by("at", "line").agg(pl.col("place").min())
    counted = first.group_by("line").agg(pl.len(), pl.col("place").mean())
    return counted.filter(pl.col("len") >= SHARED * prompts.len()).sort("place", "line")["line"].to_list()


def _heading(texts: pl.Series) -> str | None:
    """The first line that nearly all texts share, if little but the template can stand before it."""
    shared = shared_lines(texts.str.head(_HEAD))
    if not shared:
        return None
    before = texts.str.split_exact(shared[0] + "\n", 1).struct.field("field_0")
    return shared[0] if before.n_unique() <= max(_VARIANTS, (1 - SHARED) * texts.len()) else None


def _after(texts: pl.Series, line: str) -> pl.Series:
    """What stands after the first place of a line; texts without it stay as they are."""
    halves = texts.str.splitn(line + "\n", 2).struct.field("field_1")
    return pl.select(pl.coalesce(halves, texts)).to_series()


def _headings(first: pl.Series) -> list[str]:
    """Several short first lines that nearly all texts share out among them and that begin alike.

    A template may leave a section out where a record has nothing for it, so that some prompts begin with `### Input:`.
    """
    if _usual(first.str.head(_ALIKE)) is None:
        return []
    counts = first.alias("line").value_counts().drop_nulls().sort("count", "line", descending=True).head(_VARIANTS)
    short = (counts["line"].str.len_chars() <= _HEADING).all()
    return counts["line"].to_list() if short and counts["count"].sum() >= SHARED * first.len() else []


def _rest(texts: pl.Series) -> pl.Series:
    """Texts without their first line."""
    return texts.str.splitn("\n", 2).struct.field("field_1")


def _usual(values: pl.Series) -> str | None:
    """The value that nearly all have."""
    counts = values.alias("value").value_counts().drop_nulls().sort("count", "value", descending=True)
    if counts.is_empty() or counts["count"][0] < SHARED * values.len():
        return None
    value: str = counts["value"][0]
    return value


def _without_prefix(texts: pl.Series) -> pl.Series:
    """Texts without the letters with which nearly all begin, as in `[INST] `."""
    begin = _usual(texts.str.head(_ALIKE))
    if begin is None:
        return texts
    alike = texts.filter(texts.str.starts_with(begin))
    least, most = str(alike.min()), str(alike.max())
    same = next((place for place, pair in enumerate(zip(least, most, strict=False)) if len(set(pair)) > 1), len(least))
    frame = texts.to_frame("text")
    # Not into a word that only begins alike.
    whole = least[:same] if same == len(least) or not least[same].isalnum() else least[:same].rstrip(_LETTERS)
    return frame.select(pl.col("text").str.strip_prefix(whole)).to_series()
