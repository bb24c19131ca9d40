"""The records to read: a hashed sample of those in the dataset, and the excerpts that the ledger keeps of the others.

They become one JSON document in the page. Its size is bounded: texts are cut, and where they still are too many bytes,
records are left out from the end of the sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from curate.hashing import rank64
from curate.manifest import Manifest
from curate_reports.cluster import DROPS, EXCERPTS
from curate_reports.reading import Reading
from curate_reports.rows import RANK, collect, scan

SAMPLES = 200
# Characters of one field.
CUT = 2_000
# Bytes of all records together, so that a page of any version stays under a megabyte.
ROOM = 560_000
# Records of each source that are shown, however small it is.
_OF_EACH = 3
_TEXTS = ("prompt", "completion", "text")
_Record = dict[str, Any]


def chosen(narrow: pl.DataFrame, samples: int) -> pl.Series:
    """The ranks of the kept records to show: the first of all in hashed order, and the first of each source."""
    ranks = narrow.select("source", RANK).sort(RANK)
    own = ranks.group_by("source", maintain_order=True).head(_OF_EACH if samples else 0)
    return pl.concat([ranks[RANK].head(samples), own[RANK]]).unique()


def records(reading: Reading, samples: int) -> tuple[list[_Record], int]:
    """What is shown, and how many records of the sample had to be left out.

    Args:
        reading: with the texts that `chosen` asks for, all columns.
        samples: kept records, and as many dropped ones.
    """
    ranks = chosen(reading.narrow, samples)
    kept = reading.texts.filter(pl.col(RANK).is_in(ranks.implode())).sort(RANK, "id")
    ours = [_kept(row) for row in kept.iter_rows(named=True)]
    gone = _gone(reading.folder, reading.manifest, samples)
    mixed = [one for pair in _paired(ours, gone) for one in pair]
    fitting, used = [], 0
    for one in mixed:
        used += len(orjson.dumps(one)) + 1
        if used > ROOM:
            break
        fitting.append(one)
    return fitting, len(mixed) - len(fitting)


def _paired(kept: Sequence[_Record], gone: Sequence[_Record]) -> list[list[_Record]]:
    """Kept and dropped in turn, so that a cut at the end takes from both."""
    longest = max(len(kept), len(gone))
    return [[*kept[place : place + 1], *gone[place : place + 1]] for place in range(longest)]


def _kept(row: _Record) -> _Record:
    fields = _fields(row)
    scores = {name: value for name, value in row.items() if name.startswith("score_") and value is not None}
    said = {name: row.get(name) for name in ("license", "origin", "split")} | scores
    return _record(row, "kept", fields) | {"about": {name: _plain(value) for name, value in said.items() if value}}


def _record(row: _Record, outcome: str, fields: Sequence[tuple[str, str]]) -> _Record:
    length = sum(len(text) for _, text in fields)
    cut = [[label, text[:CUT], len(text) - CUT] if len(text) > CUT else [label, text] for label, text in fields]
    return {
        "id": row["id"] or "",
        "source": row["source"],
        "task": row.get("task") or "",
        "outcome": outcome,
        "length": length,
        "fields": cut,
    }


def _fields(row: _Record) -> list[tuple[str, str]]:
    """Label and text of each part of a kept record."""
    if "messages" not in row:
        return [(name, row[name] or "") for name in _TEXTS if name in row]
    found = []
    for turn in row["messages"] or []:
        label = f"{turn['role']} {turn['name']}" if turn.get("name") else turn["role"]
        text = "\n".join(one for one in (turn["content"], turn.get("tool_calls")) if one)
        found.append((label, text))
    if row.get("tools"):
        found.insert(0, ("tools", row["tools"]))
    return found


def _plain(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _gone(folder: Path, manifest: Manifest, samples: int) -> list[_Record]:
    """Excerpts of dropped and quarantined rows with their evidence: by turns of every step and source."""
    if not samples or not (folder / EXCERPTS).is_file() or not (folder / DROPS).is_file():
        return []
    texts = collect(scan(folder, [EXCERPTS]).filter(pl.col("kind") != "twin"), folder)
    places = {stage.label: place for place, stage in enumerate(manifest.stages)}
    order = pl.col("stage").replace_strict(places, default=-1, return_dtype=pl.Int64)
    keyed = texts.with_columns(rank64(manifest.seed, "stats").alias(RANK), order.alias("place")).sort(
        "place", "stage", "source", RANK, "file", "row", nulls_last=True
    )
    turned = keyed.with_columns(pl.int_range(pl.len()).over("stage", "source").alias("turn"))
    taken = turned.sort("turn", "place", "source", maintain_order=True).head(samples)
    told = ["reason", "rule", "value", "limit", "twin", "similarity", "rank", "cutoff"]
    drops = scan(folder, [DROPS])
    evidence = ["task", *(name for name in told if name in drops.collect_schema())]
    keys = ["id", "stage", "source", "file", "row"]
    drops = drops.join(taken.lazy().select(keys), on=keys, how="semi", nulls_equal=True)
    found = collect(drops.select(*keys, *evidence), folder).unique(keys, keep="first", maintain_order=True)
    joined = taken.join(found, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return [_dropped(row, told) for row in joined.iter_rows(named=True)]


def _dropped(row: _Record, told: Sequence[str]) -> _Record:
    about = {name: _plain(row[name]) for name in told if row.get(name) not in {None, ""}}
    where = {} if row["id"] else {"file": f"{Path(row['file'] or '').name} row {row['row']}"}
    outcome = "quarantined" if row["kind"] == "quarantined" else "dropped"
    shown = _record(row, outcome, [("excerpt", row["text"] or "")])
    return shown | {"step": row["stage"], "reason": row.get("reason") or "", "about": {**about, **where}}
