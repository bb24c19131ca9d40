"""A question is rendered exactly as the examples that were trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner

from curate import cli
from curate.errors import CurateError
from curate.tokenset import Tokenset, make, read
from curate.tokenset.ask import Question, ask, describe, question_of
from curate.tokenset.layout import IGNORED
from support import tiny_tokenizer
from support.versions import dialogues, pairs

ROWS = [("What is 1 and 1?", "2"), ("Name a bird.", "A robin.")]
FORMS = [
    "columns: prompt_completion, template: alpaca",
    "columns: prompt_completion, template: instruction_input_response",
    "columns: prompt_completion, template: chatml, system: Be brief.",
    "columns: prompt_completion, jinja: {prompt: 'Q: {{ instruction }} A:'}",
    "columns: text, template: vicuna",
]
TALK = [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Who?"), ("assistant", "Me")]


def run(*arguments: str) -> Any:
    result = CliRunner().invoke(cli.app, ["prompt", *arguments])
    if isinstance(result.exception, CurateError):
        raise result.exception
    return result


def untrained(tokens: Tokenset) -> list[int]:
    """The ids before the answer of the only example."""
    (row,) = tokens.split("train").iter_rows(named=True)
    return [one for one, label in zip(row["input_ids"], row["labels"], strict=True) if label == IGNORED]


@pytest.mark.parametrize("form", FORMS)
def test_of_a_version_is_what_its_rows_begin_with(tmp_path: Path, form: str) -> None:
    version = pairs(tmp_path, ROWS, form)
    rows = pl.read_parquet(version / "data/*.parquet").iter_rows(named=True)
    stored = {row.get("prompt") or row["text"] for row in rows}
    for asked, _ in ROWS:
        text = run(str(version), "--instruction", asked).stdout
        assert sum(one.startswith(text) for one in stored) == 1
        assert asked in text


@pytest.mark.parametrize("bos", [False, True])
def test_of_a_token_set_has_the_same_tokens(tmp_path: Path, bos: bool) -> None:  # noqa: FBT001
    version = pairs(tmp_path, ROWS[:1], FORMS[1])
    tokens = read(make(version, str(tiny_tokenizer.save(tmp_path / "tiny", bos=bos))))
    told = orjson.loads(run(str(tokens.folder), "--instruction", ROWS[0][0], "--json").stdout)
    assert told["ids"] == untrained(tokens)
    assert told["stop"] == "</s>"


def test_of_a_dialogue_goes_through_the_chat_template(tmp_path: Path) -> None:
    version = dialogues(tmp_path, [[("system", "Be kind."), ("user", "Who?"), ("assistant", "Me")]])
    tokenizer = tiny_tokenizer.save(tmp_path / "tiny", bos=True)
    tokens = read(make(version, str(tokenizer)))
    told = orjson.loads(run(str(tokens.folder), "--system", "Be kind.", "--instruction", "Who?", "--json").stdout)
    assert told["ids"] == untrained(tokens)
    file = tmp_path / "talk.json"
    file.write_text(json.dumps([{"role": role, "content": text} for role, text in TALK[:-1]]), encoding="utf-8")
    text = run(str(version), "--messages", str(file), "--tokenizer", str(tokenizer)).stdout
    assert text.endswith("Hello<|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n")
    assert text.startswith("<|im_start|>system\nBe kind.")


def test_flat_templates_take_dialogues_too() -> None:
    question = question_of([{"role": role, "content": text} for role, text in TALK[1:-1]])
    layout = {"columns": "prompt_completion", "template": "instruction_input_response"}
    text = ask(describe(layout), question, {})
    assert text == "### Instruction:\nHi\n\n### Response:\nHello\n\n### Instruction:\nWho?\n\n### Response:\n"


def test_refuses_what_no_example_has(tmp_path: Path) -> None:
    layout = {"columns": "prompt_completion", "template": "plain"}
    with pytest.raises(CurateError, match="has no place for system"):
        ask(describe(layout), Question("Q", system="S"), {})
    with pytest.raises(CurateError, match="does not tell where an answer begins"):
        ask(describe({"columns": "text", "jinja": "{{ instruction }}{{ output }}"}), Question("Q"), {})
    with pytest.raises(CurateError, match="must end with one of role 'user'"):
        question_of([{"role": "assistant", "content": "A"}])
    file = tmp_path / "talk.json"
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(CurateError, match="expected a list of objects"):
        run(str(tmp_path), "--messages", str(file))
    assert run(str(tmp_path), "--messages", str(file), "--input", "x").exit_code == 2
    version = dialogues(tmp_path, [TALK])
    assert run(str(version), "--instruction", "x").exit_code == 2
