"""The main path: from a recipe to a dataset version."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from filelock import FileLock

from curate import expect, manifest as manifests, plugin, version as versions
from curate.cache import Cache, default_root
from curate.card import card
from curate.collect import Intake, adapter_of, collect, match
from curate.engine import Engine
from curate.engine.local import LocalEngine, Progress
from curate.errors import AccountingError, CurateError, ExpectationError, RecipeError
from curate.hashing import digest
from curate.ledger import write_ledger
from curate.lock import beside, lock_text, tool_versions
from curate.manifest import InputInfo, Manifest, SourceInfo, SplitInfo, StageInfo, TermsInfo
from curate.parquet import write_splits
from curate.passes import Tally, run
from curate.recipe import Recipe, shipped
from curate.rows import ABOUT, Columns, Seal, layout, seal
from curate.stage import Place, Stage
from curate.stages.split import SplitSettings
from curate.template import template_digest
from curate.unit import Unit

# Below this many bytes of input, starting worker processes costs more than they save (measured: benchmarks/build.py).
_SMALL = 24_000_000


@dataclass(frozen=True)
class Request:
    """How to build, beside the recipe. Nothing here changes the result, but for `limit`.

    Args:
        out: the folder of datasets.
        workers: processes; 0 lets the size of the input decide.
        limit: at most so many rows of each source.
        cache: the stage cache's folder; None is the default one.
        on_progress: called with (stage, done, total).
        on_tally: called after each step with what it did.
        arguments: the command line, for `run.json`.
    """

    out: Path = versions.DEFAULT_OUT
    workers: int = 0
    limit: int | None = None
    cache: Path | None = None
    on_progress: Progress | None = None
    on_tally: Callable[[Tally], None] | None = None
    arguments: Sequence[str] = ()


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


def build(recipe: Recipe, request: Request = Request()) -> Built:  # noqa: B008 - frozen
    """Build a recipe into a dataset version.

    Raises:
        RecipeError: the recipe asks for what this version of curate cannot do.
        CurateError: an input cannot be used, or a folder not be written.
        ExpectationError: the result breaks an expectation; nothing is written then.
    """
    started = time.monotonic()
    stages = plan_stages(recipe)
    cache = Cache(request.cache or default_root())
    engine = LocalEngine(cache.root / "scratch", workers_for(recipe, request.workers), request.on_progress)
    try:
        intake = collect(recipe, engine, cache, request.limit)
        units, tallies = run_stages(stages, recipe, intake, engine, cache, request.on_tally)
        columns = columns_of(recipe)
        sealed = seal(units, columns, engine)
        checks = expect.check(recipe, intake.rows_in, tallies, sealed)
        _refuse(checks)
        manifest = describe(recipe, intake, tallies, sealed, columns)
        path, written, reused = _publish(recipe, request, intake, units, manifest, columns, sealed, engine, started)
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
        stages[name] = [plugin.stage(step.name)(step.settings, Place(step.label, recipe.seed, (name,))) for step in spec.steps]
    mixture = [plugin.stage(step.name)(step.settings, Place(step.label, recipe.seed, everything)) for step in recipe.steps]
    if recipe.split:
        settings = SplitSettings(fractions=recipe.split)
        mixture.append(plugin.stage("split")(settings, Place("split", recipe.seed, everything)))
    mixture.append(plugin.stage("format")(recipe.format.settings, Place("format", recipe.seed, everything)))
    stages[None] = mixture
    missing = [f"{stage.place.label}: {lack}" for group in stages.values() for stage in group if (lack := stage.lacks())]
    missing += expect.lacks(recipe.expect)
    if missing:
        raise RecipeError("the recipe is valid, but this version of curate cannot do:\n" + "\n".join(f"  {one}" for one in missing))
    return stages


def workers_for(recipe: Recipe, asked: int) -> int:
    """How many processes: as asked, else one a CPU where the input is large enough to pay for them."""
    if asked:
        return asked
    size = sum(path.stat().st_size for spec in recipe.sources.values() for pattern in spec.path for path in match(pattern, recipe.base).values())
    return (os.cpu_count() or 1) if size >= _SMALL else 1


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
    """The columns of `data/`, in order: the format's, then what tells where a record is from."""
    return {**layout(recipe.format.settings), **ABOUT}


def _refuse(checks: Sequence[expect.Check]) -> None:
    broken = [check for check in checks if not check.ok]
    if broken:
        lines = [f"  {check.what}: expected {check.limit}, found {check.value}" for check in broken]
        raise ExpectationError("\n".join(["the build breaks expectations of its recipe, nothing was written:", *lines]))


def describe(recipe: Recipe, intake: Intake, tallies: Sequence[Tally], sealed: Seal, columns: Columns) -> Manifest:
    """The manifest, without the files.

    Raises:
        AccountingError: in total or for a source, rows in and rows out do not reconcile.
    """
    sources = {name: _source_info(recipe, name, intake, tallies, sealed) for name in recipe.sources}
    for name, info in sources.items():
        if info.rows_in + info.repeated != info.rows_out + info.dropped + info.quarantined:
            raise AccountingError(f"source {name!r} does not reconcile: {info.model_dump()}; please report this")
    total = {key: sum(getattr(info, key) for info in sources.values()) for key in ("rows_in", "rows_out", "dropped", "quarantined", "repeated")}
    sums = [InputInfo(source=file.source, name=file.name, sha256=file.sha256, bytes=file.size) for file in intake.files]
    remote = [InputInfo(source=source, name=name) for source, name in sorted(intake.hub.items())]
    return Manifest(
        name=recipe.name,
        version=sealed.version(columns),
        description=recipe.description,
        license=recipe.license,
        fingerprint=f"{sealed.total:032x}",
        columns={name: str(dtype) for name, dtype in columns.items()},
        **total,
        splits={name: SplitInfo(rows=rows, bytes=sealed.bytes[name], files=[]) for name, rows in sorted(sealed.rows.items())},
        sources=sources,
        stages=[_stage_info(tally, recipe) for tally in tallies],
        terms=[
            TermsInfo(source=source, split=split, license=licence, origin=origin, rows=rows)
            for (source, split, licence, origin), rows in sorted(sealed.out.items())
        ],
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
        rows_in=intake.rows_in[name],
        quarantined=intake.faults.filter(pl.col("source") == name).height,
        dropped=sum(sum(tally.dropped.get(name, {}).values()) for tally in tallies),
        repeated=sealed.repeated.get(name, 0),
        rows_out=sum(rows for (source, *_), rows in sealed.out.items() if source == name),
    )


def _stage_info(tally: Tally, recipe: Recipe) -> StageInfo:
    steps = [*recipe.steps, recipe.format, *(step for spec in recipe.sources.values() for step in spec.steps)]
    settings = {step.label: step.settings.model_dump(mode="json", exclude_none=True) for step in steps}
    return StageInfo(
        label=tally.label,
        name=tally.name,
        settings=settings.get(tally.label, dict(recipe.split)),
        rows_in={name: rows for name, rows in tally.rows_in.items() if rows},
        dropped={name: dict(sorted(rules.items())) for name, rules in tally.dropped.items() if rules},
        counts=dict(sorted(tally.counts.items())),
    )


def warnings_of(recipe: Recipe, intake: Intake, tallies: Sequence[Tally]) -> list[str]:
    """What a careful reader of the numbers would ask about."""
    found = []
    for tally in tallies:
        stage_class: Any = plugin.stage(tally.name)
        warn = getattr(stage_class, "warn", None)
        if warn and (text := warn(dict(tally.counts))):
            found.append(f"{tally.label}: {text}")
    gone = {name: sum(sum(tally.dropped.get(name, {}).values()) for tally in tallies) for name in recipe.sources}
    for name, rows in intake.rows_in.items():
        quarantined = intake.faults.filter(pl.col("source") == name).height
        if rows and gone[name] + quarantined >= rows:
            found.append(f"source {name!r}: none of its {rows:,} rows is left")
        elif rows and gone[name] + quarantined > 0.9 * rows:
            found.append(f"source {name!r}: {rows - gone[name] - quarantined:,} of its {rows:,} rows are left")
        if quarantined:
            found.append(f"source {name!r}: {quarantined:,} of {rows:,} rows were quarantined")
    return found


def _publish(
    recipe: Recipe,
    request: Request,
    intake: Intake,
    units: Sequence[Unit],
    manifest: Manifest,
    columns: Columns,
    sealed: Seal,
    engine: LocalEngine,
    started: float,
) -> tuple[Path, Manifest, bool]:
    """Write the version, or find that it is there already."""
    home = request.out / recipe.name
    locks = engine.scratch.parent / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / f"{digest(str(home.absolute()))}.lock"):
        there = home / manifest.version
        if (there / manifests.NAME).is_file():
            known = manifests.read(there)
            faults = versions.check_files(there, known)
            if faults:
                raise CurateError(f"{there} is damaged ({'; '.join(faults[:3])}); move it away and build again")
            versions.point(home, manifest.version)
            _write_lock_beside(recipe, intake)
            return there, known, True
        with versions.staging(home) as folder:
            written = _fill(folder, recipe, intake, units, manifest, columns, sealed, engine)
            _write_run(folder, request, started)
            path = versions.commit(folder, home, manifest.version)
    _write_lock_beside(recipe, intake)
    return path, written, False


def _fill(
    folder: Path,
    recipe: Recipe,
    intake: Intake,
    units: Sequence[Unit],
    manifest: Manifest,
    columns: Columns,
    sealed: Seal,
    engine: LocalEngine,
) -> Manifest:
    """Put everything into the staging folder; the manifest comes last."""
    (folder / "data").mkdir()
    scratch = engine.scratch / folder.name
    try:
        paths = write_splits(units, columns, sealed, folder / "data", scratch, engine)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    labels = [stage.label for stage in manifest.stages]
    write_ledger(units, labels, intake, folder / "ledger", recipe.seed, engine)
    (folder / "recipe.yaml").write_text(recipe.text, encoding="utf-8")
    (folder / "recipe.lock.yaml").write_text(lock_text(recipe, intake, templates_of(recipe)), encoding="utf-8")
    names = [path.relative_to(folder).as_posix() for path in paths]
    splits = {
        split: info.model_copy(update={"files": [name for name in names if name.startswith(f"data/{split}-")]})
        for split, info in manifest.splits.items()
    }
    listed = [*names, "ledger/drops.parquet", "ledger/excerpts.parquet", "recipe.yaml", "recipe.lock.yaml"]
    manifest = manifest.model_copy(update={"splits": splits, "files": versions.digests(folder, listed)})
    (folder / "README.md").write_text(card(manifest, columns, recipe.text), encoding="utf-8")
    manifest = manifest.model_copy(update={"files": {**manifest.files, **versions.digests(folder, ["README.md"])}})
    manifests.write(manifest, folder)
    return _after_write(folder, manifest)


def _after_write(folder: Path, manifest: Manifest) -> Manifest:
    """Let plug-ins add files (reports): outside the version's id, their digests in the manifest."""
    before = {path for path in folder.rglob("*") if path.is_file()}
    for point in sorted(entry_points(group="curate.after_write"), key=lambda point: point.name):
        point.load()(folder)
    added = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path not in before)
    if added:
        manifest = manifest.model_copy(update={"attachments": versions.digests(folder, added)})
        manifests.write(manifest, folder)
    return manifest


def templates_of(recipe: Recipe) -> dict[str, str]:
    """Digest of the template that the format names or holds."""
    settings = recipe.format.settings.model_dump(mode="json", exclude_none=True)
    return {str(settings.get("template", "own")): template_digest(settings)}


def _write_run(folder: Path, request: Request, started: float) -> None:
    """Everything that may differ between equal builds."""
    facts = {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - started, 3),
        "host": platform.node(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "workers": request.workers,
        "limit": request.limit,
        "command": list(request.arguments or sys.argv),
        "out": str(request.out.absolute()),
    }
    (folder / "run.json").write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _write_lock_beside(recipe: Recipe, intake: Intake) -> None:
    """Put the lock beside a recipe of the user's own; a shipped recipe's folder is not ours to write to."""
    if recipe.path in shipped().values():
        return
    path = beside(recipe.path)
    try:
        path.write_text(lock_text(recipe, intake, templates_of(recipe)), encoding="utf-8")
    except OSError:
        return  # a read-only folder of recipes: the version holds the lock too
