"""Chat rows: roles, parts, tool calls, first exchanges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def said(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def test_a_final_call_is_kept_in_meta(one: Any) -> None:
    rows = [{"messages": [said("user", "a?"), said("assistant", None, tool_calls=[CALL])]}]
    examples = one("messages", rows).examples
    assert examples["output"][0] == ""
    assert examples["meta"].str.json_path_match("$.tool_calls[0].function.name")[0] == "f"


def test_tools_written_as_text(one: Any) -> None:
    messages = [said("user", "a?"), said("assistant", "a.")]
    rows = [{"messages": messages, "tools": tools} for tools in ('[{"x": 1}]', [{"x": 1}], [], "", None)]
    assert one("messages", rows).examples["tools"].to_list() == ['[{"x": 1}]', '[{"x":1}]', None, None, None]


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([said("user", 3), said("assistant", "a.")], "the content of message 1 is neither a text nor a list of parts"),
        ([said("user", [{"type": "audio"}])], "the content of message 1 has a part of type 'audio', expected text"),
        ([said("assistant", "a.")], "the dialogue has no message of a user"),
        ([said("user", "a?"), said("assistant", None)], "the dialogue holds a message without text"),
        ([said("user", "a?"), {"content": "a."}], "unknown role null"),
        ([], "the dialogue is empty"),
    ],
)
def test_faults(one: Any, messages: list[Any], reason: str) -> None:
    assert one("messages", [{"messages": messages}]).faults["reason"].to_list() == [reason]


def test_two_answers_in_a_row(one: Any) -> None:
    row = one(
        "messages", [{"messages": [said("user", "a?"), said("assistant", "a."), said("assistant", "b.")]}]
    ).examples
    assert row.select("instruction", "output").row(0) == ("", "b.")
    assert row["history"].list.len().to_list() == [2]


@pytest.mark.parametrize(("turns", "several"), [("all", 119), ("first", 0)])
def test_real(real_data: Path, load: Any, turns: str, several: int) -> None:
    loaded = load("messages", *real_data.glob("vigogne_fr/chat/*.jsonl"), turns=turns)
    assert (loaded.examples.height, loaded.faults.height) == (256, 0)
    assert loaded.examples.filter(pl.col("history").list.len() > 0).height == several
    assert loaded.examples.filter((pl.col("instruction") == "") | (pl.col("output") == "")).is_empty()
