"""LIMA: whole dialogues and first exchanges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

ROWS = [
    {"conversations": ["a?", "a.", "b?", "b."], "source": "x"},
    {"instruction": "b?", "input": "with c", "output": "b.", "history": [["a?", "a."]]},
    {"instruction": "a?", "input": "with c", "output": "a.", "history": []},
]


def test_first_exchange(one: Any) -> None:
    examples = one("lima", ROWS, turns="first").examples
    assert examples["instruction"].to_list() == ["a?", "a?", "a?"]
    assert examples["input"].to_list() == ["", "", "with c"]
    assert examples["output"].to_list() == ["a.", "a.", "a."]
    assert set(examples["history"].list.len()) == {0}


def test_both_forms_say_the_same(one: Any) -> None:
    examples = one("lima", ROWS[:2]).examples
    assert examples["history"][0].to_list() == examples["history"][1].to_list()
    assert [turn["role"] for turn in examples["history"][0]] == ["user", "assistant"]


@pytest.mark.parametrize(("turns", "several"), [("all", 29), ("first", 0)])
def test_real(real_data: Path, load: Any, turns: str, several: int) -> None:
    loaded = load("lima", real_data / "lima" / "lima.json", turns=turns)
    assert (loaded.examples.height, loaded.faults.height) == (1_029, 0)
    assert loaded.examples.filter(pl.col("history").list.len() > 0).height == several
