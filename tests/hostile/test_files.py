"""Hostile files in one build: every fault in the ledger with file and row, every good row taken, no harm done."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from hostile.conftest import Curate
from hostile.zoo import GOOD, MIB, Hostile, all_of_it
from support.limited import Ended

RECIPE = """\
version: 1
name: zoo
sources:
  zoo: {adapter: alpaca, path: "zoo/**/*", on_error: MODE}
format: {columns: prompt_completion, template: plain}
"""
Zoo = tuple[Path, list[Hostile], Ended]


def recipe(folder: Path, mode: str = "quarantine") -> str:
    (folder / "zoo.yaml").write_text(RECIPE.replace("MODE", mode), encoding="utf-8")
    return "zoo.yaml"


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory, curate_in: Curate) -> Zoo:
    """All hostile files, built together; two links lead from the folder into itself."""
    folder = tmp_path_factory.mktemp("hostile")
    files = all_of_it()
    (folder / "zoo" / "inner").mkdir(parents=True)
    for file in files:
        (folder / "zoo" / os.fsdecode(file.name)).write_bytes(file.data)
    (folder / "zoo" / "circle").symlink_to(folder / "zoo")
    (folder / "zoo" / "inner" / "back").symlink_to(folder / "zoo")
    return folder, files, curate_in(folder, "build", recipe(folder))


def test_every_fault_is_in_the_ledger_with_its_file_and_row(zoo: Zoo) -> None:
    folder, files, ended = zoo
    assert ended.code == 0, ended.err
    (path,) = (folder / "datasets" / "zoo").glob("*/ledger/drops.parquet")
    found = {(row["file"], row["row"]): row["reason"] for row in pl.read_parquet(path).iter_rows(named=True)}
    for file in files:
        name = "zoo/" + file.name.decode(errors="backslashreplace")
        for row, reason in file.faults:
            assert reason in found.pop((name, row))
    assert found == {}


def test_every_good_row_is_in_the_dataset(zoo: Zoo) -> None:
    folder, files, _ = zoo
    (path,) = (folder / "datasets" / "zoo").glob("*/data/train*.parquet")
    assert pl.read_parquet(path).height == sum(file.good for file in files)


def test_time_and_memory_are_bounded(zoo: Zoo) -> None:
    """Some 100 gigabytes, unpacked; a document is held whole up to a gigabyte, and two are read at a time."""
    _, files, ended = zoo
    assert sum(len(file.data) for file in files) < 200 * MIB
    assert ended.peak < 3 << 30
    assert ended.seconds < 60


def test_without_quarantine_the_build_fails_and_names_the_first(zoo: Zoo, curate_in: Curate) -> None:
    ended = curate_in(zoo[0], "build", recipe(zoo[0], "fail"))
    assert ended.code == 1
    assert ended.err.startswith(b"error: source 'zoo': ")
    assert b"say `on_error: quarantine`" in ended.err


def test_a_line_of_200_megabytes_costs_its_row_only(tmp_path: Path, curate_in: Curate) -> None:
    (tmp_path / "zoo").mkdir()
    with (tmp_path / "zoo" / "a.jsonl").open("wb") as file:
        file.write(GOOD + b'\n{"instruction": "')
        file.seek(200 * MIB)
        file.write(b'"}\n' + GOOD + b"\n")
    ended = curate_in(tmp_path, "build", recipe(tmp_path), "--json")
    assert ended.code == 0
    assert b'"quarantined":1' in ended.out
    assert b'"rows_out":2' in ended.out
    assert ended.peak < 700 * MIB


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (os.mkfifo, b"is a named pipe, no file"),
        (lambda path: path.symlink_to("/dev/zero"), b"is a device, no file"),
        (lambda path: path.symlink_to(path), b"is a link that leads nowhere, no file"),
        (lambda path: path.symlink_to("gone.json"), b"is a link that leads nowhere, no file"),
    ],
    ids=["pipe", "device", "link to itself", "dead link"],
)
def test_what_is_no_file_is_refused_by_name(tmp_path: Path, curate_in: Curate, make: object, says: bytes) -> None:
    """Reading it may never end; leaving it out may lose what should be behind it."""
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo" / "good.jsonl").write_bytes(GOOD)
    make(tmp_path / "zoo" / "odd.json")  # type: ignore[operator]
    ended = curate_in(tmp_path, "build", recipe(tmp_path))
    assert ended.code == 1
    assert b"odd.json " + says in ended.err
    assert curate_in(tmp_path, "init", "zoo", "-o", "other.yaml").code == 1
