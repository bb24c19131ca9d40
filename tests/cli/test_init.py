"""`curate init` writes a recipe that loads, and never over another one by accident."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from curate.build import Request, build
from curate.cli.init import command
from curate.errors import CurateError, RecipeError
from curate.recipe import load

app = typer.Typer()
app.command()(command)
SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"


def run(*arguments: str | Path) -> tuple[str, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=True)
    if result.exception is not None:
        raise result.exception
    return result.stdout, result.stderr


def test_writes_a_recipe_and_names_the_next_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stdout, stderr = run(SAMPLE / "maths.jsonl")
    assert not stdout
    assert "gsm8k" in stderr
    assert stderr.endswith("Next: curate build maths.yaml\n")
    recipe = load("maths.yaml")
    assert recipe.sources["maths"].adapter == "gsm8k"
    assert Path("maths.yaml").read_text(encoding="utf-8").startswith("# curate build maths.yaml\n")


def test_several_files_become_one_recipe(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "mine.yaml"
    files = [SAMPLE / name for name in ("natural_instructions", "assistant.json", "chats.jsonl")]
    run(*files, "--name", "mine", "-o", out)
    recipe = load(out)
    assert recipe.name == "mine"
    adapters = {name: source.adapter for name, source in recipe.sources.items()}
    assert adapters == {"natural_instructions": "natural_instructions", "assistant": "alpaca", "chats": "messages"}


def test_prints_what_it_recognised_as_json(tmp_path: Path) -> None:
    out = tmp_path / "r.yaml"
    stdout, _ = run(SAMPLE / "assistant.json", "-o", out, "--json")
    found = json.loads(stdout)
    assert found["recipe"] == str(out)
    assert found["next"] == f"curate build {out}"
    (source,) = found["sources"]
    assert source["adapter"] == "alpaca"
    assert source["keys"] == ["instruction", "input", "output"]
    assert source["license"] == "unknown"
    assert source["languages"]["en"] > 0.8


def test_tells_of_evaluation_sets(tmp_path: Path) -> None:
    """What looks like an evaluation set is said so; the recipe holds the rest against it, and builds."""
    rows = [
        {"question": f"A hen lays {n} eggs a day; how many in a week of seven days?", "answer": f"#### {7 * n}"}
        for n in range(9)
    ]
    for name, part in (("train", rows[2:]), ("test", rows[:3])):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, part)), encoding="utf-8")
    out = tmp_path / "r.yaml"
    _, stderr = run(tmp_path / "train.jsonl", tmp_path / "test.jsonl", "-o", out)
    assert "looks like an evaluation set\n" in stderr
    assert "Evaluation sets are no sources" in stderr
    built = build(load(out), Request(out=tmp_path / "out", cache=tmp_path / "cache", workers=1))
    assert built.manifest.rows_in == 7
    assert [stage.counts["hits"] for stage in built.manifest.stages if stage.name == "decontaminate"] == [1]
    stdout, _ = run(tmp_path / "test.jsonl", "-o", out, "--force", "--json")
    assert [source["evaluation"] for source in json.loads(stdout)["sources"]] == [True]
    _, stderr = run(tmp_path / "test.jsonl", "-o", out, "--force")
    assert "There is nothing but evaluation sets" in stderr


def test_keeps_a_recipe_that_is_there_unless_forced(tmp_path: Path) -> None:
    out = tmp_path / "r.yaml"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(RecipeError, match="is there already"):
        run(SAMPLE / "maths.jsonl", "-o", out)
    assert out.read_text(encoding="utf-8") == "mine"
    run(SAMPLE / "maths.jsonl", "-o", out, "--force")
    assert load(out).name == "maths"


def test_writes_nothing_where_nothing_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('[{"weight": 3}]', encoding="utf-8")
    with pytest.raises(CurateError, match="the keys are: weight"):
        run(tmp_path / "odd.json", "-o", tmp_path / "r.yaml")
    assert not (tmp_path / "r.yaml").exists()


@pytest.mark.parametrize("name", ["", "a b", "../x"])
def test_refuses_names_that_no_dataset_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecipeError, match=r"letters, digits|--name"):
        run(SAMPLE / "maths.jsonl", "--name", name or "-", "-o", tmp_path / "r.yaml")


def test_refuses_a_folder_as_the_recipe(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="is a folder"):
        run(SAMPLE / "maths.jsonl", "-o", tmp_path)
