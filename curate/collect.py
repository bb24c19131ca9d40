"""Collect: the recipe's sources as units of canonical examples, and every row that did not fit.

Files are found, digested, cut into spans, read and turned into examples; each span is one task and one cache entry. Then equal
records of a source get copy numbers, so that ids are unique.
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from curate import plugin
from curate.cache import Cache, Entry
from curate.copies import Copies
from curate.engine import Engine
from curate.errors import CurateError, SourceFault
from curate.example import EXAMPLE, IDENTITY
from curate.hashing import canonical_text, digest, hash128, hex128
from curate.ingest import examples
from curate.passes import run
from curate.reader import Span, cut, read
from curate.recipe import Recipe, SourceSpec
from curate.source import Source
from curate.stage import Place, Settings
from curate.unit import Unit

# Part of the cache keys of ingest: raise it when the same file gives other units.
_VERSION = 1

FAULTS = {
    "source": pl.String(),
    "file": pl.String(),
    "row": pl.Int64(),
    "line": pl.Int64(),
    "reason": pl.String(),
    "excerpt": pl.String(),
}


@dataclass(frozen=True)
class InputFile:
    """A file that a source reads.

    Args:
        source: the source's name in the recipe.
        name: the path as the recipe's pattern matched it; what people see.
        path: where it lies.
        size: bytes, and
        sha256: digest, of the file as it lies there (compressed, if it is).
    """

    source: str
    name: str
    path: Path
    size: int
    sha256: str


@dataclass
class Intake:
    """What came in.

    Args:
        units: the examples, sorted by source (as in the recipe) and key.
        files: what was read.
        rows_in: rows by source; a file that cannot be read counts as one.
        faults: what was quarantined, with the columns of FAULTS.
        cached: how many spans were there already, and
        spans: how many there are.
    """

    units: list[Unit]
    files: list[InputFile]
    rows_in: dict[str, int]
    faults: pl.DataFrame
    cached: int = 0
    spans: int = 0
    hub: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Job:
    """One span of one source's file, ready to be read anywhere."""

    spec: SourceSpec
    span: Span
    sha256: str
    limit: int | None


@dataclass(frozen=True)
class _Got:
    """What a span gave: an entry, or the reason why its whole file cannot be used."""

    entry: Entry | None
    cached: bool
    broken: str | None = None
    line: int | None = None


def collect(recipe: Recipe, engine: Engine, cache: Cache, limit: int | None = None) -> Intake:
    """Read all sources of a recipe.

    Args:
        recipe: names the sources.
        engine: where to read.
        cache: keeps the units.
        limit: at most so many rows of each source, files in the order of their names; for trials.

    Raises:
        CurateError: a pattern matches nothing, or a source with `on_error: fail` has faults (all are named), or more than
            `max_share` of a source's rows are faults.
    """
    files = find_files(recipe, engine)
    intake = Intake([], files, {}, pl.DataFrame(schema=FAULTS))
    faults: list[pl.DataFrame] = []
    for spec in recipe.sources.values():
        mine = [file for file in files if file.source == spec.name]
        units, rows, found = _source(spec, mine, engine, cache, limit, intake)
        _refuse(spec, rows, found)
        intake.units += units
        intake.rows_in[spec.name] = rows
        faults.append(found)
    intake.faults = pl.concat([intake.faults, *faults])
    return intake


def find_files(recipe: Recipe, engine: Engine) -> list[InputFile]:
    """The files that the recipe's patterns match and their sources want, digested.

    Raises:
        CurateError: a pattern matches no file; the message says where it looked.
    """
    found: list[tuple[str, str, Path]] = []
    missing: list[str] = []
    for spec in recipe.sources.values():
        adapter = adapter_of(spec)
        names: dict[str, Path] = {}
        for pattern in spec.path:
            matched = match(pattern, recipe.base)
            if not matched:
                looked = " or ".join(dict.fromkeys(str(folder) for folder in (recipe.base, Path.cwd())))
                missing.append(f"source {spec.name!r}: no file matches {pattern!r} (looked in {looked})")
            names.update((name, path) for name, path in matched.items() if adapter.wants(path))
        found += [(spec.name, name, path) for name, path in sorted(names.items())]
    if missing:
        raise CurateError("\n".join(missing))
    digests = engine.map("digest files", [path for _, _, path in found], _sha256)
    return [InputFile(source, name, path, *rest) for (source, name, path), rest in zip(found, digests, strict=True)]


def match(pattern: str, base: Path) -> dict[str, Path]:
    """Files that a pattern matches: relative to the recipe's folder, and where that finds nothing, to the current one.

    Folders stand for all files in them. Names are as the pattern gave them, with forward slashes.
    """
    for folder in dict.fromkeys((base, Path.cwd())):
        names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - root_dir keeps names as written
        paths = {name.replace("\\", "/"): folder / name for name in names}
        inside = {
            f"{name.rstrip('/')}/{path.relative_to(place).as_posix()}": path
            for name, place in paths.items()
            if place.is_dir()
            for path in place.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }
        files = {name: path for name, path in paths.items() if path.is_file()} | inside
        if files:
            return files
    return {}


def adapter_of(spec: SourceSpec) -> Source:
    """The adapter that a source of the recipe names, with its options."""
    return plugin.source(spec.adapter)(spec.options)


def _sha256(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _source(
    spec: SourceSpec, files: Sequence[InputFile], engine: Engine, cache: Cache, limit: int | None, intake: Intake
) -> tuple[list[Unit], int, pl.DataFrame]:
    """Units, rows in and faults of one source."""
    adapter = adapter_of(spec)
    jobs = [_Job(spec, span, file.sha256, limit) for file in files for span in cut(file.path, file.name, adapter)]
    got = _limited(jobs, limit, cache) if limit is not None else engine.map(f"{spec.name} ingest", jobs, _read, cache)
    jobs = jobs[: len(got)]
    intake.cached += sum(one.cached for one in got)
    intake.spans += len(got)
    broken = {job.span.name: one for job, one in zip(reversed(jobs), reversed(got), strict=True) if one.broken}
    units: list[Unit] = []
    rows, faults = len(broken), [_broken(spec, name, one) for name, one in sorted(broken.items())]
    for job, one in zip(jobs, got, strict=True):
        if one.entry is None or job.span.name in broken:
            continue
        rows += one.entry.facts["rows_in"]
        faults += [pl.read_ipc(path) for part, path in one.entry.parts.items() if part == "faults"]
        units += _units(spec, one.entry)
    units.sort(key=lambda unit: unit.key)
    units, _ = run(Copies(Settings(), Place(f"{spec.name}.ids", 0)), units, engine, cache)
    found = pl.concat([pl.DataFrame(schema=FAULTS), *(frame.select(*FAULTS) for frame in faults)])
    return units, rows, found


def _limited(jobs: Sequence[_Job], limit: int, cache: Cache) -> list[_Got]:
    """Read spans in order until there are enough rows."""
    got: list[_Got] = []
    left = limit
    for job in jobs:
        if left <= 0:
            break
        one = _read(_Job(job.spec, job.span, job.sha256, left), cache)
        left -= one.entry.facts["rows_in"] if one.entry else 1
        got.append(one)
    return got


def _units(spec: SourceSpec, entry: Entry) -> list[Unit]:
    sizes: Mapping[str, int] = entry.facts["units"]
    return [Unit(digest([entry.key, part]), spec.name, entry.parts[part], rows) for part, rows in sizes.items()]


def _broken(spec: SourceSpec, name: str, got: _Got) -> pl.DataFrame:
    row = {"source": spec.name, "file": name, "row": None, "line": got.line, "reason": got.broken, "excerpt": None}
    return pl.DataFrame([row], schema=FAULTS)


def _read(job: _Job, cache: Cache) -> _Got:
    """Turn one span into an entry of units."""
    spec, span = job.spec, job.span
    adapter = adapter_of(spec)
    key = digest(
        {
            "ingest": _VERSION,
            "adapter": [spec.adapter, adapter.version, adapter.options.model_dump(mode="json")],
            "source": [spec.name, spec.license, spec.origin],
            "file": [job.sha256, span.name, span.start, span.stop, span.row, job.limit],
        }
    )
    entry = cache.find(key)
    if entry is not None:
        return _Got(entry, cached=True)
    parts: dict[str, pl.DataFrame] = {}
    faults: list[pl.DataFrame] = []
    try:
        for batch in read(span, adapter, job.limit):
            frame, wrong = examples(adapter, batch)
            faults.append(
                wrong.with_columns(
                    pl.lit(spec.name).alias("source"),
                    pl.lit(span.name).alias("file"),
                    pl.lit(None, pl.Int64).alias("line"),
                )
            )
            if frame.height:
                parts[f"base{len(parts)}"] = _identify(frame, spec, adapter, span.name, job.sha256)
    except SourceFault as fault:
        return _Got(None, cached=False, broken=str(fault), line=fault.line)
    except OSError as error:
        return _Got(None, cached=False, broken=f"cannot be read: {error.strerror or error}")
    sizes = {part: frame.height for part, frame in parts.items()}
    wrong = pl.concat([pl.DataFrame(schema=FAULTS), *(frame.select(*FAULTS) for frame in faults)])
    if wrong.height:
        parts["faults"] = wrong
    return _Got(cache.write(key, parts, {"units": sizes, "rows_in": sum(sizes.values()) + wrong.height}), cached=False)


def _identify(frame: pl.DataFrame, spec: SourceSpec, adapter: Source, name: str, sha256: str) -> pl.DataFrame:
    """Add id, source and place; fill licence and origin, the recipe's word before the source's."""
    terms: dict[str, Any] = {
        "license": (spec.license, adapter.about.license),
        "origin": (spec.origin, adapter.about.origin),
    }
    said = [pl.lit(mine).alias(column) for column, (mine, _) in terms.items() if mine is not None]
    known = [pl.col(column).fill_null(theirs) for column, (mine, theirs) in terms.items() if mine is None]
    unknown = (
        pl.when(pl.col("origin") == "unknown")
        .then(pl.lit(adapter.about.origin))
        .otherwise(pl.col("origin"))
        .alias("origin")
    )
    frame = frame.with_columns(*said, *known)
    frame = frame if spec.origin is not None else frame.with_columns(unknown)
    content = canonical_text([(column, EXAMPLE[column]) for column in IDENTITY])
    named = hash128(pl.concat_str([pl.lit(f"{spec.name}\x1f"), content]))
    ids = frame.select(named.alias("id"))["id"]
    return frame.with_columns(
        hex128(ids).alias("id"),
        pl.lit(spec.name).alias("source"),
        pl.lit(name).alias("file"),
        pl.lit(int(sha256[:16], 16), dtype=pl.UInt64).alias("digest"),
    ).select(*EXAMPLE, "file", "row", "digest")


def _refuse(spec: SourceSpec, rows: int, faults: pl.DataFrame) -> None:
    """Fail where the recipe does not allow the faults that a source has."""
    if faults.is_empty():
        return
    allowed = spec.on_error.max_share if spec.on_error.mode == "quarantine" else 0.0
    share = faults.height / max(rows, 1)
    if spec.on_error.mode == "quarantine" and (allowed is None or share <= allowed):
        return
    lines = [f"  {fault_text(fault)}" for fault in faults.head(10).iter_rows(named=True)]
    more = f"\n  and {faults.height - 10:,} more" if faults.height > 10 else ""
    if spec.on_error.mode == "quarantine":
        head = f"source {spec.name!r}: {faults.height:,} of {rows:,} rows are faulty, more than its max_share of {allowed:g}"
        advice = "mend the rows or raise max_share"
    else:
        head = f"source {spec.name!r}: {faults.height:,} of {rows:,} rows cannot be used"
        advice = (
            "mend them, or set `on_error: quarantine` for this source to leave them out and list them in the ledger"
        )
    raise CurateError("\n".join([f"{head}:", *lines]) + f"{more}\n{advice}")


def fault_text(fault: Mapping[str, Any]) -> str:
    """One fault in a line: file, row, reason."""
    where = fault["file"] if fault["row"] is None else f"{fault['file']} row {fault['row']}"
    return f"{where}: {fault['reason']}"
