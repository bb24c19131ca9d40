"""Verify: does a version folder hold what its manifest says?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from curate import manifest as manifests
from curate.hashing import sum128
from curate.manifest import Manifest
from curate.rows import ABOUT, Columns, Seal, row_hash
from curate.version import check_files


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
        A finding each for the files' digests, the rows' fingerprint, the counts and the ledger.

    Raises:
        VersionError: the folder has no manifest that can be read.
    """
    manifest = manifests.read(folder)
    files = Finding("files", check_files(folder, manifest))
    if any("data/" in fault or "ledger/drops" in fault for fault in files.faults):
        return [files]  # what follows would only repeat it
    return [
        files,
        _fingerprint(folder, manifest),
        _counts(manifest),
        _ledger(folder, manifest),
        _card(folder, manifest),
    ]


def _fingerprint(folder: Path, manifest: Manifest) -> Finding:
    total, faults = 0, []
    rows: dict[str, int] = {}
    columns = _columns(folder, manifest)
    for split, info in manifest.splits.items():
        rows[split] = 0
        for name in info.files:
            file = pq.ParquetFile(folder / name)
            for group in range(file.num_row_groups):
                frame = pl.DataFrame(pl.from_arrow(file.read_row_group(group)))
                total += sum128([frame.select(row_hash(columns, pl.lit(split)).alias("hash"))["hash"]])
                rows[split] += frame.height
        if rows[split] != info.rows:
            faults.append(f"split {split!r} holds {rows[split]:,} rows, the manifest says {info.rows:,}")
    total %= 1 << 128
    if f"{total:032x}" != manifest.fingerprint:
        faults.append(f"the rows' fingerprint is {total:032x}, the manifest says {manifest.fingerprint}")
    version = Seal(total, rows, {}, {}, {}).version(columns)
    if version != manifest.version:
        faults.append(f"the rows belong to version {version}, the manifest says {manifest.version}")
    return Finding("rows", faults)


def _columns(folder: Path, manifest: Manifest) -> Columns:
    """The types of the columns, from the first file."""
    first = next(name for info in manifest.splits.values() for name in info.files)
    schema = pl.read_parquet_schema(folder / first)
    return {name: ABOUT.get(name, schema[name]) for name in manifest.columns}


def _counts(manifest: Manifest) -> Finding:
    faults = []
    for name, info in manifest.sources.items():
        if info.rows_in + info.repeated != info.rows_out + info.dropped + info.quarantined:
            faults.append(
                f"source {name!r}: {info.rows_in} in + {info.repeated} repeated is not "
                f"{info.rows_out} out + {info.dropped} dropped + {info.quarantined} quarantined"
            )
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
    faults = []
    ledger = pl.read_parquet(folder / "ledger/drops.parquet", columns=["id", "stage", "source"])
    dropped = ledger.filter(pl.col("id").is_not_null())
    if dropped["id"].is_duplicated().any():
        faults.append("an id is dropped twice")
    if dropped.height != manifest.dropped:
        faults.append(f"the ledger drops {dropped.height:,} records, the manifest says {manifest.dropped:,}")
    if ledger.height - dropped.height != manifest.quarantined:
        faults.append(
            f"the ledger quarantines {ledger.height - dropped.height:,} rows, "
            f"the manifest says {manifest.quarantined:,}"
        )
    per_stage = dict(dropped.group_by("stage").len().iter_rows())
    for stage in manifest.stages:
        said = sum(sum(rules.values()) for rules in stage.dropped.values())
        if per_stage.get(stage.label, 0) != said:
            faults.append(
                f"step {stage.label} drops {per_stage.get(stage.label, 0):,} in the ledger, {said:,} in the manifest"
            )
    kept = pl.concat(
        [pl.read_parquet(folder / name, columns=["id"]) for info in manifest.splits.values() for name in info.files]
    )
    if both := kept.join(dropped, on="id", how="semi").height:
        faults.append(f"{both:,} records are both in the dataset and in the ledger")
    return Finding("ledger", faults)


def _card(folder: Path, manifest: Manifest) -> Finding:
    text = (folder / "README.md").read_text(encoding="utf-8")
    wrong = [
        f"README.md does not say {info.rows} rows for split {name!r}"
        for name, info in manifest.splits.items()
        if f'- name: "{name}"' not in text or f"num_examples: {info.rows}\n" not in text
    ]
    return Finding("card", wrong)
