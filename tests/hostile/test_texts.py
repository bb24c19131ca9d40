"""Texts of strangers in a version: they come through whole, and nothing in them is obeyed where they are shown."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from curate import cli
from hostile.conftest import harmful

# Clear the screen, set the title, a link, colours by C1 controls, delete, bell, backspace, carriage return; a
# bidirectional override and isolate, zero width, tags, an invisible letter, variation selectors; HTML.
EVIL = (
    "\x1b[2J\x1b]0;title\x07\x1b]8;;http://e.example\x1b\\link\x9b31m\x7f\x08\rover\u202eright\u2066\u200b\U000e0041"
    "\u3164\U000e0101[bold]x[/bold] :smile: <script>alert(1)</script><img src=x onerror=alert(1)> ]]> --> | `x` *y*"
)
RECIPE = """\
version: 1
name: texts
sources:
  evil:
    adapter: files
    path: "*.jsonl"
    columns: {instruction: q, output: a, task: t, license: l, group: g}
    meta: [m]
    on_error: quarantine
steps:
  - filter: {words: {of: [instruction], max: 60}}
  - dedup: {on: [instruction], key: normalised}
split: {test: 0.2}
format: {columns: prompt_completion, template: plain}
"""
NAME = "new\nline \x1b[31m\u202e.jsonl"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe and rows of which every text means harm: kept, dropped, and such as do not fit."""
    folder = tmp_path_factory.mktemp("texts")
    rows = [{"q": f"{EVIL} {n}", "a": EVIL, "t": EVIL, "l": EVIL, "g": f"{EVIL}{n}", "m": EVIL} for n in range(30)]
    rows += [{**rows[0], "q": f"{EVIL}  0"}, {**rows[0], "q": f"{EVIL} word" * 40}, {EVIL: EVIL}]
    lines = [*map(orjson.dumps, rows), b'{"q": "\x1b[2J"}', EVIL.encode()]
    (folder / NAME).write_bytes(b"\n".join(lines) + b"\n")
    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return folder


@pytest.fixture
def curate(home: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """`curate(*arguments)`: a command in that folder; the version and one that differs from it are built first."""
    monkeypatch.chdir(home)
    monkeypatch.setenv("CURATE_CACHE_DIR", str(home / "cache"))
    monkeypatch.setenv("CURATE_REPORT", "1")

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(cli.app, arguments)
        assert result.exit_code == (1 if arguments[0] == "init" else 0), result.output  # no shape that init knows
        return result

    if not (home / "new").is_dir():
        run("build", "recipe.yaml", "--out", "old", "--set", "steps.0.filter.words.max=400")
        run("build", "recipe.yaml", "--out", "new")
    return run


COMMANDS = [
    ("build", "recipe.yaml", "--out", "new"),
    ("plan", "recipe.yaml"),
    ("check", "recipe.yaml"),
    ("init", NAME, "-o", "drafted.yaml", "--force"),
    ("lock", "recipe.yaml"),
    ("head", "recipe.yaml"),
    ("head", "texts", "--out", "new"),
    ("stats", "texts", "--out", "new"),
    ("verify", "texts", "--out", "new"),
    ("explain", "texts", "--out", "new", "--text", "title"),
    ("explain", "texts", "--out", "new", "--text", '{"q": "'),
    ("diff", "old/texts", "new/texts"),
    ("diff", "old/texts", "new/texts", "--ids", "removed"),
]


@pytest.mark.parametrize("form", ["", "--json", "colour"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=[f"{at} {one[0]}" for at, one in enumerate(COMMANDS)])
def test_no_command_lets_them_through(
    curate: object, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], form: str
) -> None:
    """Neither for people nor as JSON, neither on stdout nor on stderr; colours are curate's own."""
    if form == "colour" and arguments[0] == "build":
        pytest.skip("on a terminal a build draws bars, with control sequences of rich's own")
    if form == "colour":
        monkeypatch.setenv("FORCE_COLOR", "1")
    result = curate(*arguments, *([form] if form.startswith("--") else []))  # type: ignore[operator]
    for text in (result.stdout, result.stderr):
        assert harmful(text) == set()
    if form == "--json":
        for line in result.stdout.splitlines():
            orjson.loads(line)


def test_json_says_the_same_text(curate: object) -> None:
    """An escape is a way to write a character: whoever parses it has the text as it is."""
    result = curate("head", "texts", "--out", "new", "--json")  # type: ignore[operator]
    row = orjson.loads(result.stdout.splitlines()[0])
    assert row["completion"] == EVIL
    assert row["task"] == EVIL


def test_the_data_holds_them_as_they_are(curate: object, home: Path) -> None:
    (path,) = (home / "new" / "texts").glob("*/data/train*.parquet")
    assert set(pl.read_parquet(path)["completion"]) == {EVIL}


def test_neither_page_nor_card_runs_them(curate: object, home: Path) -> None:
    """No tag of theirs is one in the page, no line of theirs one in the card; nothing in either is invisible."""
    (folder,) = (home / "new" / "texts").glob("*/")
    page, card = ((folder / name).read_text(encoding="utf-8") for name in ("report.html", "README.md"))
    page = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)  # read as data only
    for text in (page, card):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", text)


def test_a_name_of_two_lines_makes_no_second_line(curate: object) -> None:
    """A file's name cannot pretend to be a message of its own."""
    result = curate("build", "recipe.yaml", "--out", "new")  # type: ignore[operator]
    quarantined = [line for line in result.stderr.splitlines() if line.startswith("quarantined: ")]
    assert len(quarantined) == 3
    assert all("new<U+000A>line <U+001B>[31m<U+202E>.jsonl row " in line for line in quarantined)
