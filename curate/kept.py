"""Kept: tables that stages have a version keep beside its data (the scores of tasks, the predictions of a model).

A model does not say the same twice on every machine, so what it said counts as an input: a version keeps it, the lock
names its fingerprint, and a build that is held to that lock takes it from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from curate import version as versions
from curate.hashing import canonical_hash, sum128
from curate.lock import SCORES, Lock, read_lock
from curate.parquet import write_parquet
from curate.passes import Tally
from curate.score.answers import Answers

# The tables of `scores/`; a stage's other tables stay in the cache.
_TABLES = ("tasks", "predictions", "answers")
_ANSWERS = "scores/answers.parquet"


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
    """Write `scores/tasks.parquet`, `predictions.parquet` and `answers.parquet`: the steps' tables one after the other.

    Args:
        kept: of the build; the folder is made only if there is something to write.
        folder: the version's.

    Returns:
        The files.
    """
    paths = []
    for name in _TABLES:
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


def recall(held: Lock, home: Path, cache: Path) -> None:
    """Let a build have the answers of the models that the lock's own build had, where a version keeps them.

    Args:
        held: the lock.
        home: `<out>/<name>`.
        cache: the stage cache's folder, which keeps answers too.

    Raises:
        CurateError: a version's answers cannot be read.
    """
    if not held.get(SCORES):
        return
    for folder in (home / one for one in versions.versions(home)):
        if (folder / _ANSWERS).is_file() and read_lock(folder / "recipe.lock.yaml").get(SCORES) == held[SCORES]:
            restore(folder, cache)
            return


def restore(folder: Path, cache: Path) -> None:
    """Put the answers that a version keeps into the cache.

    Raises:
        CurateError: they cannot be read, or not be kept.
    """
    if (folder / _ANSWERS).is_file():
        answers = Answers(cache)
        try:
            answers.restore(folder / _ANSWERS)
        finally:
            answers.close()
