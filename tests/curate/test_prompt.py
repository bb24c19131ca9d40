"""Finished prompts taken apart: what a format wrote comes back as the fields that it was made of."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from curate.prompt import apart, joins, missing
from curate.template import TEMPLATES
from support.examples import frame, stage

ROWS: list[dict[str, Any]] = [
    {"instruction": "Name a bird.", "output": "Emu."},
    {"instruction": "Translate:\n\ninto French", "input": "a\n\nbird [x]", "output": "un oiseau"},
    {"instruction": "Größe $1 (.*)?", "input": "日本", "output": "ok\n\nmore"},
    {"instruction": "Go on.", "input": "", "output": "", "history": "dialogue"},
]
TURNS = [
    {"role": "user", "content": "Hello?", "name": None, "tool_calls": None, "tool_call_id": None},
    {"role": "assistant", "content": "Yes.", "name": None, "tool_calls": None, "tool_call_id": None},
]


def rendered(settings: dict[str, Any], *, turns: bool = True, system: str = "") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Examples and what the format makes of them."""
    rows = [{**row, "system": system, "history": TURNS if "history" in row else None} for row in ROWS]
    examples = frame(rows if turns else rows[:3])
    examples = examples.with_columns(at=pl.int_range(pl.len(), dtype=pl.UInt32))
    outcome = stage("format", settings).apply(examples)  # type: ignore[attr-defined]
    assert outcome.drops.is_empty()
    return examples, outcome.columns


def question(examples: pl.DataFrame) -> list[str]:
    """Instruction and input, joined as a template without a heading for the input does."""
    return ["\n\n".join(part for part in pair if part) for pair in examples.select("instruction", "input").iter_rows()]


@pytest.mark.parametrize("columns", ["prompt_completion", "text"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_gives_its_last_turn_back(name: str, columns: str) -> None:
    """Instruction, input and output as they were; earlier turns belong to none of them."""
    settings = {"columns": columns, "template": name}
    examples, made = rendered(settings, turns=TEMPLATES[name].turns)
    if (name, columns) == ("plain", "text"):
        with pytest.raises(ValueError, match="does not tell where the answer begins"):
            apart(made, settings)
        return
    found = apart(made, settings)
    assert found["output"].to_list() == examples["output"].to_list()
    if joins(settings):
        assert found["instruction"].to_list() == question(examples)
        assert set(found["input"]) == {""}
    else:
        assert found.select("instruction", "input").equals(examples.select("instruction", "input"))


def test_a_record_without_an_instruction() -> None:
    """Its input has a heading of its own."""
    settings = {"columns": "prompt_completion", "template": "instruction_input_response"}
    made = pl.DataFrame({"prompt": ["### Input:\n2 + 2\n\n### Response:\n"], "completion": ["4"]})
    assert apart(made, settings).select("instruction", "input").row(0) == ("", "2 + 2")


def test_a_system_prompt_with_marks_is_left_out() -> None:
    settings = {"columns": "prompt_completion", "template": "llama2"}
    examples, made = rendered(settings, turns=False, system="Be brief.\n\nBe kind.")
    assert apart(made, settings)["instruction"].to_list() == question(examples)


def test_messages_give_all_turns_back() -> None:
    settings = {"columns": "messages"}
    examples, made = rendered(settings, system="Be brief.")
    found = apart(made, settings)
    assert found["instruction"].to_list() == question(examples)
    assert found["output"].to_list() == examples["output"].to_list()
    assert set(found["system"]) == {"Be brief."}
    assert found["history"].to_list() == [turns or [] for turns in examples["history"].to_list()]
    assert missing(settings) == {"tools"}


def test_a_template_of_ones_own_is_refused() -> None:
    with pytest.raises(ValueError, match="Jinja template of its own"):
        apart(pl.DataFrame({"text": ["x"]}), {"columns": "text", "jinja": "{{ instruction }}{{ output }}"})


def test_flat_templates_hold_more_than_they_give_back() -> None:
    assert missing({"columns": "text", "template": "chatml"}) == {"tools", "history", "system"}
