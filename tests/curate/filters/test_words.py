"""The word filter, and what a word is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from support.rules import judge, outputs, step

# Python's split takes four control characters for blanks that Unicode does not: the documented difference.
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1c\x1d\x1e\x1f")), max_size=4)


def measured(texts: list[str], **settings: object) -> dict[int, int]:
    """Counts of texts, by dropping all that have less than a million words."""
    return {
        at: int(value) for at, (_, value, _) in judge("filter.words", outputs(*texts), min=10**6, **settings).items()
    }


@given(TEXTS)
def test_words_are_what_python_splits_at_blanks(texts: list[str]) -> None:
    assert measured(texts, of=["output"]) == {at: len(text.split()) for at, text in enumerate(texts)}


@given(TEXTS)
def test_single_space_is_what_python_splits_at_one_space(texts: list[str]) -> None:
    expected = {at: len(text.split(" ")) for at, text in enumerate(texts)}
    assert measured(texts, of=["output"], split="single_space") == expected


def test_information_separators_are_no_blanks() -> None:
    assert measured(["a\x1cb"], of=["output"]) == {0: 1}
    assert len(["a", "b"]) == 2


def test_limits_are_inclusive() -> None:
    found = judge("filter.words", outputs("a", "a b", "a b c", "a b c d"), of=["output"], min=2, max=3)
    assert found == {0: ("too short", "1", "min 2"), 3: ("too long", "4", "max 3")}


def test_fields_are_joined_by_one_blank() -> None:
    rows = [{"instruction": "a b", "input": "c", "meta": '{"note": {"text": "d e"}}'}]
    assert judge("filter.words", rows, of=["instruction", "input", "meta.note.text"], max=4)[0][1] == "5"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min": 5, "max": 4}, "min 5 is above max 4"),
        ({}, "say min, max or both"),
        ({"max": -1}, "greater than or equal to 0"),
        ({"max": 3, "split": "tabs"}, "blank_runs"),
        ({"max": 3, "of": []}, "at least 1 item"),
        ({"max": 3, "of": ["outptu"]}, "unknown field 'outptu', did you mean 'output'"),
        ({"max": 3, "of": ["meta"]}, "meta.NAME"),
        ({"max": 3, "of": ["meta.a b"]}, "unknown field"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("filter.words", **{"of": ["output"], **settings})
