"""The step that writes the columns of data/."""

from __future__ import annotations

import pickle
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pydantic import ValidationError

from curate.errors import CurateError
from curate.example import MESSAGE
from curate.stages.format import TURN
from support.rules import records, run, step, turn

HISTORY = [turn("user", "hi"), turn("assistant", "yo")]
CALLING = {
    "instruction": "",
    "output": "",
    "tools": '[{"name": "f"}]',
    "meta": '{"tool_calls": [{"name": "f"}]}',
    "history": [
        turn("user", "go"),
        turn("assistant", None, tool_calls="[1]"),
        turn("tool", "42", name="f", tool_call_id="1"),
    ],
}
ROWS: list[dict[str, Any]] = [
    {"instruction": "Add.", "input": "1 2", "output": "3"},
    {"instruction": "Add.", "output": " 3\n", "system": "Be kind."},
    {"instruction": "More.", "output": "ok", "history": HISTORY},
    CALLING,
    {"input": "only input", "output": ""},
]


def outcome(rows: list[dict[str, Any]] = ROWS, **settings: Any) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
    found = run(step("format", **settings), records(rows))
    assert found.columns is not None
    assert found.drops is not None
    dropped = found.drops.to_dicts()
    assert {row["reason"] for row in dropped} <= {"unrepresentable"}
    assert {row["rule"] for row in dropped} <= {"template"}
    return {row.pop("at"): row for row in found.columns.to_dicts()}, {row["at"]: row["value"] for row in dropped}


def test_prompt_and_completion() -> None:
    written, dropped = outcome(columns="prompt_completion", template="instruction_input_response")
    assert dropped == {1: "system", 3: "tools"}
    assert written == {
        0: {"prompt": "### Instruction:\nAdd.\n\n### Input:\n1 2\n\n### Response:\n", "completion": "3"},
        2: {
            "prompt": "### Instruction:\nhi\n\n### Response:\nyo\n\n### Instruction:\nMore.\n\n### Response:\n",
            "completion": "ok",
        },
        4: {"prompt": "### Input:\nonly input\n\n### Response:\n", "completion": ""},
    }


def test_text_is_prompt_and_completion() -> None:
    pairs, _ = outcome(columns="prompt_completion", template="chatml")
    texts, _ = outcome(columns="text", template="chatml")
    assert texts == {at: {"text": row["prompt"] + row["completion"]} for at, row in pairs.items()}
    assert texts[1]["text"].endswith("assistant\n 3\n")  # the output, exactly


def test_messages() -> None:
    written, dropped = outcome(columns="messages")
    assert dropped == {3: "tools"}
    assert written[0]["messages"] == [{"role": "user", "content": "Add.\n\n1 2"}, {"role": "assistant", "content": "3"}]
    assert [message["role"] for message in written[1]["messages"]] == ["system", "user", "assistant"]
    assert [message["content"] for message in written[2]["messages"]] == ["hi", "yo", "More.", "ok"]


def test_messages_with_tools() -> None:
    written, dropped = outcome(columns="messages", tools=True, system="Be brief.")
    assert dropped == {}
    assert written[3]["tools"] == '[{"name": "f"}]'
    assert written[0]["tools"] is None
    messages = written[3]["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert messages[2] == turn("assistant", None, tool_calls="[1]")
    assert messages[3] == turn("tool", "42", name="f", tool_call_id="1")
    assert messages[4] == turn("assistant", "", tool_calls='[{"name":"f"}]')
    assert written[1]["messages"][0]["content"] == "Be kind."


@pytest.mark.parametrize("settings", [{"columns": "messages"}, {"columns": "messages", "tools": True}])
def test_types_do_not_depend_on_the_records(settings: dict[str, Any]) -> None:
    kind = pl.List(MESSAGE if settings.get("tools") else TURN)
    for frame in (records(ROWS), records(ROWS[:1]), records(ROWS).clear()):
        found = run(step("format", **settings), frame).columns
        assert found is not None
        assert found["messages"].dtype == kind


def test_jinja() -> None:
    source = "{% for m in history %}{{ m.role[0] }}:{{ m.content }}|{% endfor %}{{ instruction }}>{{ output }}"
    written, dropped = outcome(columns="text", jinja=source)
    assert dropped == {1: "system", 3: "tools"}
    assert written[2] == {"text": "u:hi|a:yo|More.>ok"}
    pairs, _ = outcome(
        columns="prompt_completion", jinja={"prompt": "{{ system }}{{ instruction }}{{ meta.get('x', '?') }}"}
    )
    assert pairs[1] == {"prompt": "Be kind.Add.?", "completion": " 3\n"}


def test_jinja_that_fails_names_the_record() -> None:
    with pytest.raises(CurateError, match=r"template of 'text' fails on record 0+: .*no attribute 'level'"):
        outcome(columns="text", jinja="{{ meta.level }}{{ output }}")


@pytest.mark.parametrize(
    "settings",
    [
        {"template": "alpaca"},
        {"columns": "messages", "tools": True},
        {"columns": "text", "jinja": "{{ instruction }}{{ output }}{% for m in history %}{{ m.content }}{% endfor %}"},
    ],
)
def test_each_record_is_written_alone(settings: dict[str, Any]) -> None:
    stage, frame = step("format", **settings), records(ROWS)
    whole = run(stage, frame)
    stage = pickle.loads(pickle.dumps(stage))  # noqa: S301 - a step travels to workers after it was used
    parts = [run(stage, part) for part in frame.iter_slices(1)]
    for name in ("columns", "drops"):
        assert_frame_equal(pl.concat([getattr(part, name) for part in parts]), getattr(whole, name))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"template": "alpacca"}, "unknown template 'alpacca', did you mean 'alpaca'"),
        ({"columns": "text"}, "either template or jinja"),
        ({"template": "plain", "jinja": {"prompt": "a"}}, "either template or jinja"),
        ({"columns": "messages", "template": "chatml"}, "the trainer's chat template"),
        ({"columns": "messages", "jinja": "{{ output }}"}, "the trainer's chat template"),
        ({"template": "plain", "tools": True}, "needs columns: messages"),
        ({"template": "plain", "system": "x"}, "no place for a system prompt"),
        ({"columns": "text", "jinja": {"prompt": "a"}}, "jinja is a string"),
        ({"jinja": "{{ output }}"}, "jinja is a string"),
        ({"columns": "text", "jinja": "{{ instruction }}"}, "never uses output"),
        ({"columns": "text", "jinja": "{{ output "}, "template: line 1"),
        ({"columns": "text", "jinja": "{{ ''.__class__ }}{{ output }}"}, "'__class__' is private"),
        ({"jinja": {"prompt": "{{ nothing }}"}}, "unknown name 'nothing'"),
        ({"template": "plain", "eos": "</s>"}, "eos"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("format", **settings)
