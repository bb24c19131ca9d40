"""The main path: from a recipe to a dataset version."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from curate import expect, plugin
from curate.cache import Cache, default_root
from curate.collect import Intake, collect
from curate.deliver import Content, deliver, run_facts
from curate.describe import describe
from curate.engine import Engine
from curate.engine.local import LocalEngine, Progress
from curate.errors import CurateError, ExpectationError, RecipeError
from curate.inputs import match
from curate.kept import keep
from curate.manifest import Manifest
from curate.passes import Tally, run
from curate.recipe import Recipe
from curate.reference import bind
from curate.rows import ABOUT, Columns, layout, seal
from curate.stage import Place, Stage
from curate.stages.split import SplitSettings
from curate.unit import Unit
from curate.version import DEFAULT_OUT

# Below this many bytes of input, starting worker processes costs more than they save (measured: benchmarks/build.py).
_SMALL = 24_000_000


@dataclass(frozen=True)
class Request:
    """How to build, beside the recipe. Nothing here changes the result, but for `limit`.

    Args:
        out: the folder of datasets.
        workers: processes; 0 lets the size of the input and the steps decide.
        limit: at most so many rows of each source.
        cache: the stage cache's folder; None is the default one.
        on_progress: called with (stage, done, total).
        on_tally: called after each step with what it did.
    """

    out: Path = DEFAULT_OUT
    workers: int = 0
    limit: int | None = None
    cache: Path | None = None
    on_progress: Progress | None = None
    on_tally: Callable[[Tally], None] | None = None


@dataclass(frozen=True)
class Built:
    """A finished build."""

    path: Path
    manifest: Manifest
    checks: list[expect.Check]
    tallies: list[Tally]
    seconds: float
    reused: bool
    faults: pl.DataFrame = field(repr=False, default_factory=pl.DataFrame)


def build(recipe: Recipe, request: Request = Request()) -> Built:
    """Build a recipe into a dataset version.

    Raises:
        RecipeError: the recipe asks for what this version of curate cannot do.
        CurateError: an input cannot be used, a folder not be written, or no record is left.
        ExpectationError: the result breaks an expectation; nothing is written then.
    """
    started = time.monotonic()
    stages = plan_stages(recipe)
    cache = Cache(request.cache or default_root())
    engine = LocalEngine(cache.root / "scratch", workers_for(recipe, request.workers), request.on_progress)
    try:
        if any(stage.heavy for group in stages.values() for stage in group):
            engine.warm()
        intake = collect(recipe, engine, cache, request.limit)
        stages, beside = bind(stages, recipe, engine, cache)
        units, tallies = run_stages(stages, recipe, intake, engine, cache, request.on_tally)
        for one in beside:
            intake.files += one.files
            intake.hub += one.hub
        columns = columns_of(recipe)
        sealed = seal(units, columns, engine)
        checks = expect.check(recipe, intake.rows_in, tallies, sealed)
        _refuse(checks)
        if not sum(sealed.rows.values()):
            raise CurateError(_nothing_left(tallies))
        manifest = describe(recipe, intake, tallies, sealed, columns, checks)
        content = Content(recipe, intake, units, columns, sealed, manifest, keep(stages, tallies))
        run_json = run_facts(started, engine.workers, request.limit, request.out)
        path, written, reused = deliver(
            content, request.out, engine, cache.root / "scratch", run_json, trial=request.limit is not None
        )
    finally:
        engine.close()
    return Built(path, written, checks, tallies, time.monotonic() - started, reused, intake.faults)


def plan_stages(recipe: Recipe) -> dict[str | None, list[Stage]]:
    """The steps as stages: by source, and under None those of the mixture, then split and format.

    Raises:
        RecipeError: a step or expectation needs a part that this version lacks; all of them are named.
    """
    everything = tuple(recipe.sources)
    stages: dict[str | None, list[Stage]] = {}
    for name, spec in recipe.sources.items():
        stages[name] = [
            plugin.stage(step.name)(step.settings, Place(step.label, recipe.seed, (name,))) for step in spec.steps
        ]
    mixture = [
        plugin.stage(step.name)(step.settings, Place(step.label, recipe.seed, everything)) for step in recipe.steps
    ]
    if recipe.split:
        settings = SplitSettings(fractions=recipe.split)
        mixture.append(plugin.stage("split")(settings, Place("split", recipe.seed, everything)))
    mixture.append(plugin.stage("format")(recipe.format.settings, Place("format", recipe.seed, everything)))
    stages[None] = mixture
    missing = [
        f"{stage.place.label}: {lack}" for group in stages.values() for stage in group if (lack := stage.lacks())
    ]
    missing += expect.lacks(recipe.expect)
    if missing:
        raise RecipeError(
            "the recipe is valid, but this version of curate cannot do:\n" + "\n".join(f"  {one}" for one in missing)
        )
    return stages


def workers_for(recipe: Recipe, asked: int) -> int:
    """How many processes: as asked, else 1 for a small input and 0 for a large one: the engine decides by step."""
    if asked:
        return asked
    size = sum(
        path.stat().st_size
        for spec in recipe.sources.values()
        for pattern in spec.path
        for path in match(pattern, recipe.base).values()
    )
    return 0 if size >= _SMALL else 1


def run_stages(
    stages: dict[str | None, list[Stage]],
    recipe: Recipe,
    intake: Intake,
    engine: Engine,
    cache: Cache,
    on_tally: Callable[[Tally], None] | None = None,
) -> tuple[list[Unit], list[Tally]]:
    """Run each source's own steps, then those of the mixture."""
    tallies: list[Tally] = []
    units: list[Unit] = []

    def advance(stage: Stage, before: list[Unit]) -> list[Unit]:
        after, tally = run(stage, before, engine, cache)
        tallies.append(tally)
        if on_tally:
            on_tally(tally)
        return after

    for name in recipe.sources:
        mine = [unit for unit in intake.units if unit.source == name]
        for stage in stages[name]:
            mine = advance(stage, mine)
        units += mine
    for stage in stages[None]:
        units = advance(stage, units)
    return units, tallies


def columns_of(recipe: Recipe) -> Columns:
    """The columns of `data/`, in order: the format's, what tells where a record is from, what steps add."""
    steps = [*(step for spec in recipe.sources.values() for step in spec.steps), *recipe.steps]
    added = {
        name: dtype for step in steps for name, dtype in plugin.stage(step.name).data_columns(step.settings).items()
    }
    return {**layout(recipe.format.settings), **ABOUT, **added}


def _refuse(checks: Sequence[expect.Check]) -> None:
    broken = [check for check in checks if not check.ok]
    if broken:
        lines = [f"  {check.what}: expected {check.limit}, found {check.value}" for check in broken]
        raise ExpectationError("\n".join(["the build breaks expectations of its recipe, nothing was written:", *lines]))


def _nothing_left(tallies: Sequence[Tally]) -> str:
    """Where the last records went: a dataset without rows cannot be loaded, so none is written."""
    gone = "; ".join(f"{tally.label} dropped {tally.total_dropped:,}" for tally in tallies if tally.total_dropped)
    return f"no record is left, nothing was written ({gone or 'no record came in'})"
