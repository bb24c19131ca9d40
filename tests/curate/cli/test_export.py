"""`curate export` as a user runs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from curate import cli
from curate.errors import CurateError
from support import tiny_tokenizer
from support.versions import pairs

Run = Callable[..., Result]
ROWS = [(f"Question {n}? Answer:", f" It is {n}.") for n in range(12)]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `curate export` on a small version with a small tokenizer."""
    version = pairs(tmp_path, [*ROWS, ("\x1b[31mLong? Answer: ", "word " * 99)])
    tokenizer = tiny_tokenizer.save(tmp_path / "tiny")
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments: str) -> Result:
        command = ["export", str(version), "--tokenizer", str(tokenizer), *arguments]
        result = CliRunner().invoke(cli.app, command)
        if isinstance(result.exception, CurateError):
            raise result.exception
        return result

    return invoke


def test_tells_numbers_and_the_folder(run: Run) -> None:
    result = run("--seq-len", "64")
    assert result.exit_code == 0
    folder = Path(result.stdout.splitlines()[-1])
    assert (folder / "train.parquet").is_file()
    assert "qa/task0" in result.stdout
    assert "1 examples are over length" in result.stderr
    assert run("--seq-len", "64").stdout.splitlines()[-1] == str(folder)


def test_prints_one_json_object(run: Run, tmp_path: Path) -> None:
    result = run("--json", "--into", str(tmp_path / "own"), "--to", "axolotl", "--preview", "1")
    told = orjson.loads(result.stdout)
    assert Path(told["path"]).parent == tmp_path / "own"
    assert told["manifest"]["splits"]["train"]["rows"] == 13
    assert [Path(path).is_file() for path in told["written"]] == [True]
    (shown,) = told["preview"]
    assert [mark for _, mark in shown["runs"]] == [False, True]
    assert shown["runs"][1][0].endswith("</s>")


def test_shows_what_is_trained_without_colour_and_without_controls(run: Run) -> None:
    result = run("--preview", "20")
    assert "Question 3? Answer:{+ It is 3.</s>+}" in result.stdout
    assert "\x1b" not in result.stdout
    assert "<U+001B>[31mLong? Answer: {+word" in result.stdout
    assert "prompts of 1 examples end in a blank" in result.stderr


def test_takes_a_chat_template_and_an_end_from_the_command_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.jinja"
    file.write_text("{{ messages }}", encoding="utf-8")
    told = orjson.loads(run("--json", "--eos", "<|im_end|>", "--chat-template", str(file), "--no-pack").stdout)
    assert told["manifest"]["eos_id"] == 4
    assert told["manifest"]["splits"]["train"]["bins"] == 13
    carried = orjson.loads((Path(told["path"]) / "tokenizer" / "tokenizer_config.json").read_bytes())
    assert "<|im_end|>" in carried.values()
    assert (Path(told["path"]) / "tokenizer" / "chat_template.jinja").read_text(encoding="utf-8") == "{{ messages }}"


def test_says_what_cannot_be_read(run: Run, tmp_path: Path) -> None:
    with pytest.raises(CurateError, match="cannot read the chat template"):
        run("--chat-template", str(tmp_path / "none"))
    assert run("--seq-len", "1").exit_code == 2
    assert run("--to", "other").exit_code == 2
