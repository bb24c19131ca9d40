"""Explain: the story of one record, or of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from curate import manifest as manifests
from curate.hashing import hash64
from curate.manifest import Manifest
from curate.nearest import nearest
from curate.text import normalised


@dataclass(frozen=True)
class Story:
    """What is known of a record.

    Args:
        id: of the record; None for a row that was quarantined.
        fate: `kept`, `dropped` or `quarantined`.
        where: split and file for a kept one; the ledger's row for the others.
        steps: the steps that it came through or fell at, in order, each with what was measured.
        record: the finished columns of a kept one.
        excerpt: the start of the text of a dropped one, where the version keeps it.
        similarity: to the text that was asked for, where the record only resembles it.
    """

    id: str | None
    fate: str
    where: dict[str, Any]
    steps: list[str]
    record: dict[str, Any] | None = None
    excerpt: str | None = None
    similarity: float | None = None


def explain(folder: Path, record_id: str) -> list[Story]:
    """The stories of the records whose id begins with `record_id`: kept, dropped, and the copies that `repeat` made.

    Args:
        folder: a version.
        record_id: an id or the beginning of one, at least 4 characters.
    """
    manifest = manifests.read(folder)
    begins = pl.col("id").str.starts_with(record_id)
    ledger = pl.scan_parquet(folder / "ledger/drops.parquet").filter(begins).collect()
    return [*_kept(folder, manifest, begins), *(_gone(folder, manifest, row) for row in ledger.iter_rows(named=True))]


def explain_text(folder: Path, text: str) -> list[Story]:
    """The stories of the records whose prompt is this text, or whose prompt or output holds it.

    The ledger knows dropped prompts by their hash only, so a dropped record is found by its whole prompt; a row that
    never became a record, by any part of its excerpt.

    Args:
        folder: a version.
        text: compared in normal form (`curate.text.normalised`).
    """
    manifest = manifests.read(folder)
    wanted = pl.select(normalised(pl.lit(text))).item()
    if not wanted:
        return []
    # What `curate.text.prompt_key` makes of a record whose whole prompt the text is.
    hashed = pl.select(hash64(pl.lit(wanted)).cast(pl.String)).item()
    holds = pl.any_horizontal(
        normalised(_flat(name, kind)).str.contains(wanted, literal=True)
        for name, kind in manifest.columns.items()
        if name in _TEXTS
    )
    ledger = pl.scan_parquet(folder / "ledger/drops.parquet").filter(pl.col("prompt_hash") == hashed).collect()
    gone = [_gone(folder, manifest, row) for row in ledger.iter_rows(named=True)]
    return [*_kept(folder, manifest, holds), *gone, *_quarantined(folder, manifest, text)]


def explain_nearest(folder: Path, text: str, most: int = 5) -> list[Story]:
    """The stories of the records that are most like a text, the most similar first (`curate.nearest`).

    Args:
        folder: a version.
        text: any.
        most: how many records.
    """
    stories = []
    for near in nearest(folder, manifests.read(folder), text, most):
        found = explain(folder, near.id) if near.id else _quarantined(folder, manifests.read(folder), near.text)
        # Ids are told apart by their beginning, and copies stand beside their record: the first is the one.
        stories += [replace(story, similarity=near.similarity, excerpt=near.text) for story in found[:1]]
    return stories


def _quarantined(folder: Path, manifest: Manifest, text: str) -> list[Story]:
    """The stories of rows that never became records and whose excerpt, JSON text, holds this text."""
    path = folder / "ledger/excerpts.parquet"
    if not path.is_file():
        return []
    escaped = orjson.dumps(text).decode()[1:-1]
    holds = pl.col("text").str.contains(text, literal=True) | pl.col("text").str.contains(escaped, literal=True)
    excerpts = pl.scan_parquet(path).filter((pl.col("kind") == "quarantined") & holds).head(20).collect()
    ledger = pl.scan_parquet(folder / "ledger/drops.parquet").filter(pl.col("id").is_null()).collect()
    found = excerpts.select("stage", "file", "row", "text").join(ledger, on=["stage", "file", "row"], nulls_equal=True)
    return [_gone(folder, manifest, row, row["text"]) for row in found.iter_rows(named=True)]


_TEXTS = ("prompt", "completion", "text", "messages")


def _flat(name: str, kind: str) -> pl.Expr:
    if kind.startswith("List"):
        return pl.col(name).list.eval(pl.element().struct.field("content")).list.join("\n", ignore_nulls=True)
    return pl.col(name)


def _kept(folder: Path, manifest: Manifest, condition: pl.Expr) -> list[Story]:
    stories = []
    for split, info in manifest.splits.items():
        for name in info.files:
            found = pl.scan_parquet(folder / name).filter(condition).head(20).collect()
            noted = _notes(folder, found["id"])
            for record in found.iter_rows(named=True):
                steps = _path(manifest, record["source"], notes=noted.get(_plain(record["id"]), {}))
                where = {"split": split, "file": name, "source": record["source"], "task": record["task"]}
                stories.append(Story(record["id"], "kept", where, [*steps, f"in split {split!r}"], record))
    return stories


def _plain(record_id: str) -> str:
    """The id of the record that a copy is of: `repeat` calls the second one `<id>-2`."""
    return record_id.partition("-")[0]


def _notes(folder: Path, ids: pl.Series) -> dict[str, dict[str, list[str]]]:
    """What steps noted of kept records: by id, then by the step's label."""
    path = folder / "ledger/notes.parquet"
    if not path.is_file():
        return {}
    wanted = [_plain(one) for one in ids]
    found: dict[str, dict[str, list[str]]] = {}
    for row in pl.scan_parquet(path).filter(pl.col("id").is_in(wanted)).collect().iter_rows(named=True):
        found.setdefault(row["id"], {}).setdefault(row["stage"], []).append(f"{row['rule']}: {_evidence(row)}")
    return found


def _evidence(row: dict[str, Any]) -> str:
    """An overlap with an item of an evaluation set, in words."""
    return f"{row['reason']}, {row['limit']} ({row['value']!r}), {row['similarity']:.0%} of item {row['twin']}"


def _path(
    manifest: Manifest, source: str, until: str | None = None, notes: Mapping[str, Sequence[str]] = {}
) -> list[str]:
    """The labels of the steps that a record of this source comes through, up to one, and what they noted of it."""
    labels = []
    for stage in manifest.stages:
        if stage.label == until:
            break
        if source in stage.rows_in:
            labels.append(stage.label)
    said = {label: f", which noted {'; '.join(noted)}" for label, noted in notes.items()}
    return [f"came through {label}{said.get(label, '')}" for label in labels]


def _gone(folder: Path, manifest: Manifest, row: dict[str, Any], excerpt: str | None = None) -> Story:
    evidence = {key: value for key, value in row.items() if value is not None and key != "text"}
    fate = "dropped" if row["id"] else "quarantined"
    said = f"{fate} at {row['stage']} by {row['rule']}: {row['reason']}"
    overlaps = any(stage.label == row["stage"] and stage.name == "decontaminate" for stage in manifest.stages)
    if overlaps:
        said = f"{fate} at {row['stage']} by {row['rule']}: {_evidence(row)}"
    elif row["value"] is not None and row["limit"] is not None:
        said += f" (measured {row['value']}, allowed {row['limit']})"
    if row["twin"] is not None and not overlaps:
        how = "" if row["similarity"] is None else f" (similarity {row['similarity']:.3f})"
        said += f"; {row['twin']} stays instead{how}"
    if row["rank"] is not None and row["cutoff"] is not None:
        said += f"; its rank {row['rank']:.6f} is beyond the cut-off {row['cutoff']:.6f}"
    path = _path(manifest, row["source"], row["stage"]) if row["id"] else []
    return Story(row["id"], fate, evidence, [*path, said], excerpt=excerpt or _excerpt(folder, row))


def _excerpt(folder: Path, row: dict[str, Any]) -> str | None:
    path = folder / "ledger/excerpts.parquet"
    if row["id"] is None or not path.is_file():
        return None
    found = pl.scan_parquet(path).filter((pl.col("id") == row["id"]) & (pl.col("stage") == row["stage"])).collect()
    return found["text"][0] if found.height else None
