"""Plan: what a build would run, and what it would take from the cache. Reads no more than files and cache entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate import memory
from curate.build import plan_stages, resolve
from curate.cache import SCRATCH, Cache
from curate.collect import Intake, collect
from curate.engine.local import LocalEngine
from curate.passes import peek
from curate.recipe import Recipe
from curate.reference import bind, pin
from curate.stage import Stage
from curate.unit import Unit
from curate.version import DEFAULT_OUT


@dataclass(frozen=True)
class Planned:
    """One step of the plan.

    Args:
        label: the step.
        state: `cached`, `partly cached`, `will run`, or `unknown` (it waits for a step that will run).
        rows_in: arriving rows, where they are known.
        rows_out: leaving rows, where they are known.
        why: of a step that is not cached, what changed since the last build of this recipe; None for cached ones.
    """

    label: str
    state: str
    rows_in: int | None = None
    rows_out: int | None = None
    why: str | None = None


class _CacheOnly(Cache):
    """A cache that is not written to: what is missing ends the look."""

    def write(self, *_: object, **__: object) -> None:  # type: ignore[override]
        raise _MissingError


class _MissingError(Exception):
    """Something is not in the cache: a signal, not a fault."""


@dataclass(frozen=True)
class _View:
    """What a look at the plan needs."""

    recipe: Recipe
    engine: LocalEngine
    look: Cache
    out: Path
    then: Mapping[str, Any] | None
    now: Mapping[str, Any]


def plan(recipe: Recipe, cache: Cache, limit: int | None = None, out: Path = DEFAULT_OUT) -> list[Planned]:
    """Walk through a build without doing it.

    Args:
        recipe: what to build.
        cache: looked at, not written to.
        limit: as the build's.
        out: where versions lie that steps call by name.
    """
    stages = pin(plan_stages(recipe), recipe, cache.root)
    look = _CacheOnly(cache.root)
    engine = LocalEngine(cache.root / SCRATCH)
    # Digesting also tells at once of a pattern that matches nothing.
    now = memory.facts(recipe, stages, resolve(recipe, stages, engine, out))
    view = _View(recipe, engine, look, out, memory.recall(look, recipe), now)
    intake = _intake(recipe, engine, look, limit)
    planned = [_ingest(view, intake)]
    units: list[Unit] | None = []
    for name in recipe.sources:
        mine = [unit for unit in intake.units if unit.source == name] if intake else None
        mine = _walk(stages[name], mine, view, planned)
        units = units + mine if units is not None and mine is not None else None
    _walk(stages[None], units, view, planned)
    return planned


def _intake(recipe: Recipe, engine: LocalEngine, look: Cache, limit: int | None) -> Intake | None:
    try:
        return collect(recipe, engine, look, limit)
    except _MissingError:
        return None


def _ingest(view: _View, intake: Intake | None) -> Planned:
    if intake is None:
        return Planned("ingest", "will run", why=memory.why_ingest(view.then, view.now))
    return Planned("ingest", "cached", None, sum(intake.rows_in.values()))


def _walk(stages: Sequence[Stage], units: list[Unit] | None, view: _View, planned: list[Planned]) -> list[Unit] | None:
    for unbound in stages:
        label = unbound.place.label
        if units is None:
            waits = next(step.label for step in planned if step.state not in ("cached", "unknown"))
            planned.append(Planned(label, "unknown", why=f"waits for {waits}"))
            continue
        rows = sum(unit.alive for unit in units)
        stage = _bound(unbound, view)
        found, after = peek(stage, units, view.look) if stage is not None else (0, None)
        if after is not None:
            planned.append(Planned(label, "cached", rows, sum(unit.alive for unit in after)))
        else:
            state = f"partly cached ({found} of {len(units)} units)" if found else "will run"
            cause = next((step.label for step in planned if step.state != "cached"), None)
            planned.append(Planned(label, state, rows, why=memory.why_step(label, view.then, view.now, cause)))
        units = after
    return units


def _bound(stage: Stage, view: _View) -> Stage | None:
    """The stage with its references, or None where they have not been read yet."""
    try:
        bound, _ = bind({None: [stage]}, view.recipe, view.engine, view.look, view.out)
    except _MissingError:
        return None
    return bound[None][0]
