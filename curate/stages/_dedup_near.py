"""Near-duplicates of which only the best record stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.stage import Outcome
from curate.stages import _near as near
from curate.stages._dedup_settings import DedupSettings

if TYPE_CHECKING:
    from curate.minhash import Clusters

GIANT = near.GIANT


def keys(frame: pl.DataFrame, settings: DedupSettings) -> list[pl.Series]:
    """`text_N` and `hash_N` of each field."""
    return near.keys(frame, settings.on)


def decide(files: Sequence[Path], settings: DedupSettings, criteria: Sequence[str]) -> Outcome:
    """Cluster all records and keep the first of each cluster in the order of the criteria.

    Args:
        files: the keys of each unit.
        settings: threshold and bands.
        criteria: columns to sort by, before `order`.
    """
    how = near.Likeness(
        settings.threshold,
        settings.shared,
        settings.ngram,
        settings.lower,
        settings.punctuation,
        settings.numbers,
        settings.num_perm,
        settings.recall,
        settings.verify,
        settings.leaders,
    )
    best = [*criteria, "order"]
    found = near.find(files, len(settings.on), how, ["order", *criteria], best)
    drops = _drops(found.table, found.clusters, settings.threshold)
    return Outcome(drops=drops, counts=_counts(found))


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


def _counts(found: near.Found) -> dict[str, int]:
    clusters = found.clusters
    sizes = np.unique(clusters.leader[~clusters.kept], return_counts=True)[1]
    told = {name: int(number) for name, number in asdict(clusters.counts).items()}
    return {
        "records": found.table.height,
        "empty_keys": told["empty"],
        "bands": found.bands,
        "rows": found.rows,
        "clusters": len(sizes),
        "largest_cluster": int(sizes.max()) + 1 if len(sizes) else 0,
        **{name: told[name] for name in ("candidates", "verified", "rejected", "capped", "skipped", "collisions")},
    }
