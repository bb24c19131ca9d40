"""Versions: whole or not there, found by name and by the beginning of their id."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import CurateError, VersionError
from curate.version import check_files, commit, file_info, find, point, staging, versions, writing

A, B, C = "aa00000000000000", "aa11111111111111", "bb00000000000000"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """`out/set` with three finished versions, an unfinished one and strangers."""
    home = tmp_path / "out" / "set"
    for version in (A, B, C):
        with staging(home) as folder:
            (folder / "data").mkdir()
            (folder / "data" / "x").write_text(version, encoding="utf-8")
            (folder / "manifest.json").write_text("{}", encoding="utf-8")
            assert commit(folder, home, version) == home / version
    (home / ("c" * 16)).mkdir()
    (home / "notes").mkdir()
    return home


def test_commit(home: Path) -> None:
    """A committed folder is the version, `latest` names it, and no staging folder is left."""
    assert sorted(path.name for path in home.iterdir()) == sorted([A, B, C, "c" * 16, "notes", "latest"])
    assert (home / "latest").read_text(encoding="utf-8") == f"{C}\n"
    assert versions(home) == [A, B, C]
    assert versions(home / "nowhere") == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_staging_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    """Whatever goes wrong while a version is put together, nothing of it stays, and the error is told as it is."""

    def put_together() -> None:
        with staging(tmp_path / "set") as folder:
            (folder / "data").mkdir()
            (folder / "data" / "x").write_text("x", encoding="utf-8")
            raise error

    with pytest.raises(error):
        put_together()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(tmp_path: Path) -> None:
    """An error of the system is told with the folder, and that nothing was published."""
    with pytest.raises(CurateError, match="No space left.*nothing was published"), writing(tmp_path / "set"):
        raise OSError(28, "No space left on device")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CurateError, match="choose another folder with --out"), staging(tmp_path / "file"):
        pass


def test_find(home: Path) -> None:
    """A folder, a name (its latest), a home, and a prefix that fits one."""
    out = home.parent
    assert find(str(home / A)) == home / A
    assert find("set", out) == home / C
    assert find(str(home), out) == home / C
    assert find("set@aa0", out) == home / A
    assert find(f"set@{B}", out) == home / B
    point(home, A)
    assert find("set", out) == home / A


def test_what_cannot_be_found(home: Path) -> None:
    """Each fault says what there is."""
    out = home.parent
    with pytest.raises(VersionError, match=rf"2 versions of 'set' .* begin with 'aa' \(there are: {A}, {B}, {C}\)"):
        find("set@aa", out)
    with pytest.raises(VersionError, match="no version of 'set'"):
        find("set@dd", out)
    with pytest.raises(VersionError, match="neither a version folder nor a dataset"):
        find("sett", out)
    with pytest.raises(VersionError, match="neither"):
        find(str(home / ("c" * 16)), out)
    (home / "latest").write_text("dd\n", encoding="utf-8")
    with pytest.raises(VersionError, match=f"names no version; say which: set@{A}"):
        find("set", out)
    (home / "latest").unlink()
    with pytest.raises(VersionError, match="names no version"):
        find("set", out)


def test_check_files_needs_no_other_module(home: Path) -> None:
    """Size and digest of a file."""
    assert file_info(home / A / "data" / "x").bytes == 16
    assert file_info(home / A / "data" / "x") != file_info(home / B / "data" / "x")
    assert callable(check_files)
