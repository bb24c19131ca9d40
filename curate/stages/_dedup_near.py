"""Near-duplicates by MinHash: signatures find candidates, exact comparison decides, clusters hang on what was verified.

The keys of a unit hold its texts in normal form C too: a decision maps those files into memory and reads only the texts
that it compares.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from curate.stage import Outcome
from curate.stages._dedup_settings import DedupSettings
from curate.text import joined

if TYPE_CHECKING:
    from curate.minhash import Shingling

# A cluster of more than this share of all records is told of: boilerplate or a template, not a copied record.
GIANT = 0.01


def keys(frame: pl.DataFrame, settings: DedupSettings) -> list[pl.Series]:
    """`text`, `exact` (UInt64), `shingles` (UInt32) and `values` (Array of UInt32): affine32 signatures."""
    from curate.minhash import Texts, nfc, signatures  # noqa: PLC0415 - numba takes 0.3 s to import

    text = nfc(frame.select(joined(settings.on).alias("text")).to_series())
    texts = Texts.from_arrow([text.to_arrow(compat_level=pl.CompatLevel.newest())])
    signed = signatures(texts, _shingling(settings), settings.num_perm)
    values = pl.Series("values", signed.values, dtype=pl.Array(pl.UInt32, settings.num_perm))
    return [text, pl.Series("exact", signed.exact), pl.Series("shingles", signed.shingles), values]


def decide(files: Sequence[Path], settings: DedupSettings, criteria: Sequence[str]) -> Outcome:
    """Cluster all records and keep the first of each cluster in the order of the criteria.

    Args:
        files: the keys of each unit.
        settings: threshold and bands.
        criteria: columns to sort by, before `order`.
    """
    from curate.minhash import (  # noqa: PLC0415 - as above
        Signatures,
        Texts,
        choose_bands,
        cluster,
        concat,
        concat_digests,
        digest,
    )

    bands, rows = choose_bands(settings.threshold, settings.num_perm, settings.recall)
    narrow, digests, texts = [], [], []
    for number, path in enumerate(files):
        table = pl.read_ipc(path, columns=["at", "order", *criteria, "exact", "shingles", "values"])
        signed = Signatures(table["values"].to_numpy(), table["exact"].to_numpy(), table["shingles"].to_numpy())
        digests.append(digest(signed, bands, rows))
        narrow.append(table.select(pl.lit(number, dtype=pl.UInt32).alias("unit"), "at", "order", *criteria))
        with pa.memory_map(str(path)) as source:
            texts.append(Texts.from_arrow([pa.ipc.open_file(source).read_all()["text"]]))
    table = pl.concat(narrow)
    rank = np.empty(table.height, dtype=np.int64)
    rank[table.select(pl.arg_sort_by(*criteria, "order")).to_series().to_numpy()] = np.arange(table.height)
    clusters = cluster(
        concat_digests(digests),
        rank,
        concat(texts),
        _shingling(settings),
        settings.threshold,
        verify=settings.verify,
        leaders=settings.leaders,
        threads=os.cpu_count() or 1,
    )
    gone = np.flatnonzero(~clusters.kept)
    leaders = clusters.leader[gone]
    similarity = clusters.similarity[gone]
    reason = np.where(clusters.direct[gone], "near-duplicate", "near-duplicate through others")
    found = (
        table[gone]
        .select("unit", "at")
        .with_columns(
            pl.lit("minhash").alias("rule"),
            pl.Series("reason", np.where(similarity == 1.0, "same words", reason), dtype=pl.String),
            pl.Series("value", [f"{one:.4f}" for one in similarity], dtype=pl.String),
            pl.lit(f"{settings.threshold:g}").alias("limit"),
            pl.Series("similarity", similarity, dtype=pl.Float64),
            table[leaders]["unit"].alias("twin_unit"),
            table[leaders]["at"].alias("twin_at"),
        )
    )
    sizes = np.unique(leaders, return_counts=True)[1]
    told = {name: int(number) for name, number in asdict(clusters.counts).items()}
    counts = {
        "records": table.height,
        "empty_keys": told["empty"],
        "bands": bands,
        "rows": rows,
        "clusters": len(sizes),
        "largest_cluster": int(sizes.max()) + 1 if len(sizes) else 0,
        **{name: told[name] for name in ("candidates", "verified", "rejected", "capped", "skipped", "collisions")},
    }
    return Outcome(drops=found, counts=counts)


def _shingling(settings: DedupSettings) -> Shingling:
    from curate.minhash import Shingling  # noqa: PLC0415 - as above

    return Shingling(settings.ngram, settings.lower, settings.punctuation, settings.numbers)
