"""Kept: tables that stages have a version keep beside its data (the scores of tasks, the predictions of a model)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from curate.hashing import canonical_hash, sum128
from curate.parquet import write_parquet
from curate.passes import Tally

# The tables of `scores/`; a stage's other tables stay in the cache.
_SCORES = ("tasks", "predictions")


@dataclass(frozen=True)
class Kept:
    """What one step has the version keep.

    Args:
        label: the step.
        tables: Arrow files by name.
    """

    label: str
    tables: Mapping[str, Path]


def keep(tallies: Sequence[Tally]) -> list[Kept]:
    """What the steps of a build have its version keep, in their order."""
    return [Kept(tally.label, tally.tables) for tally in tallies if tally.tables]


def write_kept(kept: Sequence[Kept], folder: Path) -> list[Path]:
    """Write `scores/tasks.parquet` and `scores/predictions.parquet`: the steps' tables one after the other.

    Args:
        kept: of the build; the folder is made only if there is something to write.
        folder: the version's.

    Returns:
        The files.
    """
    paths = []
    for name in _SCORES:
        files = [one.tables[name] for one in kept if name in one.tables]
        if files:
            paths.append(folder / "scores" / f"{name}.parquet")
            paths[-1].parent.mkdir(exist_ok=True)
            write_parquet(pl.concat(pl.read_ipc(file) for file in files), paths[-1])
    return paths


def lock_of(kept: Sequence[Kept]) -> dict[str, Any]:
    """What the lock says of the steps' predictions, which are an input too: how many there are, and their fingerprint.

    The fingerprint is the sum modulo 2**128 of xxh3-128 over the rows, as that of a version: neither the order of rows
    nor the writer of a file enters it.
    """
    said = {}
    for one in kept:
        if "predictions" in one.tables:
            table = pl.read_ipc(one.tables["predictions"])
            hashed = table.select(canonical_hash(list(table.schema.items())).alias("hash"))["hash"]
            said[one.label] = {"predictions": table.height, "fingerprint": f"{sum128([hashed]):032x}"}
    return said
