"""The filter of turn orders."""

from __future__ import annotations

import pytest

from support.rules import judge, turn

CALL = turn("assistant", "", tool_calls='[{"name": "f"}]')
TOOL = turn("tool", "42", tool_call_id="1")
USER, ANSWER = turn("user", "hi"), turn("assistant", "hello")

WHOLE = [
    {},
    {"history": [USER, ANSWER]},
    {"history": [USER, CALL, TOOL, TOOL, ANSWER]},
    {"history": [turn("system", "be kind"), USER, ANSWER]},
    {"history": [USER, CALL, TOOL], "instruction": ""},
    {"system": "be kind"},
    {"output": "", "meta": '{"tool_calls": [{"name": "f"}]}'},
    {"instruction": "", "input": "b"},
]
BROKEN = [
    ({"output": ""}, "empty assistant turn"),
    ({"output": "", "meta": '{"tool_calls": []}'}, "empty assistant turn"),
    ({"history": [USER]}, "two user turns in a row"),
    ({"history": [ANSWER]}, "the first turn is not the user's"),
    ({"history": [USER, ANSWER], "instruction": ""}, "two assistant turns in a row"),
    ({"history": [USER, turn("assistant", " ")]}, "empty assistant turn"),
    ({"history": [USER, turn("bot", "x")]}, "unknown role"),
    ({"history": [USER, TOOL, ANSWER]}, "tool answer without a call"),
    ({"history": [USER, CALL]}, "call without a tool answer"),
    ({"history": [USER, CALL, TOOL]}, "tool answer without an assistant turn"),
    ({"history": [USER, ANSWER, turn("system", "x")]}, "system prompt between turns"),
]


@pytest.mark.parametrize("row", WHOLE)
def test_turns_in_order_stay(row: dict[str, object]) -> None:
    assert judge("filter.roles", [{"instruction": "a", "output": "b", **row}]) == {}


@pytest.mark.parametrize(("row", "reason"), BROKEN)
def test_turns_out_of_order_go(row: dict[str, object], reason: str) -> None:
    found = judge("filter.roles", [{"instruction": "a", "output": "b", **row}])
    assert [fault for fault, _, _ in found.values()] == [reason]


def test_the_turns_are_the_evidence() -> None:
    found = judge("filter.roles", [{"instruction": "a", "output": "b", "history": [USER]}])
    assert found[0][1:] == ("user, user, assistant", "user and assistant in turn")
