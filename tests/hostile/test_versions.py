"""Versions of strangers: what is not as the manifest says is told as that, and nothing outside the folder is read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner

from curate import cli
from curate.errors import CurateError
from hostile.conftest import harmful
from support.build import make, write_data

Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("version")
    write_data(folder)
    return make(folder / "recipe.yaml").path


def said(key: str, value: object) -> Change:
    """Write something into the manifest; the key is a path."""

    def change(folder: Path) -> None:
        manifest: dict[str, Any] = orjson.loads((folder / "manifest.json").read_bytes())
        *parts, last = key.split(".")
        target = manifest
        for part in parts:
            target = target[part]
        target[last] = value
        (folder / "manifest.json").write_bytes(orjson.dumps(manifest))

    return change


def put(name: str, data: bytes) -> Change:
    """Write a file."""
    return lambda folder: next(folder.glob(name)).write_bytes(data)


def table(name: str, **columns: pl.Expr) -> Change:
    """Change columns of a table."""

    def change(folder: Path) -> None:
        path = next(folder.glob(name))
        pl.read_parquet(path).with_columns(**columns).write_parquet(path)

    return change


def to_device(folder: Path) -> None:
    path = next(folder.glob("data/train*"))
    path.unlink()
    path.symlink_to("/dev/zero")


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (to, to, *[of] * 8)
    for of, to in zip(b"abcdefgh", b"bcdefghi", strict=True)
)
HOSTILE: dict[str, Change] = {
    "an absolute path": said("splits.train.files", ["/etc/passwd"]),
    "a path that leads out": said("splits.train.files", ["../../../../../../etc/passwd"]),
    "a pattern": said("splits.train.files", ["data/*"]),
    "a file that is not listed": said("splits.train.files", ["data/other.parquet"]),
    "a huge number": said("splits.train.rows", 10**18 * 7),
    "other types": said("stages", "none"),
    "keys of its own": said("\x1b]0;title\x07", "\u202e"),
    "escape sequences": said("name", "\x1b[2J\x9b31m\u202e<script>alert(1)</script>"),
    "no manifest but a list": put("manifest.json", b"[]"),
    "a deep manifest": put("manifest.json", b"[" * 100_000),
    "a long manifest": put("manifest.json", b'"' + b"x" * (65 << 20)),
    "another ledger": lambda folder: pl.DataFrame({"id": [1]}).write_parquet(folder / "ledger/drops.parquet"),
    "a ledger of other types": table("ledger/drops.parquet", stage=pl.lit(1), reason=pl.lit(b"\xff")),
    "an empty ledger": table("ledger/drops.parquet", stage=pl.lit(None), source=pl.lit(None)),
    "no ledger": put("ledger/drops.parquet", b"junk"),
    "data of other types": table("data/train*", prompt=pl.lit(3), references=pl.lit("x")),
    "other columns": lambda folder: pl.DataFrame({"x": [1]}).write_parquet(next(folder.glob("data/train*"))),
    "damaged data": put("data/train*", b"PAR1junkPAR1"),
    "data that is a device": to_device,
    "a lock with a tag": put("recipe.lock.yaml", b"lock_version: 1\nsources: !!python/object/apply:os.abort []\n"),
    "a lock with a bomb": put("recipe.lock.yaml", BOMB + b"lock_version: 1\nsources: *i\n"),
    "a deep lock": put("recipe.lock.yaml", b"[" * 20_000),
    "a link to itself": lambda folder: (folder / "circle").symlink_to(folder),
    "a pipe": lambda folder: os.mkfifo(folder / "pipe"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_every_command_tells_what_is_wrong(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    """Each ends well or in an error of curate's own, never in that of a library."""
    bad = tmp_path / "bad"
    shutil.copytree(good, bad)
    change(bad)
    monkeypatch.chdir(tmp_path)
    ends = set()
    for arguments in (
        ("verify", str(bad)),
        ("stats", str(bad)),
        ("head", str(bad)),
        ("explain", str(bad), "00ff00ff"),
        ("explain", str(bad), "--text", "Question 1-3?"),
        ("explain", str(bad), "--text", "what never was there"),
        ("diff", str(good), str(bad)),
    ):
        result = CliRunner().invoke(cli.app, arguments)
        assert result.exception is None or isinstance(result.exception, CurateError | SystemExit), arguments
        assert harmful(result.output) == set()
        ends.add(result.exit_code)
    assert 1 in ends
