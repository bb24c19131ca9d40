"""The filter of signs and fragments."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from support.rules import judge, outputs, step

WORDS = " ".join(["word"] * 20)


def test_defaults_drop_hashtags_and_fragments() -> None:
    found = judge("filter.symbols", outputs(WORDS, f"{WORDS} #a #b #c", f"{WORDS} ...\nand ...\nso", "C# or F#?"))
    assert found == {
        1: ("too many # and … for its words", "0.1304", "max 0.1"),
        2: ("too many lines end in an ellipsis", "0.6667", "max 0.3"),
    }


def test_placeholder_text() -> None:
    assert judge("filter.symbols", outputs("Lorem ipsum dolor")) == {
        0: ("placeholder text", "Lorem ipsum", "no lorem ipsum")
    }


@pytest.mark.parametrize(
    ("limit", "bad", "value"),
    [
        ({"bullet_lines": 0.5}, f"- {WORDS}\n* b\nc", "0.6667"),
        ({"short_lines": 0.5}, f"{WORDS}\nshort\n  \nlines", "0.6667"),
        ({"alphabetic_words": 0.9}, f"{WORDS} 1 2 3 4 5", "0.8"),
        ({"punctuated_lines": 0.5}, f"{WORDS}\nnone\nhere.", "0.3333"),
    ],
)
def test_limits_that_are_off_by_default(limit: dict[str, float], bad: str, value: str) -> None:
    assert judge("filter.symbols", outputs(bad)) == {}
    found = judge("filter.symbols", outputs(bad, f"{WORDS}."), **limit)
    assert {at: measured for at, (_, measured, _) in found.items()} == {0: value}


def test_curly_brackets() -> None:
    assert judge("filter.symbols", outputs("a {b}", "a"), curly_brackets=True) == {
        0: ("curly bracket", "{", "no curly brackets")
    }


def test_nothing_on_is_refused() -> None:
    with pytest.raises(ValidationError, match="does nothing"):
        step("filter.symbols", symbol_words=None, ellipsis_lines=None, lorem_ipsum=False)
