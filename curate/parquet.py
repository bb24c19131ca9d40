"""Parquet with the same bytes for the same rows: one chunk, fixed row groups, fixed codec, no dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from curate.engine import Engine
from curate.rows import Columns, rows_of, text_bytes
from curate.unit import Unit

# Canonical text a shard: 256 MB makes files of some 100 MB, small enough to be sent again when one changes.
SHARD_BYTES = 256_000_000

# 10,000 records of instruction data are some 10 MB: the Hub's viewer reads one row group to show a page.
_ROW_GROUP = 10_000


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame so that equal frames give equal files (for one version of pyarrow, which stands in the footer).

    Args:
        frame: large strings and lists look in the file as small ones do, and are read as such.
        path: the file to write.
    """
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    table = table.combine_chunks()
    pq.write_table(
        table,
        path,
        row_group_size=_ROW_GROUP,
        compression="zstd",
        compression_level=1,  # a third faster than 3 and 18 % larger; still a quarter smaller than snappy
        use_dictionary=[
            name for name in ("source", "task", "license", "origin", "stage", "rule", "file") if name in frame.columns
        ],
        version="2.6",
        data_page_version="1.0",
        write_page_index=True,
        store_schema=False,
        use_content_defined_chunking=True,
    )


def write_splits(units: Sequence[Unit], columns: Columns, folder: Path, scratch: Path, engine: Engine) -> list[Path]:
    """Write `data/<split>-00000-of-0000N.parquet`: rows sorted by id, each shard a range of ids.

    Args:
        units: have been through every stage.
        columns: what to write.
        folder: the `data` folder, which exists.
        scratch: a folder for rows on their way.
        engine: where to gather and write.

    Returns:
        The files, in order.
    """
    shards = _shards(engine.map("sizes", units, text_bytes, dict(columns)))
    jobs = [(split, number, total, folder) for split, total in sorted(shards.items()) for number in range(total)]
    if max(shards.values(), default=1) == 1:
        return engine.map("write", jobs, _write_from_units, tuple(units), dict(columns))
    scratch.mkdir(parents=True, exist_ok=True)
    engine.map("shuffle", list(enumerate(units)), _scatter, dict(columns), shards, scratch)
    return engine.map("write", jobs, _write_from_scratch, len(units), dict(columns), scratch)


def _shards(sizes: Sequence[dict[str, int]]) -> dict[str, int]:
    """How many files each split has."""
    total = Counter[str]()
    for size in sizes:
        total.update(size)
    return {split: 1 + size // SHARD_BYTES for split, size in total.items()}


Job = tuple[str, int, int, Path]


def _path(job: Job) -> Path:
    split, number, total, folder = job
    return folder / f"{split}-{number:05d}-of-{total:05d}.parquet"


def _write_from_units(job: Job, units: Sequence[Unit], columns: Columns) -> Path:
    frames = [rows_of(unit, columns).filter(pl.col("split") == job[0]).drop("split") for unit in units]
    write_parquet(pl.concat(frames).sort("id"), _path(job))
    return _path(job)


def _scatter(numbered: tuple[int, Unit], columns: Columns, shards: dict[str, int], scratch: Path) -> None:
    """Cut a unit's rows by split and shard."""
    number, unit = numbered
    frame = rows_of(unit, columns)
    top = pl.col("id").str.head(8).str.to_integer(base=16, dtype=pl.UInt64)
    wide = pl.col("split").replace_strict(shards, return_dtype=pl.UInt64)
    frame = frame.with_columns(((top * wide) // (1 << 32)).alias("shard"))
    for (split, shard), rows in frame.partition_by("split", "shard", as_dict=True, include_key=False).items():
        rows.write_ipc(scratch / f"{split}-{shard}-{number}.arrow")


def _write_from_scratch(job: Job, units: int, columns: Columns, scratch: Path) -> Path:
    split, number, _, _ = job
    paths = [scratch / f"{split}-{number}-{unit}.arrow" for unit in range(units)]
    # Few large records can leave a shard without any.
    frames = [pl.DataFrame(schema=dict(columns)), *(pl.read_ipc(path) for path in paths if path.exists())]
    write_parquet(pl.concat(frames).sort("id"), _path(job))
    return _path(job)
