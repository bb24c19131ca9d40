"""What the command line says where curate itself fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn

import polars as pl
import pytest

from curate import cli
from curate.filters.words import Rule
from support.build import write_data

NAMES = r"internal error in step 0\.filter\.words: {}\. This is a bug in curate; please report it at https://\S+ "


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the small recipe and a cache of its own."""
    write_data(tmp_path / "x")
    monkeypatch.chdir(tmp_path / "x")
    monkeypatch.setenv("CURATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("CURATE_DEBUG", raising=False)
    monkeypatch.setattr("sys.argv", ["curate", "build", "recipe.yaml", "--workers", "1"])
    return tmp_path


def fail(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make a rule raise this."""

    def apply(*_: Any) -> NoReturn:
        raise error

    monkeypatch.setattr(Rule, "apply", apply)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (1, "")
    return err.splitlines()[-1]


def test_a_bug(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One line: the step, the exception, where to report it, and the file, which holds the traceback."""
    fail(monkeypatch, KeyError("column\nmissing"))
    line = said(capsys)
    found = re.match(
        NAMES.format(r"KeyError: 'column\\nmissing'") + r"with the traceback in (\S+) \(read it first", line
    )
    assert found, line
    text = Path(found[1]).read_text(encoding="utf-8")
    assert Path(found[1]).parent == home / "cache" / "errors"
    assert "Traceback (most recent call last)" in text
    assert "curate build recipe.yaml" in text.splitlines()[1]


def test_a_panic_of_polars(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A panic is no Exception to Python, and is told all the same."""
    assert not issubclass(pl.exceptions.PanicException, Exception)
    fail(monkeypatch, pl.exceptions.PanicException("index out of bounds"))
    assert re.match(NAMES.format("PanicException: index out of bounds"), said(capsys))


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space left on device", "/x/y"), "error: No space left on device: /x/y in step 0.filter.words"),
        (MemoryError(), "error: out of memory in step 0.filter.words: try --workers 1, or a smaller part with --limit"),
    ],
)
def test_what_the_machine_lacks(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, line: str
) -> None:
    """Is no bug: it is told as it is, and no file is written."""
    fail(monkeypatch, error)
    assert said(capsys) == line
    assert not (home / "cache" / "errors").exists()


def test_debugging(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`CURATE_DEBUG=1` raises what rose."""
    fail(monkeypatch, KeyError("x"))
    monkeypatch.setenv("CURATE_DEBUG", "1")
    with pytest.raises(KeyError):
        cli.main()


def test_a_folder_that_cannot_be_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file then lies in the system's temporary folder."""
    (home / "cache").mkdir()
    (home / "cache" / "errors").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(home / "tmp"))
    fail(monkeypatch, RuntimeError("x"))
    assert f"the traceback in {home / 'tmp'}" in said(capsys)
