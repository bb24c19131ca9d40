"""A dataset version of forty records, written by hand: every number that a report shows can be counted here.

source   in   quarantined   dropped   out
tasks    30             -         6    24    task `translate` 20, task `other` 4
chats    20             -         4    16    no task
lost    100             1        99     0
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from curate import manifest as manifests
from curate.version import digests

FRENCH = "Translate the following sentence into French: "
Build = Callable[..., Path]
Row = dict[str, Any]


def record(number: int) -> Row:
    """Record `number` of 0-39: the first 24 are of `tasks`, 20 of them translations, of which 14 say so."""
    asked = f"{FRENCH}number {number}" if number < 14 else f"Question {number:02} is about something else, is it not?"
    if number < 10:
        answer = "yes"
    elif number < 12:
        answer = ["", " \n"][number - 10]
    else:
        answer = " ".join(["word", "and", f"n{number}"] if number < 39 else ["word"] * 20)
    return {
        "prompt": f"### Instruction:\n{asked}\n\n### Response:\n",
        "completion": answer,
        "id": f"{number:032x}",
        "source": "tasks" if number < 24 else "chats",
        "task": "translate" if number < 20 else "other" if number < 24 else None,
        "group": None,
        "license": "apache-2.0" if number < 24 else "mit",
        "origin": "human" if number < 24 else "model",
        "references": [answer],
        "meta": None,
    }


def drops() -> list[Row]:
    """One quarantined row; six duplicates of record 0 and twelve of record 30."""
    found = [{"source": "lost", "stage": "lost.ingest", "rule": "quarantine", "reason": "not an object"}]
    found += [_duplicate("tasks", 0, 0.8 + 0.05 * place) for place in range(5)]
    found += [_duplicate("lost", 0, 0.9)]
    return found + [_duplicate(source, 30, 1.0) for source, times in (("lost", 8), ("chats", 4)) for _ in range(times)]


def _duplicate(source: str, twin: int, similarity: float) -> Row:
    why = {"stage": "1.dedup", "rule": "near", "reason": "duplicate"}
    return {"source": source, **why, "twin": f"{twin:032x}", "similarity": similarity}


_NUMBERS = dict.fromkeys(("similarity", "rank", "cutoff"), pl.Float64)
_TEXTS = ("id", "source", "task", "stage", "rule", "reason", "value", "limit", "twin", "file", "prompt_hash")
_LEDGER = {**dict.fromkeys(_TEXTS, pl.String), **_NUMBERS, "row": pl.Int64, "characters": pl.Int64}
_EXCERPT = {**dict.fromkeys(("id", "source", "stage", "kind", "file", "text"), pl.String), "row": pl.Int64}


def manifest() -> Row:
    """What the manifest of that version says."""
    return {
        "schema_version": manifests.SCHEMA_VERSION,
        "name": "small",
        "version": "00000000000000aa",
        "description": "Forty records",
        "license": None,
        "fingerprint": "0" * 32,
        "columns": {name: "List(String)" if name == "references" else "String" for name in record(0)},
        "rows_in": 150,
        "rows_out": 40,
        "dropped": 109,
        "quarantined": 1,
        "repeated": 0,
        "splits": {
            "train": {"rows": 30, "bytes": 1, "files": ["data/train-00000-of-00001.parquet"]},
            "test": {"rows": 10, "bytes": 1, "files": ["data/test-00000-of-00001.parquet"]},
        },
        "sources": {
            "tasks": _source("apache-2.0", "human", 30, 0, 6, 24),
            "chats": _source("mit", "model", 20, 0, 4, 16),
            "lost": _source("unknown", "unknown", 100, 1, 99, 0),
        },
        "stages": [
            _stage(
                "0.filter.words",
                {"tasks": 30, "chats": 20, "lost": 99},
                {"tasks": {"words: too long": 1}, "lost": {"words: too long": 80, "words: too short": 10}},
            ),
            _stage(
                "1.dedup",
                {"tasks": 29, "chats": 20, "lost": 9},
                {"tasks": {"near: duplicate": 5}, "chats": {"near: duplicate": 4}, "lost": {"near: duplicate": 9}},
            ),
            _stage("split", {"tasks": 24, "chats": 16}, {}),
        ],
        "terms": [
            {"source": "tasks", "split": "train", "license": "apache-2.0", "origin": "human", "rows": 20},
            {"source": "tasks", "split": "test", "license": "apache-2.0", "origin": "human", "rows": 4},
            {"source": "chats", "split": "train", "license": "mit", "origin": "model", "rows": 10},
            {"source": "chats", "split": "test", "license": "mit", "origin": "model", "rows": 6},
        ],
        "expectations": [{"what": "rows.min", "limit": "30", "value": "40", "ok": True}],
        "inputs": [],
        "warnings": ["source 'lost': 1 of 100 rows were quarantined"],
        "recipe": "0" * 32,
        "seed": 7,
        "files": {},
        "tool": {"curate": "0.0.0"},
    }


def _source(licence: str, origin: str, *counts: int) -> Row:
    named = zip(("rows_in", "quarantined", "dropped", "rows_out"), counts, strict=True)
    about = {"adapter": "files", "title": "", "url": "", "license": licence, "origin": origin}
    return {**about, **dict(named), "repeated": 0}


def _stage(label: str, rows_in: dict[str, int], dropped: dict[str, dict[str, int]]) -> Row:
    name = label.partition(".")[2] or label
    return {"label": label, "name": name, "settings": {}, "rows_in": rows_in, "dropped": dropped, "counts": {}}


@pytest.fixture
def rows() -> list[Row]:
    """The forty records, to be changed."""
    return [record(number) for number in range(40)]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Writes the version, with changes: of the manifest's keys, of the records, of the ledger, of the excerpts."""

    def write(
        records: list[Row] | None = None,
        ledger: list[Row] | None = None,
        excerpts: dict[str, str] | None = None,
        **changes: Any,
    ) -> Path:
        folder = tmp_path / "small"
        for part in ("data", "ledger"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        told = {**manifest(), **changes}
        rows = [record(number) for number in range(40)] if records is None else records
        frame = pl.DataFrame(rows, infer_schema_length=None)
        cut = 30
        names = [name for info in told["splits"].values() for name in info["files"]]
        for info, part in zip(told["splits"].values(), (frame[:cut], frame[cut:]), strict=False):
            for name in info["files"]:
                part.write_parquet(folder / name)
        told["files"] = {name: info.model_dump() for name, info in digests(folder, names).items()}
        pl.DataFrame(drops() if ledger is None else ledger, schema=_LEDGER).write_parquet(
            folder / "ledger/drops.parquet"
        )
        texts = {f"{30:032x}": "The text of record thirty"} if excerpts is None else excerpts
        about = {"source": "tasks", "stage": "1.dedup", "kind": "twin", "file": "a.json", "row": 1}
        kept = [{"id": name, "text": text, **about} for name, text in texts.items()]
        pl.DataFrame(kept, schema=_EXCERPT).write_parquet(folder / "ledger/excerpts.parquet")
        (folder / "manifest.json").write_bytes(orjson.dumps(told))
        return folder

    return write
