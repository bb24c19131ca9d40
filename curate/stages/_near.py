"""Near-duplicates among all records, for the stages that take them out (`dedup`) or keep them together (`split`).

Signatures find candidates, exact comparison decides, clusters hang on what was verified (`curate.minhash`).

Instruction data shares text on purpose: one task definition stands in thousands of records. A value of a field that
many records have is therefore no evidence of copying. Two records must agree in such values, and are compared by their
other fields; else a long definition would make all records of its task look alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.hashing import hash64
from curate.stage import Keep
from curate.stages._near_field import hashes_of
from curate.stages._near_likeness import Likeness
from curate.stages._near_sign import sign

if TYPE_CHECKING:
    from curate.minhash import Digests, Texts


@dataclass(frozen=True)
class Prepared:
    """All that clustering needs.

    Args:
        table: one row a record, in the order of the files: the narrow columns.
        texts: what is compared of each.
        digests: of the texts.
        bands: of a signature.
        rows: values a band.
    """

    table: pl.DataFrame
    texts: Texts
    digests: Digests
    bands: int
    rows: int


def narrow(path: Path, number: int, columns: Sequence[str]) -> pl.DataFrame:
    """Narrow columns of the keys of a unit, with its number as `unit`."""
    return pl.read_ipc(path, columns=list(columns)).with_columns(pl.lit(number, dtype=pl.UInt32).alias("unit"))


def prepare(files: Sequence[Path], table: pl.DataFrame, how: Likeness, keep: Keep | None, threads: int) -> Prepared:
    """Sign all records so that those which differ in a value that many records have meet nowhere.

    Args:
        files: the keys of each unit, with the columns of `curate.stages._near_field.fields_of`.
        table: the hashes of the fields of all files, one after the other, and what else is narrow.
        how: what counts as near.
        keep: holds the signatures of each file; None: they are not kept.
        threads: how many files are signed at the same time.
    """
    from curate.minhash import choose_bands  # noqa: PLC0415 - numba takes 0.3 s to import

    bands, rows = choose_bands(how.threshold, how.num_perm, how.recall)
    table = _with_namespace(table, hashes_of(how.on), how.shared)
    texts, digests = sign(files, table, how, bands, rows, keep, threads)
    # Records of different namespaces meet in no bucket, and no hash of all their tokens is equal.
    space = table["namespace"].to_numpy()
    low = (space & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    digests = replace(digests, bands=digests.bands ^ low[:, None], exact=digests.exact ^ space)
    return Prepared(table, texts, digests, bands, rows)


def ranks(table: pl.DataFrame, by: Sequence[str]) -> np.ndarray:
    """The place of each row in the order of some columns, int64."""
    rank = np.empty(table.height, dtype=np.int64)
    rank[table.select(pl.arg_sort_by(*by)).to_series().to_numpy()] = np.arange(table.height)
    return rank


def _with_namespace(table: pl.DataFrame, hashes: Sequence[str], shared: int | None) -> pl.DataFrame:
    """Add `own_N` (whether the text of field N is compared) and `namespace` (UInt64, of the values that are not).

    A value that more than `shared` records have is not compared, unless a record would then have nothing to compare.
    """
    common = [
        pl.col(name).is_not_null() & (pl.len().over(name) > shared) if shared is not None else pl.lit(value=False)
        for name in hashes
    ]
    table = table.with_columns(flag.alias(f"common_{place}") for place, flag in enumerate(common))
    flags = [pl.col(f"common_{place}") for place in range(len(hashes))]
    something = pl.any_horizontal(pl.col(name).is_not_null() & ~flag for name, flag in zip(hashes, flags, strict=True))
    outside = [flag & something for flag in flags]
    named = pl.concat_str(
        [
            pl.when(flag).then(pl.col(name).cast(pl.String)).otherwise(pl.lit(""))
            for name, flag in zip(hashes, outside, strict=True)
        ],
        separator=",",
    )
    return table.with_columns(
        *((~flag).alias(f"own_{place}") for place, flag in enumerate(outside)),
        pl.when(pl.any_horizontal(outside))
        .then(hash64(named))
        .otherwise(pl.lit(0, dtype=pl.UInt64))
        .alias("namespace"),
    )
