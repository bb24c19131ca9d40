"""Measures and normal forms of text against slow Python, on the fast path for plain ASCII and beside it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curate.text import joined, normalised, prompt_keys, value, words
from support.examples import frame

# Unicode's White_Space; Python's \s has U+001C to U+001F too.
BLANK = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
PLAIN = st.text("ab A\x1c\t\n\x0b\x0c\r .", max_size=12)
ANY = st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), max_size=12)
TEXT = (
    PLAIN
    | ANY
    | st.lists(st.sampled_from(["Two", " ", "  ", "\u3000", "ﬁ", "Σ", "İ", "\x85", "e\u0301", "́"])).map("".join)
)


def slowly(text: str) -> str:
    """NFKC, lower case, runs of blanks as one blank, none at the ends."""
    return re.sub(f"[{BLANK}]+", " ", unicodedata.normalize("NFKC", text).lower()).strip(" ")


def series(texts: list[str | None], what: pl.Expr) -> list[Any]:
    return pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).select(what.alias("found"))["found"].to_list()


@settings(max_examples=300)
@given(st.lists(st.none() | TEXT, max_size=20))
@example(["", " ", "a", "a ", " a", "a  b", "a\tb", "A B", "a\x1cb", "ΑΣ ΑΣ", "\x85"])
def test_normalised(texts: list[str | None]) -> None:
    """The normal form is the stated one for every text, and null stays null."""
    assert series(texts, normalised(pl.col("text"))) == [None if text is None else slowly(text) for text in texts]


@settings(max_examples=300)
@given(st.lists(st.none() | TEXT, max_size=20))
@example(["", " ", "a", "a ", " a", "a  b", "a\tb", "A B", "a\x1cb", "\n\n", "\x85"])
def test_words(texts: list[str | None]) -> None:
    """Words are maximal runs of what is no White_Space."""
    expected = [None if text is None else len(re.findall(f"[^{BLANK}]+", text)) for text in texts]
    assert series(texts, words(pl.col("text"))) == expected


@settings(max_examples=200)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5))
def test_prompt_key(rows: list[tuple[str, str, str]]) -> None:
    """The key of a prompt is the normal form of its fields joined by blanks, wherever the fields are cut."""
    examples = frame(
        {
            "system": system,
            "instruction": instruction,
            "input": given_,
            "history": [{"role": "user", "content": system, "name": None, "tool_calls": None, "tool_call_id": None}],
        }
        for system, instruction, given_ in rows
    )
    expected = [slowly(f"{system} {system} {instruction} {given_}") for system, instruction, given_ in rows]
    assert prompt_keys(examples).to_list() == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("instruction", "do"),
        ("task", ""),
        ("references", "one\ntwo"),
        ("meta.a.b", "deep"),
        ("meta.n", "1.5"),
        ("meta.missing", ""),
        ("history", "hi\nyo"),
    ],
)
def test_values(name: str, expected: str) -> None:
    """Any field is text: lists by lines, paths into meta, nothing as empty."""
    turns = [
        {"role": "user", "content": text, "name": None, "tool_calls": None, "tool_call_id": None}
        for text in ("hi", "yo")
    ]
    row = {
        "instruction": "do",
        "references": ["one", "two"],
        "meta": '{"a": {"b": "deep"}, "n": 1.5}',
        "history": turns,
    }
    assert frame([row]).select(value(name).alias("x"))["x"].to_list() == [expected]
    assert frame([row, {}]).select(joined([name, "instruction"]).alias("x"))["x"].to_list() == [f"{expected} do", " "]
