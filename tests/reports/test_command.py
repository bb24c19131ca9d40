"""`curate stats` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from curate.build import Request
from curate.build import build as build_version
from curate.recipe import load
from support.build import write_data

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "curate", "stats", *arguments]
    quiet = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "TTY_COMPATIBLE"}}
    return subprocess.run(command, capture_output=True, env={**quiet, **environment}, cwd=cwd, check=False)


def test_json_is_one_object_that_no_terminal_obeys(build: Any, rows: list[Any]) -> None:
    hostile = "\x1b]0;title\x07 \x9b2J \u202e \x7f"
    folder = build([{**row, "completion": hostile} for row in rows])
    done = run(str(folder), "--json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") == 1
    assert all(32 <= octet < 127 for octet in done.stdout.rstrip())
    found = json.loads(done.stdout)
    assert found["outputs"]["top"][0]["text"] == hostile
    assert (found["rows_in"], found["rows_out"], found["path"]) == (150, 40, str(folder))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_encoding_can_print_it(build: Any, encoding: str) -> None:
    done = run(str(build()), PYTHONIOENCODING=encoding, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode(encoding)
    assert "small@00000000000000aa" in text
    assert ("█" if encoding == "utf-8" else "##########") in text
    assert "\x1b" not in text


def test_a_version_by_name(build: Any, tmp_path: Path) -> None:
    folder = build()
    folder.rename(folder.with_name("00000000000000aa"))
    home = tmp_path / "out" / "small"
    home.mkdir(parents=True)
    folder.with_name("00000000000000aa").rename(home / "00000000000000aa")
    (home / "latest").write_text("00000000000000aa\n", encoding="utf-8")
    for name in ("small", "small@0000"):
        assert run(name, "--out", str(tmp_path / "out")).returncode == 0


def test_what_is_no_version_is_told_in_words(tmp_path: Path) -> None:
    done = run("nothing", "--out", str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"'nothing' is neither a version folder nor a dataset" in done.stderr


def test_the_command_is_imported_light() -> None:
    heavy = "polars", "numpy", "pydantic", "rich", "curate.manifest"
    code = f"import curate_reports.command, sys; print(*(one for one in {heavy} if one in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b""


def test_a_page_in_a_file(build: Any, tmp_path: Path) -> None:
    folder, file = build(), tmp_path / "page.html"
    done = run(str(folder), "--html", str(file), "--samples", "1")
    assert (done.returncode, done.stdout.decode()) == (0, f"{file}\n")
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".html" or one.name.startswith(".")] == [
        "page.html"
    ]
    both = run(str(folder), "--html", str(file), "--json")
    assert json.loads(both.stdout)["rows_out"] == 40


def test_options_of_the_page_need_a_page(build: Any, tmp_path: Path) -> None:
    folder = str(build())
    for options in (["--samples", "3"], ["--tokenizer", "cl100k_base"], ["--html", "x.html", "--seq-len", "3"]):
        done = run(folder, *options)
        assert (done.returncode, done.stdout) == (2, b"")
    done = run(folder, "--html", str(tmp_path / "none" / "page.html"))
    assert done.returncode == 1
    assert b"cannot write" in done.stderr


@pytest.mark.parametrize("width", ["60", "120"])
def test_against_an_earlier_version(build: Any, rows: list[Any], tmp_path: Path, width: str) -> None:
    old = build().rename(tmp_path / "old")
    terms = [{"source": "chats", "split": "train", "license": "mit", "origin": "model", "rows": 15}]
    new = build(rows[:39], rows_out=39, version="00000000000000bb", terms=terms, seed=8)
    done = run(str(new), "--against", str(old), COLUMNS=width)
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert "\nSince small@00000000000000aa" in text
    line = next(one.split() for one in text.partition("\nSince")[2].splitlines() if one.strip().startswith("chats"))
    assert line[:6] == ["chats", "16", "15", "·", "1", "·"]
    assert all(cell_len(one) <= int(width) for one in text.splitlines())
    assert "seed 7 → 8" in text.partition("because of")[2]
    found = json.loads(run(str(new), "--against", str(old), "--json").stdout)["difference"]
    assert (found["removed"], found["added"], found["changes"][0]["text"]) == (1, 0, "seed 7 → 8")
    assert "records" not in found


@pytest.mark.parametrize(
    ("options", "environment", "files"),
    [
        ((), {"CURATE_REPORT": "1"}, ["report.html"]),
        (("--no-report",), {"CURATE_REPORT": "1"}, []),
        ((), {"CURATE_REPORT": "0"}, []),
        (("--report",), {"CURATE_REPORT": "0"}, ["report.html"]),
    ],
)
def test_a_build_writes_the_page_unless_told_not_to(
    tmp_path: Path, options: tuple[str, ...], environment: dict[str, str], files: list[str]
) -> None:
    recipe = write_data(tmp_path / "data")
    command = [sys.executable, "-m", "curate", "build", str(recipe), "--out", str(tmp_path / "out"), "--json", *options]
    places = {"CURATE_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run(command, capture_output=True, env={**os.environ, **places, **environment}, check=True)
    assert [one.name for one in Path(json.loads(done.stdout)["path"]).glob("*.html")] == files


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("quickstart")
    request = Request(out=home / "datasets", cache=home / "cache", workers=1)
    return build_version(load(str(ROOT / "recipes" / "quickstart.yaml"), {}, []), request).path


@pytest.mark.parametrize("width", [60, 120])
def test_the_quickstart(quickstart: Path, width: int) -> None:
    manifest = json.loads((quickstart / "manifest.json").read_bytes())
    done = run(str(quickstart), COLUMNS=str(width))
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert f"{manifest['rows_in']:,} rows in → {manifest['rows_out']:,} out" in text
    for heading in ("Funnel", "Sources", "Expectations", "Tasks", "Lengths", "Most frequent", "Duplicates"):
        assert f"\n{heading}" in text
    for stage in manifest["stages"]:
        dropped = sum(sum(rules.values()) for rules in stage["dropped"].values())
        line = next(
            line for line in text.partition("\nFunnel")[2].splitlines() if line.strip().startswith(stage["label"])
        )
        assert f"{dropped:,}" in line if dropped else "·" in line
    for source, info in manifest["sources"].items():
        assert any(f"{info['rows_out']:,}" in line and source in line for line in text.splitlines())
    assert all(cell_len(line) <= width for line in text.splitlines())


def test_the_readme_shows_what_is_printed(quickstart: Path) -> None:
    """`CURATE_GOLDEN=write pytest tests/reports` writes it anew."""
    printed = run("quickstart", cwd=quickstart.parents[2], COLUMNS="84").stdout.decode().rstrip()
    readme = ROOT / "reports/README.md"
    before, command, rest = readme.read_text(encoding="utf-8").partition("$ curate stats quickstart\n")
    shown, fence, after = rest.partition("\n```\n")
    if os.environ.get("CURATE_GOLDEN") == "write":
        readme.write_text(before + command + printed + fence + after, encoding="utf-8")
        shown = printed
    assert shown == printed


def test_the_quickstart_as_json(quickstart: Path) -> None:
    found = json.loads(run(str(quickstart), "--json").stdout)
    assert found["steps"][-1]["alive"] == found["rows_out"]
    assert sum(one["rows_out"] for one in found["sources"]) == found["rows_out"]
    assert sum(one["rows"] for one in found["licenses"]) == found["rows_out"]
    for length in found["lengths"]:
        assert sum(one["rows"] for one in length["bins"]) == found["rows_out"]
    assert found["sample"]["languages"][0]["name"] == "en"
