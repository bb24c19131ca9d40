"""A version says nothing of the machine that it was built on, but for `run.json`, which is no part of it."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from curate.build import Request, build
from curate.recipe import load
from support.build import make, write_data

STEPS = """
vars: {earlier: ./out, data: ./}
sources:
  qa: {adapter: files, path: "${vars.data}/qa/*.jsonl", columns: {instruction: q, output: a}, on_error: quarantine}
steps:
  - dedup: {against: ["${vars.earlier}/small/ID"]}
format: {columns: prompt_completion, template: plain}
"""


def test_no_place_is_in_a_version(tmp_path: Path) -> None:
    """Not in its texts, pictures and page, or its ledger; with inputs and an earlier version in it."""
    first = make(write_data(tmp_path), attach=True)
    other = tmp_path / "other.yaml"
    other.write_text(f"version: 1\nname: later\n{STEPS.replace('ID', first.manifest.version)}", encoding="utf-8")
    elsewhere = {"earlier": str(tmp_path / "out"), "data": str(tmp_path)}
    second = build(load(other, elsewhere, []), Request(out=tmp_path / "out", cache=tmp_path / "cache", workers=1))
    assert second.manifest.dropped
    for built in (first, second):
        looked = 0
        for file in sorted(built.path.rglob("*")):
            if file.is_dir() or file.name == "run.json":
                continue
            text = str(pl.read_parquet(file).to_dicts()) if file.suffix == ".parquet" else file.read_text("utf-8")
            assert str(tmp_path) not in text, file.name
            looked += 1
        assert looked > 8
