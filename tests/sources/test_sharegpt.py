"""ShareGPT's dialogues: who speaks, tools, first exchanges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest


def talk(*turns: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"conversations": [{"from": who, "value": text} for who, text in turns], **more}


@pytest.mark.parametrize(
    ("user", "assistant"), [("human", "gpt"), ("user", "chatgpt"), ("human", "bing"), ("user", "assistant")]
)
def test_speakers(one: Any, user: str, assistant: str) -> None:
    examples = one("sharegpt", [talk((user, "a?"), (assistant, "a."))]).examples
    assert examples.select("instruction", "output").row(0) == ("a?", "a.")


def test_first_exchange_ends_with_an_answer_not_with_a_call(one: Any) -> None:
    call, seen = '{"name": "f", "arguments": {}}', "3"
    row = talk(("human", "a?"), ("function_call", call), ("observation", seen), ("gpt", "a."), ("human", "b?"))
    loaded = one("sharegpt", [row], turns="first")
    assert loaded.examples.select("instruction", "output").row(0) == ("", "a.")
    assert loaded.examples["history"][0].struct.field("role").to_list() == ["user", "assistant", "tool"]
    assert one("sharegpt", [row]).faults.height == 1


def test_system_of_the_row_and_of_the_dialogue(one: Any) -> None:
    turns = (("system", "Be brief."), ("human", "a?"), ("gpt", "a."))
    rows = [
        talk(*turns, system="Be kind."),
        talk(*turns, system="Be brief."),
        talk(*turns, system=""),
        talk(*turns[1:]),
    ]
    assert one("sharegpt", rows).examples["system"].to_list() == ["Be kind.\n\nBe brief.", "Be brief.", "Be brief.", ""]


@pytest.mark.parametrize("turns", ["all", "first"])
def test_real_tool_calls(real_data: Path, load: Any, turns: str) -> None:
    path = real_data / "llama_factory_demos" / "glaive_toolcall_en_demo.json"
    loaded = load("sharegpt", path, turns=turns)
    assert (loaded.examples.height, loaded.faults.height) == (300, 0)
    assert loaded.examples["tools"].str.json_decode(pl.List(pl.Struct({"name": pl.String}))).drop_nulls().len() > 0
    if turns == "all":
        messages = loaded.examples.select(pl.col("history").explode()).unnest("history")
        assert messages["tool_calls"].drop_nulls().len() == 211
        assert messages.filter(pl.col("role") == "tool").height == 211
        assert loaded.examples.filter(pl.col("instruction") == "").height == 101


def test_real_preferences_do_not_end_with_an_answer(real_data: Path, load: Any) -> None:
    loaded = load("sharegpt", real_data / "llama_factory_demos" / "dpo_en_demo.json")
    assert loaded.examples.is_empty()
    assert loaded.faults.height == 300


def test_real_plain(real_data: Path, load: Any) -> None:
    loaded = load("sharegpt", real_data / "mt_bench_vicuna" / "data" / "dummy_conversation.json")
    assert (loaded.examples.height, loaded.faults.height) == (500, 0)
