"""Describe: a build's numbers as the manifest that readers see, reconciled or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from curate import plugin
from curate.collect import Intake
from curate.errors import AccountingError
from curate.expect import Check
from curate.inputs import adapter_of
from curate.lock import tool_versions
from curate.manifest import ExpectationInfo, InputInfo, Manifest, SourceInfo, SplitInfo, StageInfo, TermsInfo
from curate.passes import Tally
from curate.recipe import Recipe, SourceSpec
from curate.rows import Columns, Seal

# A source of which deduplication removes more than this share is told of.
COPY = 0.5


def describe(
    recipe: Recipe, intake: Intake, tallies: Sequence[Tally], sealed: Seal, columns: Columns, checks: Sequence[Check]
) -> Manifest:
    """The manifest, without the files.

    Raises:
        AccountingError: in total or for a source, rows in and rows out do not reconcile.
    """
    sources = {name: _source_info(recipe, name, intake, tallies, sealed) for name in recipe.sources}
    for name, info in sources.items():
        if info.rows_in + info.repeated != info.rows_out + info.dropped + info.quarantined:
            raise AccountingError(f"source {name!r} does not reconcile: {info.model_dump()}; please report this")
    total = {
        key: sum(getattr(info, key) for info in sources.values())
        for key in ("rows_in", "rows_out", "dropped", "quarantined", "repeated")
    }
    sums = [InputInfo(source=file.source, name=file.name, sha256=file.sha256, bytes=file.size) for file in intake.files]
    remote = [InputInfo(source=one.source, name=one.name) for one in intake.hub]
    return Manifest(
        name=recipe.name,
        version=sealed.version(columns),
        description=recipe.description,
        license=recipe.license,
        fingerprint=f"{sealed.total:032x}",
        columns={name: str(dtype) for name, dtype in columns.items()},
        **total,
        splits={
            name: SplitInfo(rows=rows, bytes=sealed.bytes[name], files=[]) for name, rows in sorted(sealed.rows.items())
        },
        sources=sources,
        stages=[_stage_info(tally, recipe) for tally in tallies],
        terms=[
            TermsInfo(source=source, split=split, license=licence, origin=origin, rows=rows)
            for (source, split, licence, origin), rows in sorted(sealed.out.items())
        ],
        expectations=[ExpectationInfo(**asdict(check)) for check in checks],
        inputs=sums + remote,
        warnings=warnings_of(recipe, intake, tallies),
        recipe=recipe.digest(),
        seed=recipe.seed,
        files={},
        tool=tool_versions(),
    )


def _source_info(recipe: Recipe, name: str, intake: Intake, tallies: Sequence[Tally], sealed: Seal) -> SourceInfo:
    spec, about = recipe.sources[name], adapter_of(recipe.sources[name]).about
    return SourceInfo(
        adapter=spec.adapter,
        title=about.title,
        url=about.url,
        license=spec.license or about.license,
        origin=spec.origin or about.origin,
        # Who states other terms than the adapter reads a relative of its data, which other models may have written.
        models=list(spec.models or (() if spec.license or spec.origin else about.models)),
        rows_in=intake.rows_in[name],
        quarantined=intake.faults.filter(pl.col("source") == name).height,
        dropped=sum(tally.dropped_of(name) for tally in tallies),
        repeated=sealed.repeated.get(name, 0),
        rows_out=sum(rows for (source, *_), rows in sealed.out.items() if source == name),
        settings=_settings_of(spec),
    )


def _settings_of(spec: SourceSpec) -> dict[str, Any]:
    """What the recipe says of a source; `path` and `hub` are told by the inputs, the steps by the stages."""
    own = spec.options.model_dump(mode="json", exclude_none=True)
    keys = spec.model_dump(mode="json", include={"split", "config", "on_error"}, exclude_none=True)
    return {**own, **keys}


def _stage_info(tally: Tally, recipe: Recipe) -> StageInfo:
    steps = [*recipe.steps, recipe.format, *(step for spec in recipe.sources.values() for step in spec.steps)]
    settings = {
        step.label: recipe.shown_paths(step.settings.model_dump(mode="json", exclude_none=True)) for step in steps
    }
    settings["split"] = recipe.split.model_dump(mode="json")
    return StageInfo(
        label=tally.label,
        name=tally.name,
        settings=settings[tally.label],
        rows_in={name: rows for name, rows in tally.rows_in.items() if rows},
        dropped={name: dict(sorted(rules.items())) for name, rules in tally.dropped.items() if rules},
        counts=dict(sorted(tally.counts.items())),
    )


def warnings_of(recipe: Recipe, intake: Intake, tallies: Sequence[Tally]) -> list[str]:
    """What a careful reader of the numbers would ask about."""
    said = [(tally.label, plugin.stage(tally.name).warn(dict(tally.counts))) for tally in tallies]
    found = [f"{label}: {text}" for label, text in said if text]
    found += [
        f"{tally.label}: {lost:,} of the {rows:,} records of source {name!r} went as duplicates: a copy of others?"
        for tally in tallies
        if tally.name == "dedup"
        for name, rows in tally.rows_in.items()
        if (lost := tally.dropped_of(name)) > COPY * rows
    ]
    gone = {name: sum(tally.dropped_of(name) for tally in tallies) for name in recipe.sources}
    for name, rows in intake.rows_in.items():
        quarantined = intake.faults.filter(pl.col("source") == name).height
        if rows and gone[name] + quarantined >= rows:
            found.append(f"source {name!r}: none of its {rows:,} rows is left")
        elif rows and gone[name] + quarantined > 0.9 * rows:
            found.append(f"source {name!r}: {rows - gone[name] - quarantined:,} of its {rows:,} rows are left")
        if quarantined:
            found.append(f"source {name!r}: {quarantined:,} of {rows:,} rows were quarantined")
    return found
