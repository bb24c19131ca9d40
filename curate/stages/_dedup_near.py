"""Near-duplicates by MinHash, of which the best record stays, and records that are near one beside the mix."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.stage import Keep, Outcome
from curate.stages import _dedup_prefer as preference
from curate.stages import _near
from curate.stages._dedup_against import near as near_reference
from curate.stages._dedup_against import parted
from curate.stages._dedup_settings import DedupSettings
from curate.stages._near_field import fields_of, hashes_of

if TYPE_CHECKING:
    from curate.minhash import Clusters

# A cluster of more than this share of all records is told of: boilerplate or a template, not a copied record.
GIANT = 0.01


def keys(frame: pl.DataFrame, settings: DedupSettings) -> list[pl.Series]:
    """What is compared, and what any preferences sort by; nothing of it depends on other settings than `on`."""
    return [*fields_of(frame, settings.on).get_columns(), *frame.select(*preference.facts()).get_columns()]


def decide(
    files: Sequence[Path], settings: DedupSettings, sources: Sequence[str], keep: Keep, references: Path | None
) -> Outcome:
    """Drop what is near a reference; cluster the rest and keep the first of each cluster in the order of `prefer`.

    Args:
        files: the keys of each unit.
        settings: threshold and bands, preferences.
        sources: in the recipe's order.
        keep: holds the signatures of each unit.
        references: the keys of the references, if there are any.
    """
    from curate.minhash import cluster, match  # noqa: PLC0415 - numba takes 0.3 s to import

    threads = os.cpu_count() or 1
    hashes = hashes_of(settings.on)
    columns = ["at", "order", "source", "origin", "length", *hashes]
    narrow = [_near.narrow(path, number, columns) for number, path in enumerate(files)]
    beside = parted(references, pl.concat(narrow), settings, keep) if references is not None else None
    if beside is not None:
        files = [*files, beside]
        narrow.append(pl.read_ipc(beside, columns=hashes))
    ready = _near.prepare(files, pl.concat(narrow, how="diagonal"), settings, keep, threads)
    table, held, digests = ready.table, ready.texts, ready.digests
    left, found = None, []
    counts: dict[str, int] = {}
    if beside is not None:
        verified = held if settings.verify else None
        given = (digests, narrow[-1].height, verified, settings.shingling, settings.threshold)
        matches = match(*given, leaders=settings.leaders, threads=threads)
        left = ~matches.found
        left[table.height - narrow[-1].height :] = False
        drops, counts = near_reference(table, matches, beside, settings.threshold)
        found.append(drops)
    clusters = cluster(
        digests,
        preference.ranks(table, settings.prefer, sources),
        held,
        settings.shingling,
        settings.threshold,
        among=left,
        verify=settings.verify,
        leaders=settings.leaders,
        threads=threads,
    )
    found.append(_drops(table, clusters, settings.threshold))
    records = sum(part.height for part in narrow[: len(narrow) - (beside is not None)])
    counts = {"records": records, **_counts(clusters, ready.bands, ready.rows), **counts}
    return Outcome(drops=pl.concat(found, how="diagonal"), counts=counts)


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


def _counts(clusters: Clusters, bands: int, rows: int) -> dict[str, int]:
    sizes = np.unique(clusters.leader[~clusters.kept], return_counts=True)[1]
    told = {name: int(number) for name, number in asdict(clusters.counts).items()}
    return {
        "empty_keys": told["empty"],
        "bands": bands,
        "rows": rows,
        "clusters": len(sizes),
        "largest_cluster": int(sizes.max()) + 1 if len(sizes) else 0,
        **{name: told[name] for name in ("candidates", "verified", "rejected", "capped", "skipped", "collisions")},
    }
