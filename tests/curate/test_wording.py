"""Names and values in sentences."""

from __future__ import annotations

import pytest

from curate.wording import change, shown, some


def test_some_names() -> None:
    """Three are told, the others counted."""
    assert some(["a", "b", "c"]) == "a, b, c"
    assert some([str(number) for number in range(1_003)]) == "0, 1, 2 and 1,000 more"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(not set)"),
        ("x", "x"),
        ([1, "y"], '[1,"y"]'),
        ("a\x1b[2Jb", "a<U+001B>[2Jb"),
        ("z" * 61, "z" * 59 + "…"),
    ],
)
def test_a_value_is_short_and_harmless(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_change() -> None:
    assert change("max", 30, None) == "max 30 → (not set)"
