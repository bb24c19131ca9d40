"""The filter of empty fields."""

from __future__ import annotations

from support.rules import judge, outputs


def test_blank_outputs_go_by_default() -> None:
    found = judge("filter.empty", outputs("", " \n\t\u3000", None, ".", "0"))
    assert found == dict.fromkeys([0, 1, 2], ("no text", "output", "text"))


def test_any_or_all() -> None:
    rows = [{"instruction": "a"}, {"input": "b"}, {"instruction": " "}]
    assert judge("filter.empty", rows, of=["instruction", "input"], match="all") == {
        2: ("no text", "instruction, input", "text")
    }
    found = judge("filter.empty", rows, of=["instruction", "input"])
    assert {at: value for at, (_, value, _) in found.items()} == {0: "input", 1: "instruction", 2: "instruction, input"}


def test_an_answer_that_calls_tools_is_not_empty() -> None:
    metas = ['{"tool_calls": [{"name": "f"}]}', '{"tool_calls": []}', '{"tool_calls": null}', "{}"]
    assert set(judge("filter.empty", [{"output": "", "meta": meta} for meta in metas])) == {1, 2, 3}


def test_lists_are_fields_too() -> None:
    rows = [{"output": "a", "references": ["a"]}, {"output": "", "references": []}]
    assert set(judge("filter.empty", rows, of=["references"])) == {1}
