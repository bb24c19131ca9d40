"""Collect: the recipe's sources as units of canonical examples, and every row that did not fit.

Files are found, digested and cut into jobs; each job is one task and one cache entry. Then equal records of a source
get copy
numbers, so that ids are unique.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from curate.cache import Cache
from curate.copies import Copies
from curate.engine import Engine
from curate.errors import CurateError
from curate.hashing import digest
from curate.inputs import HubInput, InputFile, find_files, find_hub
from curate.job import FAULTS, Broken, Got, Job, do, jobs_of
from curate.passes import run
from curate.recipe import Recipe, SourceSpec
from curate.stage import Place, Settings
from curate.unit import Unit
from curate.wording import harmless

# Rows that make a unit: at some 1 kB a record, 32 MB of text. Smaller units cost overhead, larger ones memory and
# evenness.
UNIT_ROWS = 32_768

# Key, Arrow file and rows of a part of a job's entry.
Part = tuple[str, Path, int]


@dataclass
class Intake:
    """What came in.

    Args:
        units: the examples, in the order of the sources in the recipe.
        files: what was read from disk, and
        hub: from the Hub.
        rows_in: rows by source; a file that cannot be read counts as one.
        faults: what was quarantined, with the columns of FAULTS.
    """

    units: list[Unit]
    files: list[InputFile]
    hub: list[HubInput]
    rows_in: dict[str, int] = field(default_factory=dict)
    faults: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FAULTS))


def collect(recipe: Recipe, engine: Engine, cache: Cache, limit: int | None = None) -> Intake:
    """Read all sources of a recipe.

    Args:
        recipe: names the sources.
        engine: where to read.
        cache: keeps the units.
        limit: at most so many rows of each source, files in the order of their names; for trials.

    Raises:
        CurateError: a pattern matches nothing, or a source with `on_error: fail` has faults (all are named), or more
            than
            `max_share` of a source's rows are faults.
    """
    intake = Intake([], find_files(recipe, engine), find_hub(recipe))
    jobs: dict[str, list[Job]] = {}
    for name, spec in recipe.sources.items():
        files = [file for file in intake.files if file.source == name]
        jobs[name] = jobs_of(spec, files, [one for one in intake.hub if one.source == name], limit)
    got = _limited(jobs, limit, cache) if limit is not None else _all(jobs, engine, cache)
    faults, units = [intake.faults], []
    for name, spec in recipe.sources.items():
        mine, rows, found = _together(spec, jobs[name][: len(got[name])], got[name])
        _refuse(spec, rows, found)
        units += mine
        intake.rows_in[name] = rows
        faults.append(found)
    intake.units, _ = run(Copies(Settings(), Place("ids", 0)), units, engine, cache)
    intake.faults = pl.concat(faults)
    return intake


def _all(jobs: Mapping[str, Sequence[Job]], engine: Engine, cache: Cache) -> dict[str, list[Got]]:
    """Do all jobs of all sources at once: a source of one small file does not make the others wait."""
    results = iter(engine.map("ingest", [job for mine in jobs.values() for job in mine], do, cache))
    return {name: [next(results) for _ in mine] for name, mine in jobs.items()}


def _limited(jobs: Mapping[str, Sequence[Job]], limit: int, cache: Cache) -> dict[str, list[Got]]:
    """Do each source's jobs in order until there are enough rows of it."""
    got: dict[str, list[Got]] = {}
    for name, mine in jobs.items():
        got[name], left = [], limit
        for job in mine:
            if left <= 0:
                break
            one = do(replace(job, limit=left), cache)
            left -= one.entry.facts["rows_in"] + len(one.broken)
            got[name].append(one)
    return got


def _together(spec: SourceSpec, jobs: Sequence[Job], got: Sequence[Got]) -> tuple[list[Unit], int, pl.DataFrame]:
    """Units, rows in and faults of one source."""
    broken = {one.name: one for each in got for one in each.broken}
    parts: list[Part] = []
    rows, faults = len(broken), [_broken(spec, one) for _, one in sorted(broken.items())]
    for job, each in zip(jobs, got, strict=True):
        if len(job.pieces) == 1 and job.pieces[0].span.name in broken:
            continue  # another span of this file is damaged: none of its rows is taken
        entry = each.entry
        sizes: Mapping[str, int] = entry.facts["units"]
        rows += entry.facts["rows_in"]
        faults += [pl.read_ipc(path) for part, path in entry.parts.items() if part == "faults"]
        parts += [(digest([entry.key, part]), entry.parts[part], size) for part, size in sizes.items()]
    found = pl.concat([pl.DataFrame(schema=FAULTS), *(frame.select(*FAULTS) for frame in faults)])
    return bundle(spec.name, parts), rows, found


def bundle(source: str, parts: Sequence[Part]) -> list[Unit]:
    """Put small files together into units of UNIT_ROWS or more: a stage's fixed cost is paid once a unit.

    Args:
        source: the source's name.
        parts: what the jobs gave.

    Returns:
        Units, the same for any order of the parts.
    """
    units: list[Unit] = []
    group: list[Part] = []
    for number, part in enumerate(sorted(parts), 1):
        group.append(part)
        if sum(rows for _, _, rows in group) >= UNIT_ROWS or number == len(parts):
            paths = tuple(path for _, path, _ in group)
            units.append(Unit(digest([key for key, _, _ in group]), source, paths, sum(rows for _, _, rows in group)))
            group = []
    return units


def _broken(spec: SourceSpec, one: Broken) -> pl.DataFrame:
    row = {"source": spec.name, "file": one.name, "row": None, "line": one.line, "reason": one.reason, "excerpt": None}
    return pl.DataFrame([row], schema=FAULTS)


def _refuse(spec: SourceSpec, rows: int, faults: pl.DataFrame) -> None:
    """Fail where the recipe does not allow the faults that a source has."""
    if faults.is_empty():
        return
    quarantine, allowed = spec.on_error.mode == "quarantine", spec.on_error.max_share
    if quarantine and (allowed is None or faults.height <= allowed * rows):
        return
    lines = [f"  {fault_text(fault)}" for fault in faults.head(10).iter_rows(named=True)]
    if faults.height > 10:
        lines.append(f"  and {faults.height - 10:,} more")
    head = f"source {spec.name!r}: {faults.height:,} of {rows:,} rows cannot be used"
    if quarantine:
        head += f", more than its max_share of {allowed:g} allows"
        advice = "mend the rows or raise max_share"
    else:
        advice = (
            "mend them, or say `on_error: quarantine` for this source: they are then left out and listed in the ledger"
        )
    raise CurateError("\n".join([f"{head}:", *lines, advice]))


def fault_text(fault: Mapping[str, Any]) -> str:
    """One fault in a line: file, row, reason."""
    where = fault["file"] if fault["row"] is None else f"{fault['file']} row {fault['row']}"
    return harmless(f"{where}: {fault['reason']}", kept="")
