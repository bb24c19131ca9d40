"""Read a version's narrow columns: which records are in it, which are not and why, and a hash of each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from curate import manifest as manifests
from curate.diff.align import Pair
from curate.errors import VersionError
from curate.manifest import Manifest

# Where a record ended, beside the place of a step in the alignment.
ABSENT = -1  # it never came in: before the first step
KEPT = 30_000  # it is in the dataset: behind the last step

_ABOUT = ("id", "source", "task")
HASHED = "h:"  # before the name of a column whose hash it holds
_ID = 32  # hex digits of a record's id; copies that `repeat` wrote have `-2` and so on behind it


def manifest_of(folder: Path) -> Manifest:
    """The manifest of a version, whose data and ledger are there.

    Raises:
        VersionError: the folder is not a version, or files of it are missing.
    """
    manifest = manifests.read(folder)
    names = [*(name for info in manifest.splits.values() for name in info.files), "ledger/drops.parquet"]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise VersionError(f"{folder} cannot be compared: {missing[0]} is missing")
    return manifest


def kept(folder: Path, manifest: Manifest, columns: Sequence[str]) -> pl.DataFrame:
    """The records of a version: `id`, `source`, `task`, `split`, and the hash of each of these columns.

    The hashes are polars' own: fast, and good within this process only.
    """
    hashes = [pl.col(name).hash(seed=0).alias(HASHED + name) for name in columns]
    frames = [
        pl.scan_parquet(folder / name).select(*_ABOUT, *hashes).collect().with_columns(pl.lit(split).alias("split"))
        for split, info in manifest.splits.items()
        for name in info.files
    ]
    if not frames:
        raise VersionError(f"{folder} cannot be compared: it has no files in data/")
    return pl.concat(frames).rechunk()


def base(name: str = "id") -> pl.Expr:
    """The id of the record that a row is, or is a copy of."""
    return pl.col(name).str.head(_ID)


def fates(folder: Path, there: pl.DataFrame, places: Mapping[str, int]) -> pl.DataFrame:
    """Where each record of a version ended.

    Args:
        folder: the version.
        there: its records, from `kept`.
        places: a step's label to its place in the alignment.

    Returns:
        `id`, `source`, `fate` (a place, or KEPT), and of dropped ones `twin` and `ranked` (decided by a hashed rank).
    """
    columns = ["id", "source", "stage", "twin", "rank"]
    gone = pl.scan_parquet(folder / "ledger/drops.parquet").select(columns).filter(pl.col("id").is_not_null()).collect()
    gone = gone.select(
        "id",
        "source",
        pl.col("stage").replace_strict(places, return_dtype=pl.Int16).alias("fate"),
        "twin",
        pl.col("rank").is_not_null().alias("ranked"),
    )
    copies = there.filter(pl.col("id").str.len_bytes() == _ID) if _repeats(there) else there
    stay = copies.select(
        "id",
        "source",
        pl.lit(KEPT, pl.Int16).alias("fate"),
        pl.lit(None, pl.String).alias("twin"),
        pl.lit(value=False).alias("ranked"),
    )
    return pl.concat([stay, gone])


def _repeats(there: pl.DataFrame) -> bool:
    return bool((there["id"].str.len_bytes() > _ID).any())


def places_of(pairs: Sequence[Pair], *, new: bool) -> dict[str, int]:
    """Labels of one version's steps to their places in the alignment."""
    steps = [(at, pair.new if new else pair.old) for at, pair in enumerate(pairs)]
    return {step.label: at for at, step in steps if step is not None}
