"""The filter of accepted answers."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from support.examples import apply, frame, stage

ANSWERS = [["a"], ["a", "b"], ["a", "b", "c"]]


@pytest.mark.parametrize(
    ("said", "left"), [({"max": 1}, [1]), ({"min": 2}, [2, 3]), ({"min": 2, "max": 2}, [2]), ({"max": 9}, [1, 2, 3])]
)
def test_limits_are_inclusive(tmp_path: Any, said: dict[str, int], left: list[int]) -> None:
    examples = frame({"output": "a", "references": answers} for answers in ANSWERS)
    kept, gone, _ = apply(stage("filter.references", said), examples, tmp_path)
    assert sorted(kept["references"].list.len()) == left
    assert kept.height + gone.height == len(ANSWERS)


def test_evidence(tmp_path: Any) -> None:
    examples = frame({"output": "a", "references": answers} for answers in ANSWERS)
    gone = apply(stage("filter.references", {"min": 2, "max": 2}), examples, tmp_path)[1]
    assert sorted(gone.select("rule", "reason", "value", "limit").rows()) == [
        ("references", "too few answers", "1", "min 2"),
        ("references", "too many answers", "3", "max 2"),
    ]


def test_a_record_without_other_answers_has_one(tmp_path: Any) -> None:
    kept = apply(stage("filter.references", {"max": 1}), frame([{"output": "a"}, {"output": ""}]), tmp_path)[0]
    assert kept.height == 2


@pytest.mark.parametrize("said", [{}, {"min": 1}, {"min": 3, "max": 2}, {"max": 0}])
def test_settings_that_mean_nothing(said: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        stage("filter.references", said)
