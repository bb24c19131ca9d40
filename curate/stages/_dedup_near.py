"""Near-duplicates by MinHash: signatures find candidates, exact comparison decides, clusters hang on what was verified.

Instruction data shares text on purpose: one task definition stands in thousands of records. A value of a field that
many records have is therefore no evidence of copying. Two records must agree in such values, and are compared by their
other fields; else a long definition would make all records of its task look alike.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.hashing import hash64
from curate.stage import Outcome
from curate.stages._dedup_settings import DedupSettings
from curate.text import value

if TYPE_CHECKING:
    from curate.minhash import Clusters, Shingling

# A cluster of more than this share of all records is told of: boilerplate or a template, not a copied record.
GIANT = 0.01


def keys(frame: pl.DataFrame, settings: DedupSettings) -> list[pl.Series]:
    """`text_N` and `hash_N` (UInt64) of each field, in normal form C; the hash of an empty field is null."""
    from curate.minhash import nfc  # noqa: PLC0415 - numba takes 0.3 s to import

    columns = []
    for place, name in enumerate(settings.on):
        text = nfc(frame.select(value(name).alias(f"text_{place}")).to_series())
        filled = pl.when(pl.col("text").str.strip_chars() != "").then(pl.col("text"))
        columns += [text, text.to_frame("text").select(hash64(filled).alias(f"hash_{place}")).to_series()]
    return columns


def decide(files: Sequence[Path], settings: DedupSettings, criteria: Sequence[str]) -> Outcome:
    """Cluster all records and keep the first of each cluster in the order of the criteria.

    Args:
        files: the keys of each unit.
        settings: threshold and bands.
        criteria: columns to sort by, before `order`.
    """
    from curate.minhash import Texts, choose_bands, cluster, digest_texts  # noqa: PLC0415 - as above

    threads = os.cpu_count() or 1
    bands, rows = choose_bands(settings.threshold, settings.num_perm, settings.recall)
    hashes = [f"hash_{place}" for place in range(len(settings.on))]
    narrow = [
        pl.read_ipc(path, columns=["at", "order", *criteria, *hashes]).with_columns(
            pl.lit(number, dtype=pl.UInt32).alias("unit")
        )
        for number, path in enumerate(files)
    ]
    table = _with_namespace(pl.concat(narrow), hashes, settings.shared)
    stops = np.cumsum([part.height for part in narrow])
    texts = [
        _compared(path, table.slice(stop - part.height, part.height))
        for path, part, stop in zip(files, narrow, stops, strict=True)
    ]
    held = Texts.from_arrow([text.to_arrow(compat_level=pl.CompatLevel.newest()) for text in texts])
    digests = digest_texts(held, _shingling(settings), bands, rows, settings.num_perm, threads)
    # Records of different namespaces meet in no bucket, and no hash of all their tokens is equal.
    space = table["namespace"].to_numpy()
    digests = replace(
        digests,
        bands=digests.bands ^ (space & np.uint64(0xFFFFFFFF)).astype(np.uint32)[:, None],
        exact=digests.exact ^ space,
    )
    rank = np.empty(table.height, dtype=np.int64)
    rank[table.select(pl.arg_sort_by(*criteria, "order")).to_series().to_numpy()] = np.arange(table.height)
    clusters = cluster(
        digests,
        rank,
        held,
        _shingling(settings),
        settings.threshold,
        verify=settings.verify,
        leaders=settings.leaders,
        threads=threads,
    )
    return Outcome(drops=_drops(table, clusters, settings.threshold), counts=_counts(table, clusters, bands, rows))


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


def _compared(path: Path, part: pl.DataFrame) -> pl.Series:
    """The text of each record that is compared: its own fields, joined by blanks."""
    fields = [name.removeprefix("own_") for name in part.columns if name.startswith("own_")]
    texts = pl.read_ipc(path, columns=[f"text_{field}" for field in fields])
    frame = pl.concat([texts, part.select(f"own_{field}" for field in fields)], how="horizontal")
    own = [pl.when(pl.col(f"own_{field}")).then(pl.col(f"text_{field}")) for field in fields]
    return frame.select(pl.concat_str(own, separator=" ", ignore_nulls=True).alias("text")).to_series()


def _drops(table: pl.DataFrame, clusters: Clusters, threshold: float) -> pl.DataFrame:
    gone = np.flatnonzero(~clusters.kept)
    leaders, similarity = clusters.leader[gone], clusters.similarity[gone]
    reason = np.where(clusters.direct[gone], "near-duplicate", "near-duplicate through others")
    return (
        table[gone]
        .select("unit", "at")
        .with_columns(
            pl.lit("minhash").alias("rule"),
            pl.Series("reason", np.where(similarity == 1.0, "same words", reason), dtype=pl.String),
            pl.Series("value", [f"{one:.4f}" for one in similarity], dtype=pl.String),
            pl.lit(f"{threshold:g}").alias("limit"),
            pl.Series("similarity", similarity, dtype=pl.Float64),
            table[leaders]["unit"].alias("twin_unit"),
            table[leaders]["at"].alias("twin_at"),
        )
    )


def _counts(table: pl.DataFrame, clusters: Clusters, bands: int, rows: int) -> dict[str, int]:
    sizes = np.unique(clusters.leader[~clusters.kept], return_counts=True)[1]
    told = {name: int(number) for name, number in asdict(clusters.counts).items()}
    return {
        "records": table.height,
        "empty_keys": told["empty"],
        "bands": bands,
        "rows": rows,
        "clusters": len(sizes),
        "largest_cluster": int(sizes.max()) + 1 if len(sizes) else 0,
        **{name: told[name] for name in ("candidates", "verified", "rejected", "capped", "skipped", "collisions")},
    }


def _shingling(settings: DedupSettings) -> Shingling:
    from curate.minhash import Shingling  # noqa: PLC0415 - as above

    return Shingling(settings.ngram, settings.lower, settings.punctuation, settings.numbers)
