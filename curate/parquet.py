"""Parquet with the same bytes for the same rows: one chunk, fixed row groups, fixed codec, no dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from curate.engine import Engine
from curate.rows import Columns, rows_of, text_bytes
from curate.unit import Unit, mapped

# Canonical text a shard: 256 MB makes files of some 100 MB, small enough to be sent again when one changes.
SHARD_BYTES = 256_000_000

# 10,000 records of instruction data are some 10 MB: the Hub's viewer reads one row group to show a page.
_ROW_GROUP = 10_000

# Columns of few values, or of the same value many times in a row.
_REPEATING = ("source", "task", "license", "origin", "stage", "rule", "file")

# Bytes of a short record while it is sorted and written: 16 a value, three times, and its text.
_ROW_BYTES = 700


class Pieces:
    """A Parquet file that is written piece by piece; the same rows give the same bytes, however they are cut.

    Args:
        path: the file to write.
        like: a frame with its columns; large strings and lists look in the file as small ones do, and are read as such.
    """

    def __init__(self, path: Path, like: pl.DataFrame) -> None:
        self._waiting = like.clear()
        self._file = pq.ParquetWriter(
            path,
            _arrow(self._waiting).schema,
            compression="zstd",
            compression_level=1,  # a third faster than 3 and 18 % larger; still a quarter smaller than snappy
            use_dictionary=[name for name in _REPEATING if name in like.columns],
            version="2.6",
            data_page_version="1.0",
            write_page_index=True,
            store_schema=False,
            use_content_defined_chunking=True,
        )

    def __enter__(self) -> Pieces:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None and self._waiting.height:
            self._file.write_table(_arrow(self._waiting))
        self._file.close()

    def add(self, frame: pl.DataFrame) -> None:
        """Write the rows that make whole row groups; the others wait for what comes next."""
        if self._waiting.height:
            frame = pl.concat([self._waiting, frame], rechunk=False)
        whole = frame.height - frame.height % _ROW_GROUP
        for start in range(0, whole, _ROW_GROUP):
            # A copy of the rows of one group only: Arrow's layout of texts is not that of polars.
            self._file.write_table(_arrow(frame[start : start + _ROW_GROUP]))
        self._waiting = frame[whole:]


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame so that equal frames give equal files (for one version of pyarrow, which stands in the footer)."""
    with Pieces(path, frame) as file:
        file.add(frame)


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
    rows = sum(unit.alive for unit in units) // max(1, len(jobs))
    parts = engine.room.pieces(rows, _ROW_BYTES, engine.room.cores)
    if parts == 1 and max(shards.values(), default=1) == 1:
        return engine.map("write", jobs, _write_from_units, tuple(units), dict(columns))
    scratch.mkdir(parents=True, exist_ok=True)
    engine.map("shuffle", list(enumerate(units)), _scatter, dict(columns), shards, parts, scratch)
    return engine.map("write", jobs, _write_from_scratch, len(units), dict(columns), parts, scratch)


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


def _add_sorted(file: Pieces, frame: pl.DataFrame) -> None:
    """Write rows sorted by id; texts are copied a row group at a time."""
    places = frame.select(pl.col("id").arg_sort()).to_series()
    for start in range(0, frame.height, _ROW_GROUP):
        file.add(frame[places[start : start + _ROW_GROUP]])


def _write_from_units(job: Job, units: Sequence[Unit], columns: Columns) -> Path:
    parts = [rows_of(unit, columns).filter(pl.col("split") == job[0]).drop("split") for unit in units]
    with Pieces(_path(job), pl.DataFrame(schema=dict(columns))) as file:
        _add_sorted(file, pl.concat(parts, rechunk=True))
    return _path(job)


def _scatter(numbered: tuple[int, Unit], columns: Columns, shards: dict[str, int], parts: int, scratch: Path) -> None:
    """Cut a unit's rows by split and, in so many parts a shard, by id."""
    number, unit = numbered
    frame = rows_of(unit, columns)
    top = pl.col("id").str.head(8).str.to_integer(base=16, dtype=pl.UInt64)
    wide = pl.col("split").replace_strict(shards, return_dtype=pl.UInt64) * parts
    frame = frame.with_columns(((top * wide) // (1 << 32)).alias("part"))
    for (split, part), rows in frame.partition_by("split", "part", as_dict=True, include_key=False).items():
        rows.write_ipc(scratch / f"{split}-{part}-{number}.arrow")


def _write_from_scratch(job: Job, units: int, columns: Columns, parts: int, scratch: Path) -> Path:
    split, number, _, _ = job
    nothing = pl.DataFrame(schema=dict(columns))
    with Pieces(_path(job), nothing) as file:
        for part in range(number * parts, (number + 1) * parts):
            paths = [scratch / f"{split}-{part}-{unit}.arrow" for unit in range(units)]
            # Few large records can leave a part without any.
            frames = [nothing, *(mapped(path, list(columns)) for path in paths if path.exists())]
            _add_sorted(file, pl.concat(frames, rechunk=True))
    return _path(job)
