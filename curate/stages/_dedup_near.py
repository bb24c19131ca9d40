"""Near-duplicates by MinHash, of which the best record stays, and records that are near one beside the mix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.room import Room
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
    files: Sequence[Path],
    settings: DedupSettings,
    sources: Sequence[str],
    keep: Keep,
    room: Room,
    references: Path | None,
) -> Outcome:
    """Drop what is near a reference; cluster the rest and keep the first of each cluster in the order of `prefer`.

    Args:
        files: the keys of each unit.
        settings: threshold and bands, preferences.
        sources: in the recipe's order.
        keep: holds the signatures of each unit.
        room: how much memory there is.
        references: the keys of the references, if there are any.
    """
    from curate.minhash import cluster, match  # noqa: PLC0415 - numba takes 0.3 s to import

    names = hashes_of(settings.on)
    places, hashes = _near.Places(files), _near.stacked(files, names)
    room.require("dedup by minhash", len(places), _near.NARROW)
    order = preference.ranks(_near.stacked(files, ["order", "source", "origin", "length"]), settings.prefer, sources)
    beside = parted(references, hashes, settings, keep) if references is not None else None
    known = 0
    if beside is not None:
        files, held = [*files, beside], pl.read_ipc(beside, columns=names)
        hashes, known = pl.concat([hashes, held]), held.height
        order = np.concatenate([order, np.arange(len(order), len(order) + known)])
    ready = _near.prepare(files, hashes, settings, keep, room)
    del hashes
    left, found = None, []
    counts: dict[str, int] = {}
    if beside is not None:
        verified = ready.texts if settings.verify else None
        given = (ready.digests, known, verified, settings.shingling, settings.threshold)
        matches = match(*given, leaders=settings.leaders, threads=ready.threads, shelf=ready.shelf)
        left = ~matches.found
        left[len(places) :] = False
        drops, counts = near_reference(places, matches, beside, settings.threshold)
        found.append(drops)
    clusters = cluster(
        ready.digests,
        order,
        ready.texts,
        settings.shingling,
        settings.threshold,
        among=left,
        verify=settings.verify,
        leaders=settings.leaders,
        threads=ready.threads,
        shelf=ready.shelf,
    )
    found.append(_drops(places, clusters, settings.threshold))
    counts = {"records": len(places), **_counts(clusters, ready.bands, ready.rows), **counts}
    return Outcome(drops=pl.concat(found, how="diagonal"), counts=counts)


def _drops(places: _near.Places, clusters: Clusters, threshold: float) -> pl.DataFrame:
    gone = np.flatnonzero(~clusters.kept)
    leaders, similarity = clusters.leader[gone], clusters.similarity[gone]
    reason = np.where(clusters.direct[gone], "near-duplicate", "near-duplicate through others")
    return places.of(gone).with_columns(
        pl.lit("minhash").alias("rule"),
        pl.Series("reason", np.where(similarity == 1.0, "same words", reason), dtype=pl.String),
        pl.Series("value", [f"{one:.4f}" for one in similarity], dtype=pl.String),
        pl.lit(f"{threshold:g}").alias("limit"),
        pl.Series("similarity", similarity, dtype=pl.Float64),
        *places.of(leaders, "twin_unit", "twin_at").get_columns(),
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
