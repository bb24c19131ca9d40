"""What is read of a version, once, for all that a report shows: narrow columns of every record, texts of a few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curate import manifest as manifests
from curate.manifest import Manifest
from curate_reports import cluster, sample
from curate_reports.output import repeated
from curate_reports.rows import RANK, UNITS, looked_up, measured, rank
from curate_reports.sample import Sample

CLUSTERS = 10
_OUTPUTS = 5


@dataclass(frozen=True)
class Reading:
    """A version as a report sees it.

    Args:
        folder: of the version.
        manifest: of it.
        narrow: some tens of bytes a record, as `curate_reports.rows.measured` gives them.
        common: the outputs that several records share, as `curate_reports.output.repeated` gives them.
        largest: the largest clusters of duplicates, as `curate_reports.cluster.largest` gives them.
        cut: the highest rank in the sample that languages and openings are told of.
        texts: the records of that sample, and whatever else is shown, as `curate_reports.rows.looked_up` gives them.
        seen: what the sample tells.
        bodies: prompts of all texts without their template, by id.
    """

    folder: Path
    manifest: Manifest
    narrow: pl.DataFrame
    common: pl.DataFrame
    largest: pl.DataFrame
    cut: int
    texts: pl.DataFrame
    seen: Sample
    bodies: dict[str, str]


def read(
    folder: Path,
    units: Sequence[str] = tuple(UNITS),
    size: int = sample.SIZE,
    columns: Callable[[str], bool] = {"id", "source"}.__contains__,
    more: Callable[[pl.DataFrame], pl.Series] | None = None,
) -> Reading:
    """Read a version.

    Args:
        folder: of a finished version.
        units: of lengths.
        size: records that languages and openings are told of.
        columns: which columns of `data/` the texts have.
        more: from the narrow columns to the ranks of further records whose texts are needed.

    Raises:
        VersionError: it is none, or it is damaged.
    """
    manifest = manifests.read(folder)
    narrow = measured(folder, manifest, units)
    common = repeated(narrow, _OUTPUTS)
    largest = cluster.largest(folder, manifest, CLUSTERS)
    cut = sample.cut_off(narrow[RANK], size)
    ranks = [common[RANK], sample.ranks_of(largest["twin"].to_list(), rank(manifest))]
    wanted = pl.concat([*ranks, *([more(narrow)] if more else [])])
    chosen = (pl.col(RANK) <= cut) | pl.col(RANK).is_in(wanted.implode())
    texts = looked_up(folder, manifest, chosen, columns)
    seen, bodies = sample.sample(texts, cut, narrow.height)
    return Reading(folder, manifest, narrow, common, largest, cut, texts, seen, bodies)
