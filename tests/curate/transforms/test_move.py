"""Moving a field."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from support.rules import change, step


def test_moved_before_what_is_there() -> None:
    rows = [{"instruction": "q"}, {"instruction": "q", "input": "x"}, {"input": "x"}, {}]
    assert change("transform.move", rows, **{"from": "instruction", "to": "input"}) == {
        0: {"instruction": "", "input": "q"},
        1: {"instruction": "", "input": "q\n\nx"},
    }


def test_references_follow_the_output() -> None:
    rows = [{"input": "a", "output": "b", "references": ["b", "c"]}]
    assert change("transform.move", rows, **{"from": "input", "to": "output"}) == {
        0: {"input": "", "output": "a\n\nb", "references": ["a\n\nb", "c"]}
    }


def test_two_fields_are_needed() -> None:
    with pytest.raises(ValidationError, match="both 'input'"):
        step("transform.move", **{"from": "input", "to": "input"})
    with pytest.raises(ValidationError, match="from"):
        step("transform.move", to="input")
