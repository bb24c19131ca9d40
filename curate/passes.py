"""How a stage runs over units: the two passes behind every step of a recipe.

A record stage is one map. A global stage is a map that makes narrow keys, a decision on the keys alone, and the
decision handed
back to the units. Both leave their result under a digest of stage and input, so a stage that has run does not run
again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
import xxhash

from curate.cache import Cache, Entry
from curate.engine import Engine
from curate.errors import AccountingError
from curate.hashing import digest
from curate.room import Room
from curate.stage import DROP, Desk, GlobalStage, Outcome, RecordStage, Stage
from curate.unit import Drops, Unit, load

# Bytes of a drop while its twin is named and all drops are sorted: 1.8 million drops of a sample took 530 MB.
_DROPPED = 300

# What begins the names of a decision's parts that are tables for the version, not for the units.
_TABLE = "table-"


@dataclass(frozen=True)
class Tally:
    """What one stage did.

    Args:
        label: the step's place and name.
        name: the stage's name.
        rows_in: arriving rows by source.
        dropped: dropped rows by source, then by "rule: reason".
        counts: other numbers that the stage gave.
        cached: how many of its pieces were there already, and
        pieces: how many there are.
        tables: files of what a global stage has the version keep beside the data, by name.
    """

    label: str
    name: str
    rows_in: Mapping[str, int]
    dropped: Mapping[str, Mapping[str, int]]
    counts: Mapping[str, int] = field(default_factory=dict)
    cached: int = 0
    pieces: int = 0
    tables: Mapping[str, Path] = field(default_factory=dict)

    @property
    def total_dropped(self) -> int:
        """Over all sources and rules."""
        return sum(self.dropped_of(source) for source in self.dropped)

    def dropped_of(self, source: str) -> int:
        """Of one source, over all rules."""
        return sum(self.dropped.get(source, {}).values())


@dataclass(frozen=True)
class _Piece:
    """One unit's result: what a task sends back."""

    unit: Unit
    facts: Mapping[str, Any]
    cached: bool


def run(stage: Stage, units: Sequence[Unit], engine: Engine, cache: Cache) -> tuple[list[Unit], Tally]:
    """Run one stage.

    Args:
        stage: what to run.
        units: its input.
        engine: where.
        cache: holds results, and keeps those of earlier builds.

    Returns:
        The units after the stage, in the same order, and what it did.

    Raises:
        AccountingError: rows in are not rows out and drops together.
    """
    if isinstance(stage, RecordStage):
        pieces = engine.map(stage.place.label, units, _apply, stage, cache)
        counts, tables = Counter[str](), {}
    elif isinstance(stage, GlobalStage):
        decision, was_there = _decision(stage, units, engine, cache)
        pieces = _hand_back(stage, decision, units, cache, cached=was_there)
        counts = Counter(decision.facts["counts"])
        tables = {part.removeprefix(_TABLE): path for part, path in decision.parts.items() if part.startswith(_TABLE)}
    else:
        raise TypeError(f"{type(stage).__name__} is neither a RecordStage nor a GlobalStage")
    tally = replace(_tally(stage, units, pieces, counts), tables=tables)
    return [piece.unit for piece in pieces], tally


def _tally(stage: Stage, units: Sequence[Unit], pieces: Sequence[_Piece], counts: Counter[str]) -> Tally:
    rows_in: Counter[str] = Counter()
    dropped: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for before, piece in zip(units, pieces, strict=True):
        rows_in[before.source] += before.alive
        dropped[before.source].update(piece.facts["dropped"])
        counts.update(piece.facts["counts"])
        lost = sum(piece.facts["dropped"].values())
        if before.alive != piece.unit.alive + lost:
            raise AccountingError(
                f"{stage.place.label}: {before.alive} rows of source {before.source!r} came in, "
                f"{piece.unit.alive} went out, "
                f"{lost} were dropped; please report this"
            )
    cached = sum(piece.cached for piece in pieces)
    return Tally(stage.place.label, stage.name, rows_in, dropped, counts, cached, len(pieces))


def _apply(unit: Unit, stage: RecordStage, cache: Cache) -> _Piece:
    """Run a record stage on one unit."""
    key = digest([stage.key(), _luck(stage), unit.key])
    entry = cache.find(key)
    if entry is not None:
        return _piece(unit, stage, entry, cached=True)
    frame = load(unit, stage.reads)
    return _piece(unit, stage, _store(stage, cache, key, stage.apply(frame), frame["at"]), cached=False)


def _luck(stage: RecordStage) -> list[Any]:
    """A record stage that uses hashed ranks depends on the seed and on its label."""
    return [stage.place.seed, stage.place.label] if stage.random else []


def _store(stage: Stage, cache: Cache, key: str, outcome: Outcome, places: pl.Series) -> Entry:
    """Put an outcome into the cache: drops in canonical columns, columns as they are, numbers as facts.

    Args:
        stage: what gave the outcome, for messages.
        cache: where to.
        key: under which key.
        outcome: what the stage said.
        places: `at` of the rows that it may speak of: those that are alive.
    """
    parts: dict[str, pl.DataFrame] = {}
    dropped: dict[str, int] = {}
    state = xxhash.xxh3_128()
    if outcome.drops is not None and outcome.drops.height:
        frame = _canonical(stage, outcome.drops)
        _known(stage, frame["at"], places)
        parts["drops"] = frame
        grouped = frame.group_by(pl.concat_str(["rule", pl.lit(": "), "reason"]).alias("why")).len().sort("why")
        dropped = {why or "": rows for why, rows in grouped.iter_rows()}
        state.update(frame["at"].to_numpy().tobytes())
    if outcome.columns is not None and outcome.columns.height:
        _known(stage, outcome.columns["at"], places)
        parts["columns"] = outcome.columns.sort("at")
        # The key of the entry stands for the text: the same stage on the same input gives the same columns.
        state.update(key.encode())
    if outcome.notes is not None and outcome.notes.height:
        _given(stage, outcome.notes["at"], places)
        parts["notes"] = _canonical(stage, outcome.notes)
    facts = {
        "dropped": dropped,
        "counts": dict(outcome.counts),
        "state": state.hexdigest() if {"drops", "columns"} & parts.keys() else "",
    }
    return cache.write(key, parts, facts, stage.name)


def _canonical(stage: Stage, drops: pl.DataFrame) -> pl.DataFrame:
    """All columns of DROP, in order, sorted by place and then by what is said; each row has its rule and reason."""
    frame = drops.select(
        (pl.col(name).cast(dtype) if name in drops.columns else pl.lit(None, dtype=dtype).alias(name))
        for name, dtype in DROP.items()
    ).sort("at", "rule", "reason", "twin", nulls_last=True)
    if frame["rule"].null_count() or frame["reason"].null_count():
        raise AccountingError(f"{stage.place.label} judged a row without rule or reason; please report this")
    return frame


def _known(stage: Stage, said: pl.Series, places: pl.Series) -> None:
    """Refuse what a stage says of a row twice, or of a row that it was not given."""
    if said.is_duplicated().any():
        raise AccountingError(f"{stage.place.label} named the same row twice; please report this")
    _given(stage, said, places)


def _given(stage: Stage, said: pl.Series, places: pl.Series) -> None:
    """Refuse what a stage says of a row that it was not given."""
    if not said.is_in(places.implode()).all():
        raise AccountingError(f"{stage.place.label} named a row that did not come in; please report this")


def _piece(unit: Unit, stage: Stage, entry: Entry, *, cached: bool) -> _Piece:
    """The unit after the stage. Its key changes only with its content: what changed nothing costs nothing later."""
    facts, after = entry.facts, unit
    key = digest([unit.key, facts["state"]]) if facts["state"] else unit.key
    if "drops" in entry.parts:
        after = after.with_drops(key, Drops(stage.place.label, entry.parts["drops"], sum(facts["dropped"].values())))
    if "columns" in entry.parts:
        after = after.with_layer(key, entry.parts["columns"])
    if "notes" in entry.parts:
        after = after.with_notes(stage.place.label, entry.parts["notes"])
    return _Piece(after, facts, cached)


def _decision(stage: GlobalStage, units: Sequence[Unit], engine: Engine, cache: Cache) -> tuple[Entry, bool]:
    """What a global stage decides about all units, as one entry: `unit`, `at` and evidence, twins by id."""
    label = stage.place.label
    key = digest([stage.key(), [unit.key for unit in units]])
    entry = cache.find(key)
    if entry is not None:
        return entry, True
    files = engine.map(f"{label} keys", units, _keys, stage, cache)
    rows = sum(unit.alive for unit in units)
    room = engine.room
    n = 1 if stage.by is None else room.pieces(rows, stage.weight, room.at_once())
    if stage.by is None and not stage.from_files:
        room.require(label, rows, stage.weight)
    if not files:
        outcomes = []
    elif stage.drives:
        outcomes = [_drive(stage, files, units, engine, cache)]
    elif stage.from_files:
        outcomes = engine.map(label, [tuple(files)], _decide_files, stage, cache, room)
    else:
        outcomes = engine.exchange(label, files, stage.by or "at", n, _decide, stage)
    for outcome in outcomes:
        if outcome.notes is not None:
            raise TypeError(f"{label} decides on all records: only record stages can note something of a row")
    parts = {}
    gone = sum(outcome.drops.height for outcome in outcomes if outcome.drops is not None)
    room.require(f"{label} (with what it drops)", gone, _DROPPED)
    found = [outcome.drops for outcome in outcomes if outcome.drops is not None and outcome.drops.height]
    if found:
        parts["drops"] = _name_twins(pl.concat(found, how="diagonal"), units).sort("unit", "at")
    columns = [outcome.columns for outcome in outcomes if outcome.columns is not None and outcome.columns.height]
    if columns:
        parts["columns"] = pl.concat(columns).sort("unit", "at")
    parts |= {_TABLE + name: table for outcome in outcomes for name, table in outcome.tables.items()}
    return cache.write(key, parts, {"counts": _summed(outcomes)}, stage.name), False


def _summed(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """The counts of all buckets together: sums, and of what is the largest of something, the largest."""
    counts: dict[str, int] = {}
    for outcome in outcomes:
        for name, number in outcome.counts.items():
            before = counts.get(name, 0)
            counts[name] = max(before, number) if name.startswith("largest") else before + number
    return counts


def _keys(unit: Unit, stage: GlobalStage, cache: Cache) -> Path:
    """The narrow keys of one unit, as a file."""
    key = digest(["keys", stage.keys_key(), unit.key])
    entry = cache.find(key) or cache.write(key, {"keys": stage.keys(load(unit, stage.reads))}, {}, stage.name)
    return entry.parts["keys"]


def _drive(stage: GlobalStage, files: Sequence[Path], units: Sequence[Unit], engine: Engine, cache: Cache) -> Outcome:
    """Let a stage decide here, whatever the engine."""

    def read(number: int, columns: Sequence[str]) -> pl.DataFrame:
        return load(units[number], columns)

    def report(done: int, total: int, note: str) -> None:
        engine.report(stage.place.label, done, total, note)

    keys = engine.reduce(f"{stage.place.label} gather", files, _gathered)
    return stage.decide_at(keys, Desk(read, cache.root, report))


def _gathered(keys: pl.DataFrame) -> pl.DataFrame:
    return keys


def _decide(keys: pl.DataFrame, stage: GlobalStage) -> Outcome:
    return stage.decide(keys)


def _decide_files(files: tuple[Path, ...], stage: GlobalStage, cache: Cache, room: Room) -> Outcome:
    def keep(key: object, make: Callable[[], Mapping[str, pl.DataFrame]]) -> Mapping[str, Path]:
        kept = digest(["kept", key])
        return (cache.find(kept) or cache.write(kept, make(), {}, stage.name)).parts

    return stage.decide_files(files, keep, room)


def _name_twins(drops: pl.DataFrame, units: Sequence[Unit]) -> pl.DataFrame:
    """Turn `twin_unit` and `twin_at` into the twin's id."""
    if "twin_unit" not in drops.columns:
        return drops
    wanted = drops.select("twin_unit", "twin_at").drop_nulls().unique()
    ids = []
    for (number,), places in wanted.partition_by("twin_unit", as_dict=True).items():
        held = load(units[int(number)], ["id"], dropped=True)
        ids.append(places.join(held.rename({"at": "twin_at", "id": "twin"}), on="twin_at", how="left"))
    if not ids:
        return drops.drop("twin_unit", "twin_at")
    named = drops.join(pl.concat(ids), on=["twin_unit", "twin_at"], how="left").drop("twin_unit", "twin_at")
    if "twin_right" in named.columns:  # some twins had names already: they are no records of the mix
        named = named.with_columns(pl.coalesce("twin", "twin_right").alias("twin")).drop("twin_right")
    return named


def _hand_back(
    stage: GlobalStage, decision: Entry, units: Sequence[Unit], cache: Cache, *, cached: bool
) -> list[_Piece]:
    """Give each unit its part of a decision."""
    by_unit: dict[str, dict[int, pl.DataFrame]] = {"drops": {}, "columns": {}}
    for part in decision.parts.keys() & by_unit.keys():
        pieces = pl.read_ipc(decision.parts[part]).partition_by("unit", as_dict=True, include_key=False)
        by_unit[part] = {int(number): frame for (number,), frame in pieces.items()}
    if stray := (by_unit["drops"].keys() | by_unit["columns"].keys()) - set(range(len(units))):
        raise AccountingError(
            f"{stage.place.label} named units that did not come in: {sorted(stray)}; please report this"
        )
    results = []
    for number, unit in enumerate(units):
        outcome = Outcome(by_unit["drops"].get(number), by_unit["columns"].get(number))
        key = digest(["part", decision.key, number])
        entry = (cache.find(key) if cached else None) or _store(stage, cache, key, outcome, load(unit, [])["at"])
        results.append(_piece(unit, stage, entry, cached=cached))
    return results


def peek(stage: Stage, units: Sequence[Unit], cache: Cache) -> tuple[int, list[Unit] | None]:
    """What of a stage's work is in the cache: how many units, and all of them after it if none is missing."""
    if isinstance(stage, GlobalStage):
        decision = cache.find(digest([stage.key(), [unit.key for unit in units]]))
        if decision is None:
            return 0, None
        entries = [cache.find(digest(["part", decision.key, number])) for number in range(len(units))]
    else:
        entries = [cache.find(digest([stage.key(), _luck(stage), unit.key])) for unit in units]  # type: ignore[arg-type]
    there = [
        _piece(unit, stage, entry, cached=True).unit
        for unit, entry in zip(units, entries, strict=True)
        if entry is not None
    ]
    return len(there), there if len(there) == len(units) else None
