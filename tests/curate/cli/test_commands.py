"""The commands over a small recipe: what is data goes to stdout, what is told goes to stderr, and the exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from curate import cli
from support.build import write_data

Run = Callable[..., Result]
SUMMARY = {
    "name",
    "version",
    "path",
    "rows_in",
    "rows_out",
    "repeated",
    "dropped",
    "quarantined",
    "splits",
    "sources",
    "expect",
    "warnings",
    "reused",
    "seconds",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small recipe, built once."""
    folder = tmp_path_factory.mktemp("cli") / "x"
    write_data(folder)
    return folder


@pytest.fixture
def curate(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `curate …` in that folder with a cache of its own."""
    monkeypatch.chdir(home)
    monkeypatch.setenv("CURATE_CACHE_DIR", str(home / "cache"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli.app, arguments)

    run("build", "recipe.yaml")
    return run


def read(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return orjson.loads(result.stdout)


def test_build_json(curate: Run, home: Path) -> None:
    """One JSON object on stdout, with the keys that scripts rely on, whose numbers add up; progress on stderr."""
    result = curate("build", "recipe.yaml", "--json", "--workers", "1")
    summary = read(result)
    assert result.stdout.count("\n") == 1
    assert set(summary) >= SUMMARY
    assert summary["rows_in"] == summary["rows_out"] + sum(summary["dropped"].values()) + summary["quarantined"]
    assert sum(summary["splits"].values()) == summary["rows_out"]
    assert (summary["name"], summary["reused"]) == ("small", True)
    assert (home / summary["path"] / "manifest.json").is_file()
    assert "1.dedup" in result.stderr
    assert set(summary["sources"]) == {"qa", "more"}


def test_build_for_people(curate: Run) -> None:
    """A table with a row a source and the total, faults and warnings on stderr, and where the dataset lies."""
    result = curate("build", "recipe.yaml")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["source", "in", "quarantined", "dropped", "repeated", "out"]
    assert [line.split()[:3] for line in lines[1:4]] == [["qa", "61", "1"], ["more", "25", "0"], ["total", "86", "1"]]
    assert "unchanged, it was there already" in result.stdout
    assert "quarantined: qa/two.jsonl row 3" in result.stderr
    assert "warning: source 'qa': 1 of 61 rows were quarantined" in result.stderr


def test_dry_run_is_plan(curate: Run) -> None:
    """`build --dry-run` says what `plan` says."""
    planned = read(curate("plan", "recipe.yaml", "--json"))
    assert {step["state"] for step in planned} == {"cached"}
    assert read(curate("build", "recipe.yaml", "--dry-run", "--json")) == planned
    assert "0.filter.words" in curate("plan", "recipe.yaml").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["build", "nowhere.yaml"], 2, "nowhere.yaml"),
        (["build", "recipe.yaml", "--set", "sede=1"], 2, "sede"),
        (["build", "recipe.yaml", "--set", "expect.rows.min=1000"], 3, "rows.min 1,000"),
        (["build", "recipe.yaml", "--set", "sources.qa.path=none/*.json"], 1, "no file matches"),
        (["build", "recipe.yaml", "--set", "expect.licenses.commercial=true"], 3, "licenses.commercial"),
        (["verify", "nothing"], 1, "neither a version folder nor a dataset"),
        (["explain", "small", "abc"], 2, "too short"),
        (["explain", "small"], 2, "either an ID or --text"),
        (["explain", "small", "ffffffffffffffff0"], 1, "no record of"),
        (["head", "small", "--stage", "format"], 2, "needs a recipe"),
        (["head", "recipe.yaml", "--stage", "nope"], 1, "no step is called"),
        (["sources", "alpacca"], 1, "did you mean 'alpaca'"),
        (["build"], 2, "Missing argument"),
    ],
)
def test_exit_codes(
    curate: Run,
    arguments: list[str],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Errors are words on stderr, nothing is on stdout, and the code tells recipe, expectation and the rest apart."""
    monkeypatch.setattr("sys.argv", ["curate", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (code, "")
    assert said in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err


def test_verify(curate: Run, home: Path) -> None:
    """What holds is told with exit code 0, what does not with 1, also as JSON."""
    found = read(curate("verify", "small", "--out", "datasets", "--json"))
    assert found["ok"] is True
    assert set(found["checks"]) == {"files", "rows", "counts", "ledger", "card", "lock"}
    assert curate("verify", "small").stdout.startswith("ok     files\nok     rows\n")
    extra = Path(found["path"]) / "extra.txt"
    (home / extra).write_text("x", encoding="utf-8")
    result = curate("verify", "small")
    assert result.exit_code == 1
    assert "FAILED files\n       extra.txt is not in the manifest" in result.stdout
    assert curate("verify", "small", "--json").exit_code == 1
    (home / extra).unlink()


def test_explain(curate: Run, home: Path) -> None:
    """A dropped record's story, for people and as JSON, by id and by text."""
    path = read(curate("build", "recipe.yaml", "--json"))["path"]
    ledger = pl.read_parquet(home / path / "ledger/drops.parquet")
    row = ledger.filter(pl.col("stage") == "0.filter.words").to_dicts()[0]
    shown = curate("explain", "small", row["id"][:12])
    assert shown.exit_code == 0
    assert f"{row['id']}  dropped" in shown.stdout
    assert "dropped at 0.filter.words by words: too long (measured 41, allowed max 30)" in shown.stdout
    (story,) = read(curate("explain", path, row["id"], "--json"))
    assert (story["fate"], story["where"]["stage"]) == ("dropped", "0.filter.words")
    assert read(curate("explain", "small", "--text", "do 3", "--json"))
    assert read(curate("explain", "small", "--text", "zzz", "--json")) == []


def test_explain_of_a_text_that_is_not_there(curate: Run) -> None:
    """The message says that no record has it; the nearest ones are shown with their similarity."""
    curate("build", "recipe.yaml")
    shown = curate("explain", "small", "--text", "Question 1-7? Or not?")
    assert shown.exit_code == 1
    assert "no dropped prompt is equal to it; the records above are the nearest" in str(shown.exception)
    first = shown.stdout.splitlines()[0].split()
    assert first[1:] == ["kept", "similarity", "0.50"]
    assert "prompt: 'Question 1-7?" in shown.stdout
    assert shown.stdout.count("similarity") == 5
    stories = read(curate("explain", "small", "--text", "Question 1-7? Or not?", "--json"))
    assert [story["similarity"] for story in stories] == [0.5, 0.2, 0.2, 0.2, 0.2]
    alone = curate("explain", "small", "--text", "zzz")
    assert (alone.exit_code, alone.stdout) == (1, "")
    assert "; nothing resembles it" in str(alone.exception)


def test_head(curate: Run) -> None:
    """Records of a recipe at a step and of a version, for people and as JSON lines."""
    lines = curate("head", "recipe.yaml", "--stage", "0.filter.words", "-n", "3", "--json").stdout.splitlines()
    assert [orjson.loads(line)["source"] for line in lines] == ["qa"] * 3 + ["more"] * 3
    lines = curate("head", "small", "--split", "test", "-n", "1", "--json").stdout.splitlines()
    assert [orjson.loads(line)["split"] for line in lines] == ["test"]
    assert "prompt: " in curate("head", "small").stdout


def test_head_shows_no_control_characters(curate: Run, home: Path) -> None:
    """A text that would drive the terminal is shown as code points."""
    (home / "evil.json").write_bytes(orjson.dumps([{"instruction": "a\x1b[2Jb\x07", "input": "", "output": "\x9b1m"}]))
    result = curate("head", "recipe.yaml", "--set", f"sources.more.path={home / 'evil.json'}")
    assert result.exit_code == 0
    assert "a<U+001B>[2Jb<U+0007>" in result.stdout
    assert not {"\x1b", "\x07", "\x9b"} & set(result.stdout)


def test_sources(curate: Run) -> None:
    """The list and one adapter, for people and as JSON."""
    known = read(curate("sources", "--json"))
    assert {"alpaca", "files", "natural_instructions"} <= set(known)
    one = read(curate("sources", "alpaca", "--json"))
    assert one["about"]["license"] == known["alpaca"]["license"]
    assert "Alpaca" in curate("sources", "alpaca").stdout
    assert all(name in curate("sources").stdout for name in known)


def test_version_and_help(curate: Run) -> None:
    """Every command has its help."""
    assert curate("--version").stdout.startswith("curate ")
    for name in ("build", "plan", "explain", "head", "verify", "sources"):
        result = curate(name, "--help")
        assert result.exit_code == 0
        assert "Usage" in result.stdout
