"""The pattern filter."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from support.rules import judge, outputs, step


def test_matches_keeps_what_matches() -> None:
    assert judge("filter.regex", outputs("abc", "xyz", None), of=["output"], matches="b") == {
        1: ("no match", "", "matches b"),
        2: ("no match", "", "matches b"),
    }


def test_lacks_drops_what_matches_and_shows_it() -> None:
    found = judge("filter.regex", outputs("Sure, here", "Here"), of=["output"], lacks="(?i)^sure(,|!)")
    assert found == {0: ("match", "Sure,", "lacks (?i)^sure(,|!)")}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lacks": "a(?=b)"}, "not a Rust regular expression: look-around"),
        ({"matches": "(a"}, "not a Rust regular expression: unclosed group"),
        ({"matches": "a{1000}{1000}{1000}"}, "not a Rust regular expression"),
        ({"matches": "a", "lacks": "b"}, "either matches or lacks"),
        ({}, "either matches or lacks"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("filter.regex", of=["output"], **settings)
