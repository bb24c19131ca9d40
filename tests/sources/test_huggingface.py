"""Shapes that are told by the usual names of their keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

USER, ASSISTANT = {"role": "user", "content": "a?"}, {"role": "assistant", "content": "a."}


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [USER, ASSISTANT]},
        {"conversations": [{"from": "human", "value": "a?"}, {"from": "gpt", "value": "a."}]},
        {"conversations": [USER, ASSISTANT]},
        {"prompt": [USER], "completion": [ASSISTANT]},
        {"instruction": "a?", "input": "", "output": "a."},
        {"instruction": "a?", "context": "", "response": "a."},
        {"prompt": "a?", "completion": "a."},
        {"question": "a?", "answer": "a."},
        {"problem": "a?", "solution": "a."},
    ],
)
@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_shapes(tmp_path: Path, load: Any, row: dict[str, Any], suffix: str) -> None:
    frame = pl.DataFrame([{**row, "level": 3}] * 2)
    path = tmp_path / f"a.{suffix}"
    frame.write_parquet(path) if suffix == "parquet" else frame.write_json(path)
    loaded = load("huggingface", path, meta=["level"], task="t", system="s")
    assert loaded.faults.is_empty()
    assert loaded.examples.select("task", "system", "instruction", "output", "meta").unique().rows() == [
        ("t", "s", "a?", "a.", '{"level":3}')
    ]


def test_a_map_goes_before_what_the_keys_say(one: Any) -> None:
    rows = [{"instruction": "not this", "output": "nor this", "q": "a?", "a": "a."}]
    examples = one("huggingface", rows, columns={"instruction": "q", "output": "a"}).examples
    assert examples.select("instruction", "output").row(0) == ("a?", "a.")


def test_rows_of_no_known_shape(one: Any) -> None:
    faults = one("huggingface", [{"text": "a"}, {"text": "b"}]).faults
    assert set(faults["reason"]) == {"cannot tell the shape, name the keys with `columns` (found: text)"}


def test_mixed_rows_of_chat(one: Any) -> None:
    """Contents of different types arrive as JSON text."""
    rows = [
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a?"}]}, ASSISTANT]},
        {"messages": [USER, ASSISTANT]},
    ]
    assert one("huggingface", rows).examples["instruction"].to_list() == ["a?", "a?"]
