"""The main path: from a recipe to a dataset version."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import polars as pl

from curate import expect, lock, memory, plugin
from curate.cache import SCRATCH, Cache, default_root
from curate.collect import Intake, collect
from curate.deliver import Content, Where, deliver, drafted, run_facts, templates_of
from curate.describe import describe
from curate.engine import Engine
from curate.engine.local import LocalEngine, Progress
from curate.errors import CurateError, ExpectationError, RecipeError, in_step
from curate.inputs import find_files, find_hub
from curate.kept import keep, lock_of, recall
from curate.lock import Lock
from curate.manifest import Manifest
from curate.passes import Tally, run
from curate.pattern import match
from curate.recipe import Expect, Recipe
from curate.reference import Inputs, Stages, bind, inputs_of, pin
from curate.room import room
from curate.rows import ABOUT, Columns, Seal, layout, seal
from curate.stage import Place, Stage
from curate.sweep import sweep_scratch
from curate.unit import Unit
from curate.version import DEFAULT_OUT, writable

# Below this many bytes of input, starting worker processes costs more than they save (measured: benchmarks/build.py).
_SMALL = 24_000_000

# Bytes of a record that what plug-ins add to a version may hold at once: the report (measured: benchmarks/memory.py).
_REPORTED = 200


@dataclass(frozen=True)
class Request:
    """How to build, beside the recipe. Nothing here changes the result, but for `limit`.

    Args:
        out: the folder of datasets.
        workers: processes; 0 lets the size of the input and the steps decide.
        limit: at most so many rows of each source.
        lock: a lock to hold the build to: whatever is not as it says is refused. None: build what there is.
        keep_lock: write the lock beside the recipe.
        attach: let plug-ins add files to the version, such as the report.
        cache: the stage cache's folder; None is the default one.
        on_progress: called with (stage, done, total).
        on_tally: called after each step with what it did.
        earlier: where versions lie that steps call by name; None: in `out`.
        memory: bytes that all processes together may take; None: four fifths of what the machine has free.
    """

    out: Path = DEFAULT_OUT
    workers: int = 0
    limit: int | None = None
    lock: Path | None = None
    keep_lock: bool = True
    attach: bool = True
    cache: Path | None = None
    on_progress: Progress | None = None
    on_tally: Callable[[Tally], None] | None = None
    earlier: Path | None = None
    memory: int | None = None


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
        LockError: something is not as the request's lock holds it; no record was read then.
        ExpectationError: the result breaks an expectation; nothing is written then.
    """
    started = time.monotonic()
    stages = plan_stages(recipe)
    cache = Cache(request.cache or default_root())
    writable(request.out / recipe.name)
    with cache.lease():
        sweep_scratch(cache.root)
        scratch = cache.root / SCRATCH
        allowed = room(request.memory, scratch)
        engine = LocalEngine(scratch, workers_for(recipe, request.workers), request.on_progress, allowed)
        try:
            built = _built(recipe, stages, request, engine, cache, started)
        except BaseException as error:
            engine.close(wait=isinstance(error, Exception))
            raise
        engine.close()
        return built


def _built(
    recipe: Recipe, stages: Stages, request: Request, engine: LocalEngine, cache: Cache, started: float
) -> Built:
    """The build itself, with its engine and cache at hand."""
    if any(stage.heavy for group in stages.values() for stage in group):
        engine.warm()
    stages = pin(stages, recipe, cache.root)
    if request.lock is not None:
        lock.require(request.lock, resolve(recipe, stages, engine, request.earlier or request.out))
        recall(lock.read_lock(request.lock), (request.earlier or request.out) / recipe.name, cache.root)
    with in_step("ingest"):
        intake = collect(recipe, engine, cache, request.limit)
    with in_step("references"):
        bound, beside = bind(stages, recipe, engine, cache, request.earlier or request.out)
    units, tallies = run_stages(bound, recipe, intake, engine, cache, request.on_tally)
    for one in beside:
        intake.files += one.files
        intake.hub += one.hub
    kept = keep(tallies)
    scores = lock_of(kept)
    if request.lock is not None:
        lock.require_scores(request.lock, scores)
    columns, labels = columns_of(recipe), [tally.label for tally in tallies]
    held = locked(recipe, stages, (intake.files, intake.hub), request.limit)
    memory.remember(cache, recipe, memory.facts(recipe, stages, held))
    if not any(unit.alive for unit in units):
        raise CurateError(_nothing_left(tallies))
    if request.attach:
        left = sum(unit.alive for unit in units)
        engine.room.require("the report (--no-report leaves it out)", left, _REPORTED)
    whole = request.limit is None
    work, lock_beside = cache.root / SCRATCH, whole and request.keep_lock
    where = Where(
        request.out, work, engine, latest=whole, lock=lock_beside, attach=request.attach, eager=_is_new(tallies)
    )

    # What breaks an expectation is told before anything is written; where nothing is expected, both go on together.
    judge = partial(_judged, recipe, intake, units, tallies, columns, engine)
    judged = judge() if recipe.expect != Expect() else None
    with in_step("write"), drafted(units, labels, columns, recipe, intake, where) as draft:
        sealed, checks = judged or judge()
        manifest = describe(recipe, intake, tallies, sealed, columns, checks)
        run_json = run_facts(recipe, started, engine, request.limit, request.out)
        told = {**held, lock.SCORES: scores} if kept else held
        content = Content(recipe, intake, columns, manifest, told, kept)
        path, written, reused = deliver(content, draft, where, run_json)
    return Built(path, written, checks, tallies, time.monotonic() - started, reused, intake.faults)


def plan_stages(recipe: Recipe) -> Stages:
    """The steps as stages: by source, and under None those of the mixture, then split and format.

    Raises:
        RecipeError: a step needs a part that this version lacks; all of them are named.
    """
    everything = tuple(recipe.sources)
    stages: Stages = {}
    form = recipe.format.settings
    for name, spec in recipe.sources.items():
        stages[name] = [
            plugin.stage(step.name)(step.settings, Place(step.label, recipe.seed, (name,), form)) for step in spec.steps
        ]
    mixture = [
        plugin.stage(step.name)(step.settings, Place(step.label, recipe.seed, everything, form))
        for step in recipe.steps
    ]
    if recipe.split.fractions:
        mixture.append(plugin.stage("split")(recipe.split, Place("split", recipe.seed, everything)))
    mixture.append(plugin.stage("format")(recipe.format.settings, Place("format", recipe.seed, everything)))
    stages[None] = mixture
    missing = [
        f"{stage.place.label}: {lack}" for group in stages.values() for stage in group if (lack := stage.lacks())
    ]
    if missing:
        raise RecipeError(
            "the recipe is valid, but this version of curate cannot do:\n" + "\n".join(f"  {one}" for one in missing)
        )
    return stages


def resolve(recipe: Recipe, stages: Stages, engine: Engine, out: Path = DEFAULT_OUT, *, fresh: bool = False) -> Lock:
    """What a recipe stands for now, found without reading a record: inputs are digested.

    Args:
        recipe: the recipe.
        stages: from `plan_stages`.
        engine: where to digest.
        out: where versions lie that are called by name.
        fresh: ask the Hub for today's commits, whatever a lock beside the recipe says.
    """
    files, hub = find_files(recipe, engine), find_hub(recipe, fresh=fresh)
    more, remote = inputs_of(stages, recipe, engine, out, fresh=fresh)
    return locked(recipe, stages, ([*files, *more], [*hub, *remote]))


def locked(recipe: Recipe, stages: Stages, inputs: Inputs, limit: int | None = None) -> Lock:
    """The lock of a recipe whose inputs are known."""
    steps = {stage.place.label: stage.resolved() for group in stages.values() for stage in group}
    steps["expect"] = expect.resolved(recipe.expect)
    return lock.lock_of(recipe, *inputs, templates_of(recipe), steps, limit)


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
    stages: Stages,
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
        with in_step(stage.place.label):
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


def _judged(
    recipe: Recipe, intake: Intake, units: Sequence[Unit], tallies: Sequence[Tally], columns: Columns, engine: Engine
) -> tuple[Seal, list[expect.Check]]:
    """The fingerprint of the finished rows, and what was expected of them.

    Raises:
        ExpectationError: an expectation is broken.
    """
    sealed = seal(units, columns, engine)
    with in_step("expect"):
        found = expect.survey(recipe.expect, units, columns, engine)
    checks = expect.check(recipe, intake.rows_in, tallies, sealed, found)
    _refuse(checks)
    return sealed, checks


def _refuse(checks: Sequence[expect.Check]) -> None:
    broken = [check for check in checks if not check.ok]
    if not broken:
        return
    rows = [("expectation", "allowed", "found"), *((check.what, check.limit, check.value) for check in broken)]
    wide = [max(len(row[place]) for row in rows) for place in (0, 1)]
    lines = [f"  {what:<{wide[0]}}  {limit:<{wide[1]}}  {value}" for what, limit, value in rows]
    head = "the build breaks expectations of its recipe, nothing was written:"
    raise ExpectationError("\n".join([head, *lines]), checks)


def _is_new(tallies: Sequence[Tally]) -> bool:
    """Whether any stage had something to do: else the version is there already, most likely."""
    return any(tally.cached < tally.pieces for tally in tallies)


def _nothing_left(tallies: Sequence[Tally]) -> str:
    """Where the last records went: a dataset without rows cannot be loaded, so none is written."""
    gone = "; ".join(f"{tally.label} dropped {tally.total_dropped:,}" for tally in tallies if tally.total_dropped)
    return f"no record is left, nothing was written ({gone or 'no record came in'})"
