"""`curate check`, `curate schema` and `curate recipes`."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from curate.cli import check, recipes, schema
from support.recipes import MINIMAL, Loader

APP = typer.Typer()
APP.command("check")(check.command)
APP.command("schema")(schema.command)
APP.command("recipes")(recipes.command)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(APP, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_check_of_a_good_recipe(parse: Loader) -> None:
    recipe = parse(MINIMAL + "vars: {n: 1}\nsteps: [dedup: {}]\n")
    assert run("check", "recipe.yaml") == (0, "OK: small (1 source, 1 step) recipe.yaml\n", "")
    code, out, _ = run("check", "recipe.yaml", "--json")
    assert (code, orjson.loads(out)) == (
        0,
        {"ok": True, "name": "small", "digest": recipe.digest(), "sources": ["math"], "steps": 1},
    )
    assert run("check", "recipe.yaml", "-v", "n=2", "--set", "name=other")[1].startswith("OK: other (")


def test_check_of_a_bad_recipe(parse: Loader) -> None:
    parse(MINIMAL)
    Path("recipe.yaml").write_text(MINIMAL + "seed: x\nsede: 5\n", encoding="utf-8")
    code, out, err = run("check", "recipe.yaml")
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == "recipe.yaml:8:7: expected a whole number, found 'x'"
    assert err.splitlines()[3].startswith("recipe.yaml:9:1: unknown key 'sede'")
    code, out, err = run("check", "recipe.yaml", "--json")
    assert (code, err) == (2, "")
    first = {"file": "recipe.yaml", "line": 8, "column": 7, "message": "expected a whole number, found 'x'"}
    assert orjson.loads(out)["faults"][0] == first
    assert run("check", "recipe.yaml", "-v", "n")[2] == "-v n: expected NAME=VALUE\n"


def test_schema_is_json() -> None:
    code, out, _ = run("schema")
    assert (code, orjson.loads(out)["title"]) == (0, "curate recipe")


def test_recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "start.yaml"
    path.write_text(MINIMAL + "description: >\n  A start\n  for all\n", encoding="utf-8")
    monkeypatch.setattr("curate.recipe.find.shipped", lambda: {"start": path})
    monkeypatch.setattr("curate.recipe.shipped", lambda: {"start": path})
    assert run("recipes") == (0, "start  A start for all\n", "")
    assert run("recipes", "start")[1] == path.read_text(encoding="utf-8")
    listed = {"name": "start", "path": str(path), "description": "A start for all"}
    assert orjson.loads(run("recipes", "--json")[1]) == {"recipes": [listed]}
    assert run("recipes", "strat") == (2, "", "unknown recipe 'strat', did you mean 'start'? (known: start)\n")
