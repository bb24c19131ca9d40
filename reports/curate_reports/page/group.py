"""Some records of each group of differences, to read: what was added, what went, and word by word what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from curate import manifest as manifests
from curate.diff import Diff, Group
from curate.manifest import Manifest
from curate_reports.cluster import DROPS
from curate_reports.page.twin import Words, compared
from curate_reports.rows import collect, layout, scan

# Records of a group, and groups whose records are shown.
SAMPLES = 5
GROUPS = 24
# Characters of one text, as many as the ledger's excerpts have, and of all of them together.
CUT = 1_000
ROOM = 160_000
# Characters in front of the first difference of two texts.
_LEAD = 160
_ID = 32  # hex digits; copies have `-2` and so on behind it
_Row = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A part of a record, in pieces, each with whether the other version lacks it; None where the version has none."""

    label: str
    old: Words | None
    new: Words | None


@dataclass(frozen=True)
class Record:
    """A record that differs.

    Args:
        id: in the later version, if it is there.
        source: of it.
        fate: where the version without it has it, as its ledger says; empty where it says nothing.
        fields: what to read of it.
    """

    id: str
    source: str
    fate: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Shown:
    """A group, with some of its records: those with the least ids, which are hashes."""

    group: Group
    records: tuple[Record, ...]


@dataclass(frozen=True)
class _Side:
    """What is looked up of one version: rows by id, reasons of drops by id."""

    parts: Sequence[str]
    rows: Mapping[str, _Row]
    fates: Mapping[str, str]


def groups(found: Diff, old: Path, new: Path, samples: int = SAMPLES) -> tuple[Shown, ...]:
    """All groups, the first of them with records.

    Args:
        found: what differs between the two.
        old: folder of the earlier version.
        new: folder of the later one.
        samples: records of each group, at most.
    """
    told = found.records.filter(pl.col("group") < GROUPS).sort("group", "id")
    told = told.filter(pl.int_range(pl.len()).over("group") < samples)
    wanted = told.select("group", "id", "source", pl.coalesce("old_id", "id").alias("before"))
    sides = _side(old, wanted["before"]), _side(new, wanted["id"])
    by_group: dict[int, list[Record]] = {}
    room = ROOM
    for place, name, source, before in wanted.iter_rows():
        group = found.groups[place]
        record = _record(group, source, (before, name), sides)
        room -= _weight(record)
        if room > 0:
            by_group.setdefault(place, []).append(record)
    return tuple(Shown(group, tuple(by_group.get(place, ()))) for place, group in enumerate(found.groups))


def _weight(record: Record) -> int:
    """Bytes of the texts of a record."""
    sides = [side for field in record.fields for side in (field.old, field.new) if side]
    return sum(len(text.encode()) for side in sides for _, text in side)


def _side(folder: Path, ids: pl.Series) -> _Side:
    manifest = manifests.read(folder)
    form, rows = layout(manifest), list[_Row]()
    for split, info in manifest.splits.items():
        if info.files and len(ids):
            chosen = scan(folder, info.files).filter(pl.col("id").is_in(ids.implode()))
            parts = {f"part {name}": text for name, text in form.parts.items()}
            frame = collect(chosen.with_columns(split=pl.lit(split), **parts), folder)
            rows += frame.iter_rows(named=True)
    return _Side(list(form.parts), {row["id"]: row for row in rows}, _fates(folder, manifest, ids))


def _fates(folder: Path, manifest: Manifest, ids: pl.Series) -> dict[str, str]:
    """Why records are not in a version, in the words of its ledger."""
    if not (folder / DROPS).is_file() or not len(ids):
        return {}
    drops = scan(folder, [DROPS]).filter(pl.col("id").is_in(ids.str.head(_ID).implode()))
    known = {stage.label for stage in manifest.stages}
    told: dict[str, str] = {}
    columns = ("id", "stage", "reason", "value", "limit")
    for name, stage, reason, value, limit in collect(drops.select(columns), folder).sort("id").iter_rows():
        measured = f" ({value}, limit {limit})" if value and limit else f" ({value})" if value else ""
        told[name] = f"{stage}: {reason}{measured}" if stage in known else f"{stage}: {reason}"
    return told


def _record(group: Group, source: str, ids: tuple[str, str], sides: tuple[_Side, _Side]) -> Record:
    before, after = (side.rows.get(name) for side, name in zip(sides, ids, strict=True))
    if group.kind == "added":
        return Record(ids[1], source, sides[0].fates.get(ids[0][:_ID], ""), _alone(after, sides[1], new=True))
    if group.kind == "removed":
        return Record(ids[0], source, sides[1].fates.get(ids[1][:_ID], ""), _alone(before, sides[0], new=False))
    if before is None or after is None:
        return Record(ids[1], source, "", ())
    return Record(ids[1], source, "", tuple(_changed(group, (before, after), sides)))


def _alone(row: _Row | None, side: _Side, *, new: bool) -> tuple[Field, ...]:
    """What only one version has."""
    if row is None:
        return ()
    texts = [(name, _cut(row[f"part {name}"])) for name in side.parts]
    pieces: list[tuple[str, Words]] = [(name, ((False, text),)) for name, text in texts]
    return tuple(Field(name, None if new else said, said if new else None) for name, said in pieces)


def _changed(group: Group, rows: tuple[_Row, _Row], sides: tuple[_Side, _Side]) -> list[Field]:
    """The texts that differ word by word, the other columns that differ as they are; where no text does, the texts."""
    parts = [name for name in sides[1].parts if name in sides[0].parts]
    texts = [(name, *(row[f"part {name}"] for row in rows)) for name in parts]
    found = [Field(name, *compared(*_near(one, other))) for name, one, other in texts if one != other]
    hidden = {"id", "messages", *parts}
    for column in (name for name in group.what if name not in hidden):
        one, other = (_plain(row.get(column)) for row in rows)
        found.append(Field(column, ((True, one),), ((True, other),)))
    if not any(field.label in parts for field in found):
        found += [Field(name, None, ((False, _cut(text)),)) for name, _, text in texts]
    return found


def _near(one: str, other: str) -> tuple[str, str]:
    """Two texts from a little before their first difference on."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    start = max(same - _LEAD, 0)
    start += sum(1 for _ in takewhile(str.isalnum, one[start:same])) if start else 0  # not within a word
    return _cut(one, start), _cut(other, start)


def _cut(text: str, start: int = 0) -> str:
    """At most CUT characters of a text, with an ellipsis where something is left out."""
    end = start + CUT
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"


def _plain(value: object) -> str:
    """A value of any column as text."""
    if value is None:
        return "(null)"
    return _cut(value if isinstance(value, str) else orjson.dumps(value, default=str).decode())
