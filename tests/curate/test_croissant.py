"""croissant.json: read by its own reference reader, records and all, from the version's folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import polars as pl
import pytest

from support.build import make, write_data

_READ = """
import sys
import mlcroissant, orjson
found = mlcroissant.Dataset(sys.argv[1])
told = {one.uuid: [row for row in found.records(one.uuid)] for one in found.metadata.record_sets}
said = {
    "errors": list(found.metadata.ctx.issues.errors),
    "warnings": sorted(found.metadata.ctx.issues.warnings),
    "limitations": found.metadata.data_limitations,
    "records": {name: [{key: repr(one) for key, one in row.items()} for row in rows] for name, rows in told.items()},
}
sys.stdout.buffer.write(orjson.dumps(said))
"""


@pytest.mark.slow
def test_the_reference_reader_loads_the_file_and_its_records(tmp_path: Path) -> None:
    """No error, no warning but for what a build cannot know (a date, a citation); rows as they are in `data/`."""
    built = make(write_data(tmp_path), "format={columns: messages}", out=tmp_path / "out")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _READ, "croissant.json"],
        cwd=built.path,
        capture_output=True,
        check=False,
    )
    assert not done.returncode, done.stderr.decode()
    said = orjson.loads(done.stdout)
    assert said["errors"] == []
    assert all("citeAs" in one or "datePublished" in one for one in said["warnings"])
    assert {name: len(rows) for name, rows in said["records"].items()} == {
        name: info.rows for name, info in built.manifest.splits.items()
    }
    held = {row["id"]: row for row in pl.read_parquet(sorted(built.path.glob("data/train-*"))).to_dicts()}
    for row in said["records"]["train"]:
        one = held[row["train/id"].removeprefix("b'").removesuffix("'")]
        told = [{f"train/messages/{key}": value.encode() for key, value in turn.items()} for turn in one["messages"]]
        assert row["train/messages"] == repr(told)
    assert any("evaluation sets" in one for one in said["limitations"])


def test_the_file_is_listed_and_says_nothing_of_time_or_place(tmp_path: Path) -> None:
    """It is among the version's files, the same for the same rows elsewhere, and names each data file by digest."""
    here = make(write_data(tmp_path / "a"), out=tmp_path / "a" / "out")
    there = make(write_data(tmp_path / "b"), out=tmp_path / "b" / "out")
    text = (here.path / "croissant.json").read_bytes()
    assert text == (there.path / "croissant.json").read_bytes()
    assert "croissant.json" in here.manifest.files
    found = {one["@id"]: one["sha256"] for one in orjson.loads(text)["distribution"]}
    assert found == {name: info.sha256 for name, info in here.manifest.files.items() if name.startswith("data/")}
