"""Near-duplicates among all records, for the split, which keeps them together.

Signatures find candidates, exact comparison decides, clusters hang on what was verified (`curate.minhash`).

Instruction data shares text on purpose: one task definition stands in thousands of records. A value of a field that
many records have is therefore no evidence of copying. Two records must agree in such values, and are compared by their
other fields; else a long definition would make all records of its task look alike.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.hashing import hash64
from curate.stages._dedup_near import with_namespace
from curate.text import value

if TYPE_CHECKING:
    from curate.minhash import Clusters, Digests, Shingling, Texts


_NUM_PERM = 128  # values a signature


@dataclass(frozen=True)
class Likeness:
    """What counts as a near-duplicate, and how thoroughly it is looked for.

    Args:
        threshold: least Jaccard similarity of the two sets of shingles.
        shared: a field's value that more records have is not compared, but must be equal; None: compare all text.
        ngram: words a shingle.
        recall: least probability to find a pair that is just as similar as `threshold`.
        leaders: records of a bucket that the others are compared with.
    """

    threshold: float
    shared: int | None
    ngram: int = 5
    recall: float = 0.95
    leaders: int = 8

    @property
    def shingling(self) -> Shingling:
        """How texts are cut."""
        from curate.minhash import Shingling  # noqa: PLC0415 - numba takes 0.3 s to import

        return Shingling(self.ngram)


@dataclass(frozen=True)
class Found:
    """The clusters of near-duplicates.

    Args:
        table: one row a record, in the order of the files: the narrow columns asked for, and `unit`.
        clusters: of the rows of `table`.
        bands: of a signature.
        rows: values a band.
    """

    table: pl.DataFrame
    clusters: Clusters
    bands: int
    rows: int


def keys(frame: pl.DataFrame, fields: Sequence[str], instead: str | None = None) -> list[pl.Series]:
    """`text_N` and `hash_N` (UInt64) of each field, in normal form C; the hash of an empty field is null.

    Args:
        frame: the columns that the fields are read from.
        fields: what is compared.
        instead: the field that stands for the first one in records of which no field holds text.
    """
    from curate.minhash import nfc  # noqa: PLC0415 - as above

    texts = frame.select(value(name).alias(f"text_{place}") for place, name in enumerate(fields))
    if instead is not None:
        blank = pl.all_horizontal(pl.all().str.strip_chars() == "")
        bare = texts.select(blank.alias("blank")).to_series()
        if bare.any():
            texts = texts.with_columns(
                frame.select(value(instead).alias("text_0")).to_series().zip_with(bare, texts["text_0"])
            )
    columns = []
    for place, text in enumerate(nfc(series) for series in texts):
        filled = pl.when(pl.col("text").str.strip_chars() != "").then(pl.col("text"))
        columns += [text, text.to_frame("text").select(hash64(filled).alias(f"hash_{place}")).to_series()]
    return columns


def find(files: Sequence[Path], fields: int, how: Likeness, narrow: Sequence[str], best: Sequence[str]) -> Found:
    """Cluster all records.

    Args:
        files: the keys of each unit: what `keys` made, and the narrow columns.
        fields: how many fields are compared.
        how: what counts as near.
        narrow: columns of the keys to read beside `at`.
        best: those of them that say, sorted by, which record of a cluster is the best one; no two records are equal in
            all of them.
    """
    from curate.minhash import choose_bands, cluster  # noqa: PLC0415 - as above

    threads = os.cpu_count() or 1
    bands, rows = choose_bands(how.threshold, _NUM_PERM, how.recall)
    hashes = [f"hash_{place}" for place in range(fields)]
    parts = [
        pl.read_ipc(path, columns=["at", *narrow, *hashes]).with_columns(pl.lit(number, dtype=pl.UInt32).alias("unit"))
        for number, path in enumerate(files)
    ]
    table = with_namespace(pl.concat(parts), hashes, how.shared)
    held = _texts(files, table, [part.height for part in parts])
    digests = _digests(held, how, bands, rows, table["namespace"].to_numpy(), threads)
    rank = np.empty(table.height, dtype=np.int64)
    rank[table.select(pl.arg_sort_by(*best)).to_series().to_numpy()] = np.arange(table.height)
    clusters = cluster(
        digests,
        rank,
        held,
        how.shingling,
        how.threshold,
        leaders=how.leaders,
        threads=threads,
    )
    return Found(table.select("unit", "at", *narrow), clusters, bands, rows)


def _digests(held: Texts, how: Likeness, bands: int, rows: int, space: np.ndarray, threads: int) -> Digests:
    """Digests of which those of different namespaces meet in no bucket, and are equal in no hash of all tokens."""
    from curate.minhash import digest_texts  # noqa: PLC0415 - as above

    digests = digest_texts(held, how.shingling, bands, rows, _NUM_PERM, threads)
    return replace(
        digests,
        bands=digests.bands ^ (space & np.uint64(0xFFFFFFFF)).astype(np.uint32)[:, None],
        exact=digests.exact ^ space,
    )


def _texts(files: Sequence[Path], table: pl.DataFrame, heights: Sequence[int]) -> Texts:
    """The text of each record that is compared: its own fields, joined by blanks."""
    from curate.minhash import Texts  # noqa: PLC0415 - as above

    stops = np.cumsum(heights)
    texts = [
        _compared(path, table.slice(stop - height, height))
        for path, height, stop in zip(files, heights, stops, strict=True)
    ]
    return Texts.from_arrow([text.to_arrow(compat_level=pl.CompatLevel.newest()) for text in texts])


def _compared(path: Path, part: pl.DataFrame) -> pl.Series:
    fields = [name.removeprefix("own_") for name in part.columns if name.startswith("own_")]
    texts = pl.read_ipc(path, columns=[f"text_{field}" for field in fields])
    frame = pl.concat([texts, part.select(f"own_{field}" for field in fields)], how="horizontal")
    own = [pl.when(pl.col(f"own_{field}")).then(pl.col(f"text_{field}")) for field in fields]
    return frame.select(pl.concat_str(own, separator=" ", ignore_nulls=True).alias("text")).to_series()
