"""Stripping."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from support.rules import change, turn

ROWS = [
    {"instruction": " a  b\t\n", "output": "\u3000x\n\n\n\n y \n", "references": ["\u3000x\n\n\n\n y \n", " z"]},
    {"instruction": "whole", "output": "whole"},
]


def test_ends_and_all_references() -> None:
    found = change("transform.strip", ROWS)
    assert found.keys() == {0}
    assert found[0]["instruction"] == "a  b"
    assert found[0]["output"] == "x\n\n\n\n y"
    assert found[0]["references"] == ["x\n\n\n\n y", "z"]


def test_collapse() -> None:
    found = change("transform.strip", ROWS, collapse=True)
    assert (found[0]["instruction"], found[0]["output"]) == ("a b", "x\n\ny")


def test_history() -> None:
    rows = [{"instruction": "a", "history": [turn("user", " hi "), turn("tool", None, name="f")]}]
    found = change("transform.strip", rows, of=["history"])
    assert found == {0: {"history": [turn("user", "hi"), turn("tool", None, name="f")]}}


@given(st.text(max_size=30))
def test_twice_is_once(text: str) -> None:
    for collapse in (False, True):
        found = change("transform.strip", [{"instruction": text}], of=["instruction"], collapse=collapse)
        once = found[0]["instruction"] if found else text
        assert change("transform.strip", [{"instruction": once}], of=["instruction"], collapse=collapse) == {}
