"""The filter of literal texts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from support.rules import judge, outputs, step


def test_any_keeps_what_contains_one() -> None:
    found = judge("filter.contains", outputs("a.b", "axb", "c*"), of=["output"], any=["a.b", "*"])
    assert found == {1: ("no match", "", "any of a.b, *")}


def test_lacks_drops_what_contains_one_and_shows_it() -> None:
    found = judge(
        "filter.contains", outputs("see HTTPS://x", "none"), of=["output"], lacks=["https://"], ignore_case=True
    )
    assert found == {0: ("match", "https://", "none of https://")}


def test_case_of_all_scripts_is_ignored() -> None:
    assert set(
        judge("filter.contains", outputs("ÄRGER", "ДА"), of=["output"], lacks=["ärger", "да"], ignore_case=True)
    ) == {0, 1}


@pytest.mark.parametrize("settings", [{}, {"any": ["a"], "lacks": ["b"]}, {"any": []}, {"lacks": [""]}])
def test_bad_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        step("filter.contains", of=["output"], **settings)
