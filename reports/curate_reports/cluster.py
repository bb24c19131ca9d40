"""Which records had the most copies, as the ledger tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curate.manifest import Manifest
from curate_reports.rows import collect, scan

DROPS = "ledger/drops.parquet"
EXCERPTS = "ledger/excerpts.parquet"


@dataclass(frozen=True)
class Cluster:
    """A record that stayed, and those that went because of it.

    Args:
        twin: id of the record that stayed.
        rows: records that went.
        sources: of those, the most frequent first.
        stages: that took them.
        least_similar: similarity of the farthest, 0-1; None where the stage gives none.
        most_similar: similarity of the nearest.
        excerpt: the beginning of the text that stayed, where the version still has it.
    """

    twin: str
    rows: int
    sources: tuple[str, ...]
    stages: tuple[str, ...]
    least_similar: float | None
    most_similar: float | None
    excerpt: str | None


@dataclass(frozen=True)
class Clusters:
    """All of them in numbers, the largest one by one.

    Args:
        count: how many there are.
        rows: records that went as duplicates.
        top: the largest first.
    """

    count: int
    rows: int
    top: tuple[Cluster, ...]


def ledger(folder: Path, manifest: Manifest) -> pl.LazyFrame | None:
    """The ledger, lazily; None for a version that came without it."""
    return scan(folder, [DROPS]) if DROPS in manifest.files or (folder / DROPS).is_file() else None


def quarantined(folder: Path, manifest: Manifest) -> dict[str, int]:
    """Quarantined rows by reason."""
    drops = ledger(folder, manifest)
    if drops is None:
        return {}
    counts = collect(drops.filter(pl.col("rule") == "quarantine").group_by("reason").len(), folder)
    return dict(counts.select(pl.col("reason").fill_null("no reason given"), "len").iter_rows())


def largest(folder: Path, manifest: Manifest, most: int) -> pl.DataFrame:
    """The largest clusters: `twin, rows, sources, stages, least, highest`, with `count` and `total` of all clusters.

    Args:
        folder: of the version.
        manifest: of it.
        most: how many clusters to name.
    """
    labels = [stage.label for stage in manifest.stages if stage.name.split(".")[0] == "dedup"]
    drops = ledger(folder, manifest)
    if drops is None or not labels:
        return pl.DataFrame(schema={"twin": pl.String})
    pairs = drops.filter(pl.col("stage").is_in(labels) & pl.col("twin").is_not_null())
    sizes = pairs.group_by("twin").agg(
        pl.len().alias("rows"),
        pl.col("stage").unique().sort().alias("stages"),
        pl.col("similarity").min().alias("least"),
        pl.col("similarity").max().alias("highest"),
    )
    counted = sizes.with_columns(pl.len().alias("count"), pl.col("rows").sum().alias("total"))
    top = collect(counted.sort(pl.col("rows"), pl.col("twin"), descending=[True, False]).head(most), folder)
    from_where = collect(
        pairs.filter(pl.col("twin").is_in(top["twin"].implode())).group_by("twin", "source").len(), folder
    )
    ranked = from_where.sort(pl.col("len"), "source", descending=[True, False])
    return top.join(
        ranked.group_by("twin", maintain_order=True).agg(pl.col("source").alias("sources")),
        on="twin",
        maintain_order="left",
    )


def clusters(folder: Path, found: pl.DataFrame, kept: Mapping[str, str]) -> Clusters:
    """Put together what is known of the largest clusters.

    Args:
        folder: of the version.
        found: as `largest` gives it.
        kept: texts of records that are in the dataset, by id.
    """
    if found.is_empty():
        return Clusters(0, 0, ())
    texts = {**kept, **_excerpts(folder, found["twin"])}
    top = [
        Cluster(
            row["twin"],
            row["rows"],
            tuple(row["sources"]),
            tuple(row["stages"]),
            row["least"],
            row["highest"],
            texts.get(row["twin"]),
        )
        for row in found.iter_rows(named=True)
    ]
    return Clusters(int(found["count"][0]), int(found["total"][0]), tuple(top))


def _excerpts(folder: Path, twins: pl.Series) -> dict[str, str]:
    """The texts that the ledger keeps of these records; a published version may have none."""
    if not (folder / EXCERPTS).is_file():
        return {}
    wanted = scan(folder, [EXCERPTS]).filter(pl.col("id").is_in(twins.to_list())).select("id", "text")
    return dict(collect(wanted, folder).unique("id", keep="first", maintain_order=True).iter_rows())
