"""Near-duplicates among all records, for the stages that take them out (`dedup`) or keep them together (`split`).

Signatures find candidates, exact comparison decides, clusters hang on what was verified (`curate.minhash`).

Instruction data shares text on purpose: one task definition stands in thousands of records. A value of a field that
many records have is therefore no evidence of copying. Two records must agree in such values, and are compared by their
other fields; else a long definition would make all records of its task look alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.room import Room, Shelf
from curate.stage import Keep
from curate.stages._near_apart import apart
from curate.stages._near_likeness import Likeness
from curate.stages._near_sign import sign

if TYPE_CHECKING:
    from curate.minhash import Digests, Texts


# Bytes of each record that a thread needs to put a band into buckets.
_TABLES = 26

# Bytes that the search holds of each record whatever lies on disk: text's hash, place in the order, cluster, twin
# (measured: benchmarks/memory.py).
NARROW = 140


@dataclass(frozen=True)
class Prepared:
    """All that clustering needs.

    Args:
        texts: what is compared of each record, in the order of the files.
        digests: of the texts.
        bands: of a signature.
        rows: values a band.
        shelf: where texts and digests lie.
        threads: how many may search at once.
    """

    texts: Texts
    digests: Digests
    bands: int
    rows: int
    shelf: Shelf
    threads: int


class Places:
    """Where each record stands: its unit and its place in it, in 4 bytes a record.

    Args:
        files: the keys of each unit.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        parts = [pl.read_ipc(path, columns=["at"])["at"] for path in files]
        self._starts = np.cumsum([0, *map(len, parts)])
        self._at = np.concatenate([np.empty(0, np.uint32), *(part.to_numpy() for part in parts)])

    def __len__(self) -> int:
        return len(self._at)

    def of(self, rows: np.ndarray, unit: str = "unit", at: str = "at") -> pl.DataFrame:
        """Unit and place of some records, as columns of these names."""
        units = np.searchsorted(self._starts, rows, side="right") - 1
        return pl.DataFrame({unit: units.astype(np.uint32), at: self._at[rows]})


def narrow(path: Path, number: int, columns: Sequence[str]) -> pl.DataFrame:
    """Narrow columns of the keys of a unit, with its number as `unit`."""
    return pl.read_ipc(path, columns=list(columns)).with_columns(pl.lit(number, dtype=pl.UInt32).alias("unit"))


def stacked(files: Sequence[Path], columns: Sequence[str]) -> pl.DataFrame:
    """Narrow columns of the keys of all units, one after the other."""
    return pl.concat([pl.read_ipc(path, columns=list(columns)) for path in files])


def prepare(files: Sequence[Path], hashes: pl.DataFrame, how: Likeness, keep: Keep | None, room: Room) -> Prepared:
    """Sign all records so that those which differ in a value that many records have meet nowhere.

    Args:
        files: the keys of each unit, with the columns of `curate.stages._near_field.fields_of`.
        hashes: of the fields, of all files, one after the other.
        how: what counts as near.
        keep: holds the signatures of each file; None: they are not kept. Nor are they where they do not fit into
            memory: they take more room on disk than the texts.
        room: what stays in memory.
    """
    from curate.minhash import choose_bands  # noqa: PLC0415 - numba takes 0.3 s to import

    bands, rows = choose_bands(how.threshold, how.num_perm, how.recall)
    # Digest, link and leader of each band, sketch, address and length of the text.
    shelf = room.shelf(hashes.height * (12 * bands + how.num_perm + 16))
    threads = room.at_once(_TABLES * hashes.height)
    told = apart(hashes, how.shared, room)
    texts, digests = sign(files, told, how, bands, rows, None if shelf.on_disk else keep, shelf, threads)
    return Prepared(texts, digests, bands, rows, shelf, threads)


def ranks(table: pl.DataFrame, by: Sequence[str]) -> np.ndarray:
    """The place of each row in the order of some columns, int64."""
    rank = np.empty(table.height, dtype=np.int64)
    rank[table.select(pl.arg_sort_by(*by)).to_series().to_numpy()] = np.arange(table.height)
    return rank
