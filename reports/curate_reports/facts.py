"""The facts of a dataset version: everything that a report shows, as plain frozen data.

The terminal shows them, `--json` prints them, and whatever else shows them takes them from here. They are computed from
the version's folder alone: the manifest, the ledger, and two passes over `data/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from curate.manifest import Manifest, TermsInfo
from curate_reports import cluster, funnel
from curate_reports.alert import Alert, alerts
from curate_reports.cluster import Cluster, Clusters
from curate_reports.funnel import Expectation, Source, Step
from curate_reports.length import Length, lengths
from curate_reports.output import EXCERPT, Outputs, outputs
from curate_reports.reading import Reading, read
from curate_reports.sample import Sample
from curate_reports.share import Share, shares
from curate_reports.task import Tasks, tasks

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Facts:
    """A version in numbers.

    Args:
        name: of the dataset.
        version: its id.
        path: of its folder.
        description: as the recipe gives it.
        license: as the recipe declares it.
        seed: of the build.
        tool: versions of what built it.
        rows_in: rows that were read.
        quarantined: rows that did not fit.
        dropped: by steps.
        repeated: copies that steps added.
        rows_out: records in the dataset.
        splits: records by split.
        steps: what each step did.
        sources: what became of each source.
        expectations: of the recipe, and what was found.
        lengths: of prompts and completions, or texts.
        sample: languages and openings.
        licenses: records by licence.
        origins: records by who wrote them: human, model, mixed, unknown.
        tasks: the mix.
        outputs: what stands out among them.
        clusters: duplicates that went, by what stayed.
        alerts: what to look at.
    """

    name: str
    version: str
    path: str
    description: str
    license: str | None
    seed: int
    tool: dict[str, str]
    rows_in: int
    quarantined: int
    dropped: int
    repeated: int
    rows_out: int
    splits: tuple[Share, ...]
    steps: tuple[Step, ...]
    sources: tuple[Source, ...]
    expectations: tuple[Expectation, ...]
    lengths: tuple[Length, ...]
    sample: Sample
    licenses: tuple[Share, ...]
    origins: tuple[Share, ...]
    tasks: Tasks
    outputs: Outputs
    clusters: Clusters
    alerts: tuple[Alert, ...]

    def as_json(self) -> dict[str, Any]:
        """The facts as one JSON object."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}


def facts(folder: Path) -> Facts:
    """Compute the facts of a version.

    Args:
        folder: of a finished version.

    Raises:
        VersionError: it is none, or it is damaged.
    """
    return told(read(folder))


def told(reading: Reading) -> Facts:
    """The facts of what was read of a version."""
    folder, manifest, narrow = reading.folder, reading.manifest, reading.narrow
    mix, said, origin = tasks(narrow), outputs(narrow, reading.common, reading.texts), funnel.sources(manifest)
    return Facts(
        **_head(folder, manifest),
        steps=funnel.steps(manifest, cluster.quarantined(folder, manifest)),
        sources=origin,
        expectations=funnel.expectations(manifest),
        lengths=lengths(narrow),
        sample=reading.seen,
        licenses=_terms(manifest, lambda term: term.license),
        origins=_terms(manifest, lambda term: term.origin),
        tasks=mix,
        outputs=said,
        clusters=_short(cluster.clusters(folder, reading.largest, reading.bodies)),
        alerts=alerts(manifest, origin, mix, reading.seen, said),
    )


def _head(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """What the manifest says as it is."""
    same = ("name", "version", "description", "license", "seed", "tool")
    counts = ("rows_in", "quarantined", "dropped", "repeated", "rows_out")
    splits = shares({name: split.rows for name, split in manifest.splits.items()})
    return {**{name: getattr(manifest, name) for name in (*same, *counts)}, "path": str(folder), "splits": splits}


def _terms(manifest: Manifest, of: Callable[[TermsInfo], str]) -> tuple[Share, ...]:
    counts = Counter[str]()
    for term in manifest.terms:
        counts[of(term)] += term.rows
    return shares(counts)


def _short(found: Clusters) -> Clusters:
    """Excerpts are of the beginning."""
    top: Sequence[Cluster] = [replace(one, excerpt=one.excerpt and one.excerpt[:EXCERPT]) for one in found.top]
    return replace(found, top=tuple(top))
