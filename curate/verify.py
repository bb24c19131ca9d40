"""Verify: does a version folder hold what its manifest says?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from curate import manifest as manifests
from curate.arrow import frame_of
from curate.errors import CurateError
from curate.hashing import sum128
from curate.lock import read_lock
from curate.manifest import Manifest
from curate.rows import ABOUT, Columns, Seal, row_hash, terms_of
from curate.version import UNREADABLE, check_files, first_line


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: `ok`, or what is wrong."""

    what: str
    faults: list[str]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(folder: Path) -> list[Finding]:
    """Recompute everything that a manifest claims of its version.

    Args:
        folder: the version.

    Returns:
        A finding each for the files' digests, the rows' fingerprint, the counts, the ledger, the card and the lock;
        `files` alone where data or ledger are damaged, as the others would only repeat it.

    Raises:
        VersionError: the folder has no manifest that can be read.
    """
    manifest = manifests.read(folder)
    files = Finding("files", check_files(folder, manifest))
    if any("data/" in fault or "ledger/drops" in fault for fault in files.faults):
        return [files]  # what follows would only repeat it
    return [
        files,
        _told("rows", lambda: _rows(folder, manifest)),
        _counts(manifest),
        _told("ledger", lambda: _ledger(folder, manifest)),
        _card(folder, manifest),
        _lock(folder, manifest),
    ]


def _told(what: str, check: Callable[[], Finding]) -> Finding:
    """A finding also where the files have their digests and yet are not what they should be."""
    try:
        return check()
    except UNREADABLE as error:
        return Finding(what, [f"a file cannot be read as what it should be: {first_line(error)}"])


def _rows(folder: Path, manifest: Manifest) -> Finding:
    """Fingerprint and counts of the rows in `data/`."""
    faults: list[str] = []
    total, rows, terms = 0, Counter[str](), Counter[tuple[str, str, str, str]]()
    columns: Columns = {}
    for split, info in manifest.splits.items():
        rows[split] = 0
        for name in info.files:
            columns = columns or _columns(folder / name, manifest)
            file = pq.ParquetFile(folder / name)
            for group in range(file.num_row_groups):
                frame = frame_of(file.read_row_group(group))
                if lacking := manifest.columns.keys() ^ set(frame.columns):
                    return Finding("rows", [f"{name} and the manifest differ in columns: {', '.join(sorted(lacking))}"])
                total += sum128([frame.select(row_hash(columns, pl.lit(split)).alias("hash"))["hash"]])
                rows[split] += frame.height
                terms.update(terms_of(frame, pl.lit(split)))
    said = {(term.source, term.split, term.license, term.origin): term.rows for term in manifest.terms}
    faults += [
        f"{', '.join(key)}: {terms[key]:,} rows, the manifest says {said.get(key, 0):,}"
        for key in sorted({*terms, *said})
        if terms[key] != said.get(key, 0)
    ]
    faults += [
        f"split {split!r} holds {rows[split]:,} rows, the manifest says {info.rows:,}"
        for split, info in manifest.splits.items()
        if rows[split] != info.rows
    ]
    total %= 1 << 128
    if f"{total:032x}" != manifest.fingerprint:
        faults.append(f"the rows' fingerprint is {total:032x}, the manifest says {manifest.fingerprint}")
    version = Seal(total, rows, {}, {}, {}).version(columns)
    if version != manifest.version:
        faults.append(f"the rows belong to version {version}, the manifest says {manifest.version}")
    types = {name: str(dtype) for name, dtype in columns.items()}
    if types != manifest.columns:
        faults.append(f"the columns are {types}, the manifest says {manifest.columns}")
    return Finding("rows", faults)


def _columns(file: Path, manifest: Manifest) -> Columns:
    """The types of the columns, from a file."""
    schema = pl.read_parquet_schema(file)
    return {name: ABOUT.get(name, schema.get(name, pl.Null())) for name in manifest.columns}


def _counts(manifest: Manifest) -> Finding:
    """The books: each source's rows from step to step, and the totals."""
    faults = []
    out = Counter[str]()
    for term in manifest.terms:
        out[term.source] += term.rows
    for name, info in manifest.sources.items():
        left = info.rows_in - info.quarantined
        for stage in manifest.stages:
            if name in stage.rows_in and stage.rows_in[name] != left:
                faults.append(f"source {name!r}: {left:,} rows reach {stage.label}, it says {stage.rows_in[name]:,}")
            left -= sum(stage.dropped.get(name, {}).values())
        for what, found in (
            ("dropped", info.rows_in - info.quarantined - left),
            ("rows_out", left + info.repeated),
            ("rows_out", out[name]),
        ):
            if found != getattr(info, what):
                faults.append(f"source {name!r}: {what} is {found:,}, the manifest says {getattr(info, what):,}")
    for total in ("rows_in", "rows_out", "dropped", "quarantined", "repeated"):
        found = sum(getattr(info, total) for info in manifest.sources.values())
        if found != getattr(manifest, total):
            faults.append(
                f"{total}: the sources have {found:,} together, the manifest says {getattr(manifest, total):,}"
            )
    if sum(info.rows for info in manifest.splits.values()) != manifest.rows_out:
        faults.append("the splits do not add up to rows_out")
    return Finding("counts", faults)


def _ledger(folder: Path, manifest: Manifest) -> Finding:
    """The ledger against the manifest's counts, and against the rows that are kept."""
    faults = []
    ledger = pl.read_parquet(folder / "ledger/drops.parquet", columns=["id", "stage", "source", "rule", "reason"])
    dropped = ledger.filter(pl.col("id").is_not_null())
    if dropped["id"].is_duplicated().any():
        faults.append("an id is dropped twice")
    why = pl.concat_str(["rule", pl.lit(": "), "reason"])
    found = {tuple(key): rows for *key, rows in dropped.group_by("stage", "source", why.alias("why")).len().iter_rows()}
    said = {
        (stage.label, source, reason): rows
        for stage in manifest.stages
        for source, reasons in stage.dropped.items()
        for reason, rows in reasons.items()
    }
    faults += [
        f"{', '.join(key)}: {found.get(key, 0):,} in the ledger, {said.get(key, 0):,} in the manifest"
        for key in sorted({*found, *said})
        if found.get(key, 0) != said.get(key, 0)
    ]
    aside = dict(ledger.filter(pl.col("id").is_null()).group_by("source").len().iter_rows())
    faults += [
        f"the ledger quarantines {aside.get(name, 0):,} rows of source {name!r}, the manifest says {info.quarantined:,}"
        for name, info in manifest.sources.items()
        if aside.get(name, 0) != info.quarantined
    ]
    files = [folder / name for info in manifest.splits.values() for name in info.files]
    kept = pl.concat(
        [pl.DataFrame(schema={"id": pl.String}), *(pl.read_parquet(file, columns=["id"]) for file in files)]
    )
    if both := kept.join(dropped, on="id", how="semi").height:
        faults.append(f"{both:,} records are both in the dataset and in the ledger")
    return Finding("ledger", faults)


def _card(folder: Path, manifest: Manifest) -> Finding:
    path = folder / "README.md"
    if not path.is_file():
        return Finding("card", [])  # told with the files
    text = path.read_text(encoding="utf-8", errors="replace")
    wrong = [
        f"README.md does not say {info.rows} rows for split {name!r}"
        for name, info in manifest.splits.items()
        if f'- name: "{name}"' not in text or f"num_examples: {info.rows}\n" not in text
    ]
    return Finding("card", wrong)


def _lock(folder: Path, manifest: Manifest) -> Finding:
    """The lock against the inputs, recipe and packages that the manifest names."""
    path = folder / "recipe.lock.yaml"
    if not path.is_file():
        return Finding("lock", [])  # told with the files
    try:
        lock = read_lock(path)
        held = {
            (source, name): said["sha256"]
            for source, one in lock["sources"].items()
            for name, said in one.get("files", {}).items()
        }
        commits = {(source, one["hub"]["commit"]) for source, one in lock["sources"].items() if "hub" in one}
    except (CurateError, KeyError, TypeError, AttributeError) as error:
        return Finding("lock", [f"{path.name} cannot be read as a lock: {error}"])
    said = {(one.source, one.name): one.sha256 for one in manifest.inputs if one.sha256 is not None}
    remote = {(one.source, one.name.rpartition("@")[2]) for one in manifest.inputs if one.sha256 is None}
    faults = [
        f"{': '.join(key)} has sha256 {held.get(key)} in the lock, {said.get(key)} in the manifest"
        for key in sorted({*held, *said})
        if held.get(key) != said.get(key)
    ]
    faults += [f"{source}: commit {commit} stands in one of lock and manifest" for source, commit in commits ^ remote]
    for what, one, other in (
        ("recipe", lock.get("recipe"), manifest.recipe),
        ("packages", lock.get("packages"), manifest.tool),
    ):
        if one != other:
            faults.append(f"{what}: the lock says {one}, the manifest {other}")
    return Finding("lock", faults)
