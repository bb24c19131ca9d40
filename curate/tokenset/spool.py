"""Spool: tokens on their way, in two plain files: rows come in one after the other and are read in any order.

Five bytes a token on the disk, and nothing of them in memory that the system cannot take back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from curate.tokenset.encode import Encoded, Mask
from curate.tokenset.layout import IGNORED, MASK
from curate.tokenset.segment import Places, spread

# Tokens that are put in order at a time: some 100 MB.
_TOKENS = 4_000_000

# The packed rows of a row group: what a reader of one packed row has to unpack.
_ROW_GROUP = 10_000

_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("task", pa.string()),
        ("input_ids", pa.list_(pa.int32())),
        ("labels", pa.list_(pa.int32())),
        (MASK, pa.list_(pa.int8())),
        ("length", pa.int32()),
        ("trained", pa.int32()),
        ("bin", pa.int32()),
        ("slot", pa.int32()),
    ]
)


class Spool:
    """The tokens of a split, in the order in which they came.

    Args:
        folder: for its two files; it exists, and is left to who made it.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = folder / "ids", folder / "trained"
        self._files = tuple(path.open("wb") for path in self._paths)

    def add(self, encoded: Encoded, kept: Mask) -> None:
        """Put rows at the end.

        Args:
            encoded: some rows.
            kept: which of them.
        """
        tokens = np.repeat(kept, encoded.lengths)
        for file, values in zip(self._files, (encoded.ids, encoded.trained), strict=True):
            file.write(np.ascontiguousarray(values[tokens]).data)

    def close(self) -> None:
        """Nothing more comes."""
        for file in self._files:
            file.close()

    def write(self, path: Path, about: pa.Table, starts: Places, lengths: Places) -> None:
        """Write rows in another order, as `<split>.parquet`.

        Args:
            path: the file.
            about: the columns beside the tokens, a row a row, in the wanted order.
            starts: where each row's tokens begin, in the wanted order.
            lengths: how many it has.
        """
        options = {
            "compression": "zstd",
            "compression_level": 1,
            "use_dictionary": ["source", "task", "input_ids.list.element", "labels.list.element"],
            "store_schema": False,  # other writers' metadata would differ from version to version
            "version": "2.6",
        }
        ids, trained = self._maps()
        with pq.ParquetWriter(path, _SCHEMA, **options) as file:
            for part in _parts(lengths):
                places = spread(starts[part], lengths[part])
                mask = trained[places]
                tokens = ids[places]
                offsets = _arrow(np.concatenate([[0], np.cumsum(lengths[part])]).astype(np.int32))
                lists = {
                    "input_ids": _arrow(tokens),
                    "labels": _arrow(np.where(mask, tokens, np.int32(IGNORED))),
                    MASK: _arrow(np.ones(len(tokens), dtype=np.int8)),
                }
                slice_ = about.slice(part.start, part.stop - part.start)
                columns = [
                    pa.ListArray.from_arrays(offsets, lists[field.name])
                    if field.name in lists
                    else slice_[field.name].combine_chunks().cast(field.type)
                    for field in _SCHEMA
                ]
                file.write_table(pa.Table.from_arrays(columns, schema=_SCHEMA), row_group_size=_ROW_GROUP)

    def _maps(self) -> tuple[npt.NDArray[np.int32], Mask]:
        if not self._paths[0].stat().st_size:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.bool_)
        ids, trained = self._paths
        return np.memmap(ids, dtype=np.int32, mode="r"), np.memmap(trained, dtype=np.bool_, mode="r")


def _arrow(values: npt.NDArray[np.integer]) -> pa.Array:
    """Numbers as Arrow has them; through polars, because pyarrow imports pandas to look at numpy's: two seconds."""
    return pl.Series(values).to_arrow()


def _parts(lengths: Places) -> Iterator[slice]:
    """Runs of rows of some _TOKENS tokens; one row at least, and one run where there are no rows."""
    ends = np.cumsum(lengths)
    start = 0
    while start < len(lengths):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _TOKENS, side="right")))
        yield slice(start, stop)
        start = stop
