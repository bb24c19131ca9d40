"""Where the records went: step by step, and source by source. All of it stands in the manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from curate.manifest import Manifest, StageInfo
from curate_reports.share import part

# The first step of every build has no place in the recipe.
INGEST = "ingest"


@dataclass(frozen=True)
class Reason:
    """Why records went.

    Args:
        rule: of the step.
        reason: in words.
        rows: that went for it.
    """

    rule: str
    reason: str
    rows: int


@dataclass(frozen=True)
class Step:
    """One step of the build.

    Args:
        label: its place and name: `1.filter.words`; `ingest` for the reading.
        name: of the stage.
        rows_in: that arrived at it: of one source only, where it is a source's own step.
        dropped: that it took out; quarantined ones at `ingest`.
        kept: rows_in - dropped.
        alive: records of the whole build that are left after it.
        dropped_by_source: sources that lost something.
        reasons: the most frequent first.
    """

    label: str
    name: str
    rows_in: int
    dropped: int
    kept: int
    alive: int
    dropped_by_source: dict[str, int]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Source:
    """What became of a source: rows_in + repeated = rows_out + dropped + quarantined.

    Args:
        name: in the recipe.
        adapter: that read it.
        title: of the data set.
        url: where it comes from.
        license: of it.
        origin: who wrote it.
        rows_in: rows that were read.
        quarantined: rows that did not fit.
        dropped: by steps.
        repeated: copies that a step added.
        rows_out: in the dataset.
        share: of the dataset, 0-1.
        worst: label of the step that took most of it, if one took any.
        worst_dropped: how many that took.
    """

    name: str
    adapter: str
    title: str
    url: str
    license: str
    origin: str
    rows_in: int
    quarantined: int
    dropped: int
    repeated: int
    rows_out: int
    share: float
    worst: str | None
    worst_dropped: int


@dataclass(frozen=True)
class Expectation:
    """Something that the recipe expects of the result.

    Args:
        what: its key in the recipe: `rows.min`.
        limit: what the recipe allows.
        value: what the build had.
        ok: whether it holds.
    """

    what: str
    limit: str
    value: str
    ok: bool


def expectations(manifest: Manifest) -> tuple[Expectation, ...]:
    """What the recipe expected, in its order."""
    return tuple(Expectation(one.what, one.limit, one.value, one.ok) for one in manifest.expectations)


def steps(manifest: Manifest, quarantined: Mapping[str, int]) -> tuple[Step, ...]:
    """The reading, then every step in the order they ran.

    Args:
        manifest: of the version.
        quarantined: rows by reason, from the ledger.
    """
    alive = manifest.rows_in - manifest.quarantined
    faults = {name: info.quarantined for name, info in manifest.sources.items() if info.quarantined}
    reasons = _ranked(Counter({("quarantine", reason): rows for reason, rows in quarantined.items()}))
    read = Step(INGEST, INGEST, manifest.rows_in, manifest.quarantined, alive, alive, faults, reasons)
    found = [read]
    for stage in manifest.stages:
        found.append(_step(stage, found[-1].alive))
    return tuple(found)


def sources(manifest: Manifest) -> tuple[Source, ...]:
    """The sources in the recipe's order."""
    return tuple(_source(manifest, name) for name in manifest.sources)


def _source(manifest: Manifest, name: str) -> Source:
    info = manifest.sources[name]
    losses = [(sum(stage.dropped.get(name, {}).values()), stage.label) for stage in manifest.stages]
    most, label = max(losses, key=lambda loss: loss[0], default=(0, ""))
    return Source(
        name,
        info.adapter,
        info.title,
        info.url,
        info.license,
        info.origin,
        info.rows_in,
        info.quarantined,
        info.dropped,
        info.repeated,
        info.rows_out,
        share=part(info.rows_out, manifest.rows_out),
        worst=label if most else None,
        worst_dropped=most,
    )


def _step(stage: StageInfo, alive: int) -> Step:
    counts = Counter[tuple[str, str]]()
    for rules in stage.dropped.values():
        for key, rows in rules.items():
            rule, _, reason = key.partition(": ")
            counts[rule, reason] += rows
    by_source = {name: sum(rules.values()) for name, rules in stage.dropped.items() if rules}
    rows_in, dropped = sum(stage.rows_in.values()), sum(by_source.values())
    kept = rows_in - dropped
    return Step(stage.label, stage.name, rows_in, dropped, kept, alive - dropped, by_source, _ranked(counts))


def _ranked(counts: Counter[tuple[str, str]]) -> tuple[Reason, ...]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Reason(rule, reason, rows) for (rule, reason), rows in ranked)
