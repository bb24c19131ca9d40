"""`curate diff` on the shipped quickstart, whose near-duplicates are found at two thresholds."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from curate import cli
from curate.build import Request, build
from curate.diff import diff
from curate.errors import CurateError
from curate.recipe import load
from support.build import write_data

CHANGE = "6.dedup: threshold 0.8 → 0.7"


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The quickstart at 0.8 and at 0.7, with a last sample that refills what the threshold takes."""
    home = tmp_path_factory.mktemp("thresholds")
    recipe = home / "recipe.yaml"
    shipped = load("quickstart")
    text = shipped.text.replace("sample/", f"{shipped.base}/sample/")
    text = text.replace("ngram: 3}", "ngram: 3}\n  - sample: {take: 3300}", 1)
    recipe.write_text(text, encoding="utf-8")
    built = [
        build(
            load(recipe, {}, [f"steps.6.dedup.threshold={threshold}"]),
            Request(out=home / "out", cache=home / "cache", workers=1),
        )
        for threshold in (0.8, 0.7)
    ]
    return built[0].path, built[1].path


def run(versions: tuple[Path, Path], *options: str) -> Result:
    result = CliRunner().invoke(cli.app, ["diff", *map(str, versions), *options], env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.output
    return result


def test_the_threshold_is_the_cause_of_every_difference(versions: tuple[Path, Path]) -> None:
    """Directly of those that have a near-duplicate now, as a consequence of those that the sample took instead."""
    found = diff(*versions)
    assert [one.text for one in found.changes] == [CHANGE]
    assert {group.causes for group in found.groups} == {(0,)}
    texts = {(group.kind, group.via): group.text for group in found.groups}
    assert texts["removed", None] == CHANGE
    assert texts["added", "7.sample"] == f"consequence at 7.sample of {CHANGE}"
    assert sum(group.records for group in found.groups) == found.added + found.removed + found.changed
    assert (found.added, found.removed) != (0, 0)


def test_for_people(versions: tuple[Path, Path]) -> None:
    """What was changed, why records differ, and how the mix shifted."""
    said = run(versions).stdout
    assert f"{CHANGE}: " in said
    assert "What was changed" in said
    assert "Why" in said
    assert f"consequence at 7.sample of {CHANGE}" in " ".join(said.split())


def test_json(versions: tuple[Path, Path]) -> None:
    """All of it as one object."""
    said = orjson.loads(run(versions, "--json").stdout)
    assert said["schema_version"] == 1
    assert said["changes"][0]["settings"] == [{"key": "threshold", "old": 0.8, "new": 0.7}]
    assert sum(one["records"] for one in said["groups"]) == said["added"] + said["removed"] + said["changed"]
    assert {"source", "split"} <= {one["of"] for one in said["shifts"]}


def test_ids(versions: tuple[Path, Path]) -> None:
    """The records of a kind, each with its cause; `--limit` cuts, and means nothing alone."""
    found = diff(*versions)
    lines = run(versions, "--ids", "removed").stdout.splitlines()
    assert len(lines) == found.removed
    assert all(len(line.split("\t")) == 3 for line in lines)
    row = orjson.loads(run(versions, "--ids", "added", "--limit", "1", "--json").stdout)
    assert set(row) == {"id", "old_id", "source", "group", "cause", "what"}
    alone = CliRunner().invoke(cli.app, ["diff", *map(str, versions), "--limit", "1"])
    assert alone.exit_code == 2


def test_a_broken_expectation_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed goes to stdout with value and limit, the exit code is 3, and nothing is written."""
    write_data(tmp_path / "x")
    monkeypatch.chdir(tmp_path / "x")
    monkeypatch.setenv("CURATE_CACHE_DIR", str(tmp_path / "cache"))
    result = CliRunner().invoke(cli.app, ["build", "recipe.yaml", "--json", "--set", "expect.rows.min=1000"])
    said = orjson.loads(result.stdout)
    assert (said["ok"], said["expect"]) == (False, [{"what": "rows.min", "limit": "1,000", "value": "49", "ok": False}])
    assert getattr(result.exception, "exit_code", None) == 3
    assert not (tmp_path / "x" / "datasets").exists()


def test_as_a_page(versions: tuple[Path, Path], tmp_path: Path) -> None:
    """One file, whole or not at all; other output goes beside it."""
    file = tmp_path / "diff.html"
    assert run(versions, "--html", str(file)).stdout == f"{file}\n"
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert CHANGE in text
    assert orjson.loads(run(versions, "--html", str(file), "--json").stdout)["added"] == diff(*versions).added
    assert [one.name for one in tmp_path.iterdir()] == ["diff.html"]
    failed = CliRunner().invoke(cli.app, ["diff", *map(str, versions), "--html", str(tmp_path / "none" / "x.html")])
    assert isinstance(failed.exception, CurateError)
    assert "cannot write" in str(failed.exception)


def test_without_a_package_that_draws_pages(versions: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine draws nothing itself, and says so."""
    monkeypatch.setattr(metadata, "entry_points", lambda **_: metadata.EntryPoints())
    failed = CliRunner().invoke(cli.app, ["diff", *map(str, versions), "--html", "x.html"])
    assert isinstance(failed.exception, CurateError)
    assert "'curate.pages'" in str(failed.exception)
