"""OpenBookQA: the forms of its answer; CommonsenseQA, which is written alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROW = {
    "id": "1",
    "question_stem": "A hen sits on",
    "choices": {"text": ["ice", "eggs"], "label": ["A", "B"]},
    "answerKey": "B",
}


@pytest.mark.parametrize(("answer", "output"), [("letter", "B"), ("text", "eggs"), ("both", "B. eggs")])
def test_answer(one: Any, answer: str, output: str) -> None:
    assert one("openbookqa", [ROW], answer=answer).examples["output"].to_list() == [output]


def test_instruction(one: Any) -> None:
    examples = one("openbookqa", [ROW], instruction="Pick one.").examples
    assert examples["instruction"].to_list() == ["Pick one."]
    assert examples["input"].to_list() == ["A hen sits on\nA. ice\nB. eggs"]


def test_real(real_data: Path, load: Any) -> None:
    folder = real_data / "cot_tasks" / "CommonsenseQA"
    loaded = load("openbookqa", folder / "dev_rand_split.jsonl")
    assert (loaded.examples.height, loaded.faults.height) == (1_221, 0)
    hidden = load("openbookqa", folder / "test_rand_split_no_answers.jsonl")
    assert hidden.examples.is_empty()
    assert set(hidden.faults["reason"]) == {"`answerKey` is missing"}
