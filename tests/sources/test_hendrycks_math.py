"""MATH: the last box of a solution, however its braces nest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curate_sources.hendrycks_math import Adapter


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        (r"It is $\boxed{4}$.", "4"),
        (r"First $\boxed{1}$, then $\boxed{2}$.", "2"),
        (r"$\boxed{\frac{1}{\sqrt{4}}}$", r"\frac{1}{\sqrt{4}}"),
        (r"$\boxed{\left\{1, 2\right.}$", r"\left\{1, 2\right."),
        (r"$\fbox{9}$", "9"),
        (r"$x = \boxed 7$.", "7"),
        (r"$\boxed{ 3 }$", "3"),
        ("\\boxed{a\nb}", "a\nb"),
        (r"\boxed{" + "{" * 12 + "x" + "}" * 12 + "}", "{" * 12 + "x" + "}" * 12),
        ("no box", None),
        (r"\boxed{never closed", None),
    ],
)
def test_last_box(one: Any, solution: str, answer: str | None) -> None:
    examples = one("hendrycks_math", [{"problem": "?", "solution": solution}]).examples
    assert examples["meta"].str.json_path_match("$.answer").to_list() == [answer]
    line = "" if answer is None else f"\nThe answer is ${answer}$"
    assert examples["output"][0] == solution + line


def test_real(real_data: Path, load: Any) -> None:
    examples = load("hendrycks_math", real_data / "math_hendrycks_test" / "math" / "test.jsonl").examples
    assert examples.height == 5_000
    assert examples["task"].n_unique() == 7
    assert examples["meta"].str.json_path_match("$.answer").null_count() == 0


def test_real_answers_are_those_that_a_later_copy_states(real_data: Path, load: Any) -> None:
    path = real_data / "math_hendrycks_test" / "math_oai" / "test.jsonl"
    stated = pl.read_ndjson(path)["answer"]
    loaded = load("hendrycks_math", path)
    source = loaded.rows[0].with_columns(answer=pl.lit(None, dtype=pl.String))
    found = Adapter().examples(source)["meta"].str.json_path_match("$.answer")
    assert found.to_list() == stated.to_list()
