"""The filter of values."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from support.rules import judge, step

ROWS = [{"license": "mit"}, {"license": "cc-by-nc-4.0"}, {}, {"meta": '{"level": 5, "hard": true}'}]


def test_keep() -> None:
    found = judge("filter.values", ROWS[:3], of="license", keep=["mit", "apache-2.0"])
    assert found == {
        1: ("license cc-by-nc-4.0", "cc-by-nc-4.0", "one of mit, apache-2.0"),
        2: ("license empty", "", "one of mit, apache-2.0"),
    }


def test_drop() -> None:
    assert judge("filter.values", ROWS[:3], of="license", drop=["", "cc-by-nc-4.0"]).keys() == {1, 2}


def test_meta_is_compared_as_json_writes_it() -> None:
    assert judge("filter.values", ROWS, of="meta.level", keep=["5"]).keys() == {0, 1, 2}
    assert judge("filter.values", ROWS, of="meta.hard", drop=["true"]).keys() == {3}
    assert judge("filter.values", ROWS, of="source", drop=["test"]).keys() == {0, 1, 2, 3}


@pytest.mark.parametrize("lists", [{}, {"keep": ["a"], "drop": ["b"]}, {"keep": []}])
def test_one_list(lists: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError):
        step("filter.values", of="license", **lists)
