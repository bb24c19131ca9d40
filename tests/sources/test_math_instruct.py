"""MathInstruct: subsets, and where the final answer stands."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError


def row(subset: str, output: str = "The answer is 4") -> dict[str, str]:
    return {"source": f"data/{subset}.json", "instruction": f"a question of {subset}", "output": output}


@pytest.mark.parametrize(
    ("subsets", "taken"),
    [
        ("human", {"CoT/MATH_train", "CoT/aqua_rat", "CoT/gsm_train"}),
        (["human"], {"CoT/MATH_train", "CoT/aqua_rat", "CoT/gsm_train"}),
        (["gsm_rft"], {"CoT/gsm_rft"}),
        (["data/PoT/MATH_train.json", "gsm_rft"], {"PoT/MATH_train", "CoT/gsm_rft"}),
    ],
)
def test_subsets(one: Any, subsets: Any, taken: set[str]) -> None:
    names = ["CoT/MATH_train", "CoT/aqua_rat", "CoT/gsm_train", "CoT/gsm_rft", "PoT/MATH_train", "PoT/mathqa"]
    loaded = one("math_instruct", [row(name) for name in names], subsets=subsets)
    assert set(loaded.examples["meta"].str.json_path_match("$.subset")) == taken
    assert loaded.faults.is_empty()


def test_subsets_elsewhere_are_refused_aloud(made: Any) -> None:
    rows = pl.DataFrame([row("CoT/gsm_train"), row("PoT/mathqa")])
    faults = made("math_instruct", subsets="human").examples(rows)["fault"].to_list()
    assert faults[0] is None
    assert "'PoT/mathqa' is not selected" in faults[1]


@pytest.mark.parametrize(
    ("name", "reason"), [("MATH_train", "are both called 'MATH_train'"), ("gsm", "unknown subset 'gsm'")]
)
def test_subsets_that_say_nothing(made: Any, name: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        made("math_instruct", subsets=[name])


@pytest.mark.parametrize(
    ("output", "made_of_it", "answer"),
    [
        ("2 + 2 = 4\n#### 4\nThe answer is: 4", "2 + 2 = 4\nThe answer is 4", "4"),
        ("2 + 2 = 4.\n#### 4\nThe answer is 4.", "2 + 2 = 4.\nThe answer is 4", "4"),
        ("First 2.\nSo the answer is $2.5$.", "First 2.\nThe answer is $2.5$", "$2.5$"),
        ("The answer is 1? No. The final answer is (B)", "The answer is 1? No.\nThe answer is (B)", "(B)"),
        ("As we know that the answer is 4", "As we know that the answer is 4", None),
        ("Nothing at all", "Nothing at all", None),
    ],
)
def test_final_line(one: Any, output: str, made_of_it: str, answer: str | None) -> None:
    example = one("math_instruct", [row("CoT/gsm_train", output)]).examples
    assert example["output"][0] == made_of_it
    assert example["meta"].str.json_path_match("$.answer")[0] == answer
    assert one("math_instruct", [row("CoT/gsm_train", output)], final=None).examples["output"][0] == output


def test_terms_of_each_row(one: Any) -> None:
    rows = [row(name) for name in ("CoT/gsm_train", "CoT/math50k_camel", "PoT/mathqa", "CoT/new")]
    examples = one("math_instruct", rows).examples
    assert examples["origin"].to_list() == ["human", "model", "mixed", "unknown"]
    assert examples["license"].to_list() == ["mit", "cc-by-nc-4.0", "apache-2.0", "unknown"]
