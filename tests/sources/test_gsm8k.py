"""GSM8K: calculator annotations and the wording of the final line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

ROWS = [{"question": "How many?", "answer": "2*5 = <<2*5=10>>10 eggs, $<<1+1=2>>2.\n#### 10"}]


def test_annotations(one: Any) -> None:
    assert one("gsm8k", ROWS).examples["output"][0] == "2*5 = 10 eggs, $2.\nThe answer is 10"
    kept = one("gsm8k", ROWS, annotations="keep").examples["output"][0]
    assert kept == "2*5 = <<2*5=10>>10 eggs, $<<1+1=2>>2.\nThe answer is 10"


@pytest.mark.parametrize(
    ("final", "end"), [("#### {answer}", "\n#### 10"), ("= {answer} =", "\n= 10 ="), (None, "$2.")]
)
def test_wording(one: Any, final: str | None, end: str) -> None:
    assert one("gsm8k", ROWS, final=final).examples["output"][0].endswith(end)


@pytest.mark.parametrize("final", ["The answer", "{answer}{answer}"])
def test_wording_needs_its_place_once(made: Any, final: str) -> None:
    with pytest.raises(ValidationError, match="exactly once"):
        made("gsm8k", final=final)


def test_real(real_data: Path, load: Any) -> None:
    examples = load("gsm8k", real_data / "gsm8k" / "train.jsonl").examples
    assert examples.height == 7_473
    assert examples.filter(pl.col("output").str.contains("<<|####")).is_empty()
    answers = examples["meta"].str.json_path_match("$.answer")
    assert answers.str.contains(r"^-?[\d,.]+$").all()
    ends = examples["output"].str.extract(r"\nThe answer is (.*)$")
    assert ends.equals(answers.alias("output"))
