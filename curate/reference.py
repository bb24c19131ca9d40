"""References: records beside the mix, such as evaluation sets, read as sources are and prepared for their stages."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from curate.cache import Cache
from curate.collect import Intake, collect
from curate.engine import Engine
from curate.errors import CurateError
from curate.hashing import digest
from curate.inputs import HubInput, InputFile, find_files, find_hub
from curate.recipe import Recipe, SourceSpec
from curate.stage import Reference, Stage
from curate.unit import load

Stages = dict[str | None, list[Stage]]
Inputs = tuple[list[InputFile], list[HubInput]]


def pin(stages: Stages, recipe: Recipe, folder: Path) -> Stages:
    """The stages with what they name outside the recipe pinned down.

    Args:
        stages: of a build, by source.
        recipe: whose folder relative paths start from.
        folder: of the cache.

    Raises:
        CurateError: a model cannot be found.
    """
    return {name: [stage.pin(recipe.base, folder) for stage in group] for name, group in stages.items()}


def bind(stages: Stages, recipe: Recipe, engine: Engine, cache: Cache) -> tuple[Stages, list[Intake]]:
    """Give each stage that needs references what it prepares of them.

    Args:
        stages: of a build, by source.
        recipe: whose folder relative paths start from.
        engine: where to read.
        cache: keeps what was read and prepared.

    Returns:
        The stages, bound, and what was read for them.

    Raises:
        CurateError: a reference cannot be read, or is empty.
    """
    bound: Stages = {}
    intakes: list[Intake] = []
    for name, group in stages.items():
        bound[name] = []
        for stage in group:
            if not stage.references():
                bound[name].append(stage)
                continue
            intake, ready = _bind(stage, recipe, engine, cache)
            intakes.append(intake)
            bound[name].append(ready)
    return bound, intakes


def inputs_of(stages: Stages, recipe: Recipe, engine: Engine, *, fresh: bool = False) -> Inputs:
    """The files and Hub data sets that the stages' references are, digested but not read.

    Args:
        stages: of a build, by source.
        recipe: whose folder relative paths start from.
        engine: where to digest.
        fresh: as for `curate.inputs.find_hub`.
    """
    specs = {
        f"{stage.place.label}.{name}": _spec(f"{stage.place.label}.{name}", one)
        for group in stages.values()
        for stage in group
        for name, one in stage.references().items()
    }
    asked = recipe.model_copy(update={"sources": specs})
    return find_files(asked, engine), find_hub(asked, fresh=fresh)


def _bind(stage: Stage, recipe: Recipe, engine: Engine, cache: Cache) -> tuple[Intake, Stage]:
    needed = stage.references()
    label = stage.place.label
    specs = {f"{label}.{name}": _spec(f"{label}.{name}", one) for name, one in needed.items()}
    intake = collect(recipe.model_copy(update={"sources": specs}), engine, cache)
    key = digest([stage.prepare_key(), sorted((unit.source, unit.key) for unit in intake.units)])
    entry = cache.find(key)
    if entry is None:
        held = {name: _rows(intake, f"{label}.{name}", one) for name, one in needed.items()}
        entry = cache.write(key, stage.prepare(held), {}, stage.name)
    return intake, stage.bind(entry.parts, key)


def _spec(name: str, reference: Reference) -> SourceSpec:
    return SourceSpec.model_construct(
        name=name,
        adapter=reference.adapter,
        path=reference.path,
        hub=reference.hub,
        split=reference.split,
        config=reference.config,
        streaming=False,
        license=None,
        origin=None,
        on_error=SourceSpec.model_fields["on_error"].default,
        steps=(),
        options=reference.options,
    )


def _rows(intake: Intake, source: str, reference: Reference) -> pl.DataFrame:
    frames = [load(unit, sorted(reference.columns)) for unit in intake.units if unit.source == source]
    if not frames:
        raise CurateError(f"{source}: the reference holds no records ({', '.join(reference.path) or reference.hub})")
    return pl.concat(frames)
