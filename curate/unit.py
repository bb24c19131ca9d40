"""The unit of work: some tens of thousands of examples of one source, as files on disk.

A unit is never rewritten. It is the base that ingest made, layers of columns that stages added or replaced, and the
drops that
stages named. The rows that are alive are the base's rows less the drops: what a ledger tells and what a dataset holds
cannot
disagree, because they are the same files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from curate.room import Shelf


@dataclass(frozen=True)
class Drops:
    """The rows that one stage dropped from one unit."""

    label: str
    path: Path
    rows: int


@dataclass(frozen=True)
class Unit:
    """Some examples of one source.

    Args:
        key: digest of everything that made it what it is; equal keys hold equal examples.
        source: the source's name.
        base: Arrow files with the columns of an example, `file`, `row` and `digest` (of the file, UInt64), one after
            the other.
        rows: rows of the base.
        layers: Arrow files with `at` and columns, later ones on top.
        drops: what stages dropped, in order.
        notes: what stages said of rows that stay, in order: label and Arrow file. They change no example.
    """

    key: str
    source: str
    base: tuple[Path, ...]
    rows: int
    layers: tuple[Path, ...] = ()
    drops: tuple[Drops, ...] = field(default=())
    notes: tuple[tuple[str, Path], ...] = field(default=())

    @property
    def alive(self) -> int:
        """How many rows are left."""
        return self.rows - sum(drop.rows for drop in self.drops)

    def with_drops(self, key: str, drops: Drops) -> Unit:
        """The unit less these rows."""
        return replace(self, key=key, drops=(*self.drops, drops)) if drops.rows else replace(self, key=key)

    def with_layer(self, key: str, path: Path) -> Unit:
        """The unit with these columns on top."""
        return replace(self, key=key, layers=(*self.layers, path))

    def with_notes(self, label: str, path: Path) -> Unit:
        """The unit with what a stage says of its rows."""
        return replace(self, notes=(*self.notes, (label, path)))


def load(unit: Unit, columns: Iterable[str], *, dropped: bool = False) -> pl.DataFrame:
    """Read columns of a unit.

    Args:
        unit: what to read.
        columns: names; a column that neither base nor layers hold is left out.
        dropped: also give the rows that were dropped.

    Returns:
        `at` (UInt32, the row's place in the base) and the columns, in the base's order, alive rows only unless told
        otherwise.
    """
    wanted = list(dict.fromkeys(columns))
    frame = pl.concat([mapped(path, wanted) for path in unit.base], rechunk=False)
    held = frame.columns
    at = pl.Series("at", np.arange(unit.rows, dtype=np.uint32))
    frame = frame.with_columns(at) if held else at.to_frame()
    keep = None if dropped or not unit.drops else _alive(unit)
    if keep is not None:
        frame = frame.filter(pl.Series(keep))
    for path in unit.layers:
        frame = _overlay(frame, path, wanted)
    return frame.select("at", *[name for name in wanted if name in frame.columns and name != "at"])


def notes(unit: Unit) -> pl.DataFrame:
    """What stages said of the rows that are left.

    Returns:
        `at`, `stage` (the label), and the evidence (`curate.stage.DROP`); in the order of the stages.
    """
    parts = []
    keep = pl.Series(_alive(unit))
    for label, path in unit.notes:
        frame = pl.read_ipc(path)
        parts.append(frame.filter(keep.gather(frame["at"])).with_columns(pl.lit(label).alias("stage")))
    return pl.concat(parts) if parts else pl.DataFrame(schema={"at": pl.UInt32(), "stage": pl.String()})


def mapped(path: Path, columns: Sequence[str], shelf: Shelf | None = None) -> pl.DataFrame:
    """Columns of an Arrow file where it lies: its memory is the file's, so nothing is read or copied that is not used.

    Four times as fast as polars' own reader, which copies. The cache's files never change, so neither does the frame.

    Args:
        path: written by `curate.cache`.
        columns: those that the file has are given, in this order.
        shelf: lets go of what was looked at of the file, whenever it does so.
    """
    with pa.memory_map(str(path)) as file:
        if shelf is not None:
            shelf.hold(file)
        table = pa.ipc.open_file(file).read_all()
    held = [name for name in columns if name in table.schema.names]
    return pl.DataFrame(pl.from_arrow(table.select(held), rechunk=False)) if held else pl.DataFrame()


def _alive(unit: Unit) -> np.ndarray:
    """One boolean a row of the base: true where no stage dropped it."""
    keep = np.ones(unit.rows, dtype=bool)
    for drops in unit.drops:
        keep[mapped(drops.path, ["at"])["at"].to_numpy()] = False
    return keep


def _overlay(frame: pl.DataFrame, path: Path, wanted: list[str]) -> pl.DataFrame:
    """Lay a layer's columns over a frame: its rows take the layer's values, the others keep theirs (null if new)."""
    layer = mapped(path, ["at", *(name for name in wanted if name != "at")])
    names = layer.columns[1:]
    if not names:
        return frame
    # Both are sorted by place.
    places, ours = layer["at"].to_numpy(), frame["at"].to_numpy()
    if np.array_equal(places, ours):
        return frame.with_columns(layer.drop("at"))
    found = np.searchsorted(places, ours)
    hit = np.zeros(len(ours), dtype=bool)
    inside = found < len(places)
    hit[inside] = places[found[inside]] == ours[inside]
    rows = pl.Series(np.where(hit, found, 0).astype(np.uint32))
    hits = pl.Series(hit)
    taken = layer.drop("at")[rows] if layer.height else layer.drop("at").clear(frame.height)
    return frame.with_columns(
        (
            frame[name]
            if name in frame.columns
            else pl.Series([None], dtype=taken.schema[name]).new_from_index(0, frame.height)
        )
        .zip_with(~hits, taken[name])
        .alias(name)
        for name in names
    )
