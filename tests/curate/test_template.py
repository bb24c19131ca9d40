"""The named templates, letter by letter."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.template import TEMPLATES, prompt, template_digest, unplaced
from support.rules import records, turn

ALPACA = (
    "Below is an instruction that describes a task{}. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\nAdd.\n\n"
)
PAIRED = ", paired with an input that provides further context"
VICUNA = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions. "
)


@pytest.mark.parametrize(
    ("name", "with_input", "without"),
    [
        (
            "instruction_input_response",
            "### Instruction:\nAdd.\n\n### Input:\n1 2\n\n### Response:\n",
            "### Instruction:\nAdd.\n\n### Response:\n",
        ),
        ("alpaca", ALPACA.format(PAIRED) + "### Input:\n1 2\n\n### Response:", ALPACA.format("") + "### Response:"),
        ("vicuna", VICUNA + "USER: Add.\n\n1 2 ASSISTANT: ", VICUNA + "USER: Add. ASSISTANT: "),
        (
            "chatml",
            "<|im_start|>user\nAdd.\n\n1 2<|im_end|>\n<|im_start|>assistant\n",
            "<|im_start|>user\nAdd.<|im_end|>\n<|im_start|>assistant\n",
        ),
        ("llama2", "[INST] Add.\n\n1 2 [/INST] ", "[INST] Add. [/INST] "),
        ("mistral", "[INST] Add.\n\n1 2 [/INST] ", "[INST] Add. [/INST] "),
        ("plain", "Add.\n\n1 2\n\n", "Add.\n\n"),
    ],
)
def test_one_turn(name: str, with_input: str, without: str) -> None:
    frame = records([{"instruction": "Add.", "input": "1 2"}, {"instruction": "Add."}])
    assert frame.select(prompt(TEMPLATES[name])).to_series().to_list() == [with_input, without]


HISTORY = [turn("user", "hi"), turn("assistant", "yo")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "instruction_input_response",
            "### Instruction:\nhi\n\n### Response:\nyo\n\n### Instruction:\nAdd.\n\n### Response:\n",
        ),
        ("vicuna", VICUNA + "USER: hi ASSISTANT: yo</s>USER: Add. ASSISTANT: "),
        (
            "chatml",
            (
                "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyo<|im_end|>\n"
                "<|im_start|>user\nAdd.<|im_end|>\n<|im_start|>assistant\n"
            ),
        ),
        ("llama2", "[INST] hi [/INST] yo </s><s>[INST] Add. [/INST] "),
        ("mistral", "[INST] hi [/INST] yo</s>[INST] Add. [/INST] "),
    ],
)
def test_earlier_turns(name: str, expected: str) -> None:
    frame = records([{"instruction": "Add.", "history": HISTORY}])
    assert frame.select(prompt(TEMPLATES[name])).item() == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alpaca", "Be kind.\n\n### Instruction:\nAdd.\n\n### Response:"),
        ("vicuna", "Be kind. USER: Add. ASSISTANT: "),
        (
            "chatml",
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nAdd.<|im_end|>\n<|im_start|>assistant\n",
        ),
        ("llama2", "[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nAdd. [/INST] "),
        ("mistral", "[INST] Be kind.\n\nAdd. [/INST] "),
    ],
)
def test_system_prompts(name: str, expected: str) -> None:
    assert records([{"instruction": "Add.", "system": "Be kind."}]).select(prompt(TEMPLATES[name])).item() == expected
    assert records([{"instruction": "Add."}]).select(prompt(TEMPLATES[name], "Be kind.")).item() == expected


def part(name: str | None, row: dict[str, object], places: list[str] | None = None) -> str | None:
    template = TEMPLATES[name] if name else None
    found: str | None = records([row]).select(unplaced(template, places or [])).item()
    return found


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        ("plain", {"history": HISTORY}, "history"),
        ("plain", {"system": "x"}, "system"),
        ("instruction_input_response", {"system": "x"}, "system"),
        ("instruction_input_response", {"history": HISTORY}, None),
        ("chatml", {"system": "x", "history": HISTORY}, None),
        ("chatml", {"tools": "[]"}, "tools"),
        ("chatml", {"meta": '{"tool_calls": [1]}'}, "tools"),
        ("chatml", {"meta": '{"tool_calls": []}'}, None),
        ("chatml", {"history": [turn("tool", "42")]}, "tools"),
        ("chatml", {"history": [turn("assistant", "", tool_calls="[1]")]}, "tools"),
        ("chatml", {"history": [turn("system", "x")]}, None),
        ("vicuna", {"history": [turn("system", "x")]}, "history"),
        ("chatml", {"history": [turn("critic", "x")]}, "history"),
        ("llama2", {"history": [turn("assistant", "yo")]}, "history"),
        ("mistral", {"history": HISTORY, "system": "x"}, None),
        ("chatml", {}, None),
    ],
)
def test_what_has_no_place(name: str, row: dict[str, object], expected: str | None) -> None:
    assert part(name, {"instruction": "a", **row}) == expected


def test_places_of_custom_templates() -> None:
    assert part(None, {"system": "x"}, ["history"]) == "system"
    assert part(None, {"history": HISTORY}, ["history"]) is None
    assert part(None, {"tools": "[]"}, ["tools"]) is None


@given(
    st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]), max_size=12)] * 3), min_size=1, max_size=4)
)
def test_no_text_is_lost(rows: list[tuple[str, str, str]]) -> None:
    frame = records([{"instruction": a, "input": b, "history": [turn("user", c)]} for a, b, c in rows])
    for template in TEMPLATES.values():
        if template.turns:
            for found, texts in zip(frame.select(prompt(template)).to_series(), rows, strict=True):
                assert all(text in found for text in texts)


def test_digest_depends_on_the_template() -> None:
    digests = {template_digest({"columns": "text", "template": name}) for name in TEMPLATES}
    assert len(digests) == len(TEMPLATES)
    assert template_digest({"jinja": "a"}) != template_digest({"jinja": "b"})


def test_prompts_are_strings() -> None:
    for template in TEMPLATES.values():
        assert records([{}]).select(prompt(template)).to_series().dtype == pl.String
