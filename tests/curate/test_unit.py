"""Units: the rows that are alive, under the layers that lie on them, against a slow statement."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.unit import Drops, Unit, load

BASE = ("text", "id")


def ipc(frame: pl.DataFrame, folder: Path) -> Path:
    path = folder / f"{uuid.uuid4().hex}.arrow"
    frame.write_ipc(path)
    return path


ACTION = st.tuples(st.sampled_from(["drop", "text", "new", "both"]), st.sets(st.integers(0, 30), max_size=12))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(st.integers(0, 9), min_size=1, max_size=3),
    actions=st.lists(ACTION, max_size=6),
    wanted=st.lists(st.sampled_from(["text", "id", "new", "missing", "at"]), max_size=6),
    dropped=st.booleans(),
)
def test_load_against_a_slow_statement(
    tmp_path: Path,
    files: list[int],
    actions: list[tuple[str, set[int]]],
    wanted: list[str],
    dropped: bool,  # noqa: FBT001
) -> None:
    """Whatever was dropped and laid over, `load` gives what a dictionary a row would hold."""
    rows: list[dict[str, Any]] = [{"at": n, "text": f"t{n}", "id": f"i{n}", "new": None} for n in range(sum(files))]
    paths, start = [], 0
    for size in files:
        part = rows[start : start + size]
        paths.append(ipc(pl.DataFrame(part, schema=dict.fromkeys(BASE, pl.String)), tmp_path))
        start += size
    unit = Unit("key", "a", tuple(paths), len(rows))
    alive = set(range(len(rows)))
    laid = False
    for step, (kind, chosen) in enumerate(actions):
        places = sorted(alive & chosen)
        at = pl.Series("at", places, dtype=pl.UInt32)
        if kind == "drop":
            unit = unit.with_drops(f"k{step}", Drops(f"step {step}", ipc(at.to_frame(), tmp_path), len(places)))
            alive -= set(places)
            continue
        columns = {"text": ["text"], "new": ["new"], "both": ["text", "new"]}[kind]
        laid = laid or "new" in columns
        values = {name: pl.Series([f"{name}{step}"] * len(places), dtype=pl.String) for name in columns}
        unit = unit.with_layer(f"k{step}", ipc(pl.DataFrame({"at": at, **values}), tmp_path))
        for place in places:
            rows[place] |= {name: f"{name}{step}" for name in columns}
    assert unit.alive == len(alive)
    names = [name for name in dict.fromkeys(wanted) if name in BASE or (name == "new" and laid)]
    found = load(unit, wanted, dropped=dropped)
    assert found.columns == ["at", *names]
    assert found.schema["at"] == pl.UInt32
    kept = [row for row in rows if dropped or row["at"] in alive]
    assert found.to_dicts() == [{name: row[name] for name in ("at", *names)} for row in kept]


def test_an_empty_drop_is_none() -> None:
    """A step that dropped nothing leaves no trace but the key."""
    unit = Unit("key", "a", (), 3)
    assert unit.with_drops("new", Drops("x", Path("nowhere"), 0)) == Unit("new", "a", (), 3)
