"""A token set is read as its layout says, and what is wrong with its folder is told."""

from __future__ import annotations

from pathlib import Path

import orjson
import polars as pl
import pytest

from curate.errors import VersionError
from curate.tokenset import read
from curate.tokenset.layout import BINS, NAME, ROWS
from curate.version import digests

ROW = {"id": "a", "source": "s", "task": None, "input_ids": [1, 2, 3], "labels": [-100, 2, 3]}
ABOUT = {"length": 3, "trained": 2, "bin": 0, "slot": 0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pl.DataFrame([ROW | ABOUT], schema=ROWS).write_parquet(tmp_path / "train.parquet")
    bins = pl.DataFrame([{"bin": 0, "start": 0, "rows": 1, "tokens": 3, "trained": 2}], schema=BINS)
    bins.write_parquet(tmp_path / "train.bins.parquet")
    files = digests(tmp_path, ["train.parquet", "train.bins.parquet"])
    counts = {"rows": 1, "tokens": 3, "trained_tokens": 2, "dropped_over_length": 0, "dropped_other": 0}
    manifest = {
        "format": 1,
        "digest": "0" * 16,
        "dataset": {"name": "small", "version": "1" * 16},
        "rows_digest": "2" * 32,
        "tokenizer": {"name": "tiny", "revision": None, "digest": "3", "vocab_size": 9},
        "template": {"name": "plain", "digest": "4", "text": None, "settings": {}},
        "seq_len": 4,
        "eos_id": 3,
        "bos_id": None,
        "pad_id": 0,
        "pad_is_eos": False,
        "settings": {},
        "splits": {"train": counts | {"bins": 1, "efficiency": 0.75, "longest": 3}},
        "sources": [],
        "tasks": [{"split": "train", "source": "s", "task": None, **counts}],
        "warnings": [],
        "files": {name: info.model_dump() for name, info in files.items()},
        "tool": {},
    }
    (tmp_path / NAME).write_bytes(orjson.dumps(manifest))
    return tmp_path


def test_gives_rows_and_bins_in_their_types(folder: Path) -> None:
    found = read(folder)
    assert dict(found.split("train").schema) == ROWS
    assert dict(found.bins("train").schema) == BINS
    assert found.split("train").row(0, named=True) == ROW | ABOUT
    assert found.manifest.splits["train"].efficiency == 0.75
    assert found.verify() == []


def test_names_the_splits_that_there_are(folder: Path) -> None:
    with pytest.raises(VersionError, match=r"no split 'eval'.*there are: train"):
        read(folder).split("eval")


def test_tells_changed_and_missing_files(folder: Path) -> None:
    (folder / "train.bins.parquet").unlink()
    with (folder / "train.parquet").open("ab") as file:
        file.write(b"x")
    faults = read(folder).verify()
    assert len(faults) == 2
    assert "train.parquet has sha256" in faults[0]
    assert faults[1] == "train.bins.parquet is missing"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is not a token set: manifest.json cannot be read"),
        (b"{", "is damaged"),
        (b'{"schema_version": 1}', "has format None, this curate reads 1"),
        (b'{"format": 1}', "is damaged"),
    ],
)
def test_refuses_what_is_no_token_set(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / NAME).write_bytes(content)
    with pytest.raises(VersionError, match=message):
        read(tmp_path)
