"""Column maps: paths, constants, optional keys, clear words for what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

ROWS = [
    {"q": "a?", "a": {"text": ["x", "y"], "n": 3}, "old": [["p?", "p."]], "t": [{"name": "f"}], "flag": True},
    {"q": "b?", "a": {"text": [], "n": 4}, "old": [], "t": None, "flag": False},
]


def mapped(one: Any, rows: Any = ROWS, **columns: Any) -> Any:
    return one("files", rows, columns=columns)


def test_paths_reach_into_values(one: Any) -> None:
    loaded = mapped(one, instruction="q", input="a.text.0", output="a.n", references="a.text", history="old", tools="t")
    row = loaded.examples.row(0, named=True)
    assert (row["instruction"], row["input"], row["output"], row["references"]) == ("a?", "x", "3", ["x", "y"])
    assert [turn["content"] for turn in row["history"]] == ["p?", "p."]
    assert row["tools"] == '[{"name":"f"}]'
    assert loaded.examples["tools"][1] is None


def test_output_is_the_first_reference(one: Any) -> None:
    loaded = mapped(one, instruction="q", references="a.text")
    assert loaded.examples["output"].to_list() == ["x"]
    assert loaded.faults["reason"].to_list() == ["no value in 'a.text'"]


def test_constants_and_optional_keys(one: Any) -> None:
    options = {
        "columns": {"instruction": {"const": "Say it."}, "input": "context?", "output": "q"},
        "task": "t",
        "system": "s",
    }
    examples = one("files", ROWS, **options, meta=["a.n", "flag"]).examples
    assert examples.select("task", "system", "instruction", "input", "output").row(1) == ("t", "s", "Say it.", "", "b?")
    assert examples["meta"].to_list() == ['{"a.n":3,"flag":true}', '{"a.n":4,"flag":false}']


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"instruction": "ques", "output": "q"}, "there is no column 'ques' (found: q, a, old, t, flag)"),
        ({"instruction": "q", "output": "a.best"}, "there is no 'best' in 'a', which is Struct"),
        ({"instruction": "q", "output": "a.text"}, "'output' needs text (a path such as `answers.0`"),
        (
            {"instruction": "q", "output": "q", "history": "a.text"},
            "'history' needs a list of [question, answer] pairs",
        ),
        ({"instruction": "q", "references": "a"}, "'references' needs texts or a list of texts, found Struct"),
    ],
)
def test_what_does_not_fit_is_named(one: Any, columns: dict[str, Any], reason: str) -> None:
    loaded = mapped(one, **columns)
    assert loaded.examples.is_empty()
    assert all(found.startswith(reason) for found in loaded.faults["reason"])


def test_paths_into_json_texts(tmp_path: Path, load: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_text('q,more\na?,"{""best"": ""x"", ""all"": [""y""]}"\n')
    examples = load("files", path, columns={"instruction": "q", "output": "more.best", "input": "more.all.0"}).examples
    assert examples.select("instruction", "input", "output").row(0) == ("a?", "y", "x")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"output": "a"}, "maps neither 'instruction' nor 'input'"),
        ({"instruction": "a"}, "maps neither 'output' nor 'references'"),
        ({"instruction": "a", "output": "b", "answer": "c"}, "answer"),
        ({"instruction": "a", "output": {"constant": "b"}}, "const"),
    ],
)
def test_maps_that_cannot_work(made: Any, columns: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        made("files", columns=columns)


def test_real(real_data: Path, load: Any) -> None:
    path = real_data / "p3_t0_templates" / "sciq_Direct_Question.jsonl"
    keys = pl.read_ndjson(path).columns
    loaded = load("files", path, columns={"instruction": keys[0], "output": keys[1]})
    assert loaded.examples.height > 50
    truth = load(
        "files", *real_data.glob("truthfulqa/*.csv"), columns={"instruction": "Question", "output": "Best Answer"}
    )
    assert (truth.examples.height, truth.faults.height) == (817, 0)
