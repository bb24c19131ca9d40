"""Evaluate: what a model answers; on the records of a recipe before training, on a split of a version after it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from curate import manifest as manifests
from curate.build import Request, plan_stages, run_stages
from curate.cache import SCRATCH, Cache, default_root
from curate.collect import collect
from curate.engine.local import LocalEngine
from curate.errors import CurateError, RecipeError, VersionError
from curate.hashing import digest, order64, rank64
from curate.passes import Tally
from curate.recipe import Recipe
from curate.reference import Stages, bind, pin
from curate.score.answers import Answers
from curate.score.ask import Report
from curate.score.identity import resolve
from curate.score.measure import asked, chosen
from curate.score.settings import LIKELIHOODS, ScoreSettings
from curate.score.table import summary, tasks
from curate.stage import Stage
from curate.unit import Unit, load


@dataclass(frozen=True)
class Scored:
    """What a score step of a recipe found.

    Args:
        label: the step.
        tasks: as `scores/tasks.parquet` has it.
        path: the file of predictions; None where a likelihood was measured.
        warning: what was not measured.
    """

    label: str
    tasks: pl.DataFrame
    path: Path | None
    warning: str | None


@dataclass(frozen=True)
class Run:
    """What a model answered to a split.

    Args:
        about: model, adapter, endpoint, metric and sample: what tells runs apart.
        records: of the split, and
        scored: of them, those with a score.
        mean: over the scored ones, with
        low: the ends of its 95 % confidence interval,
        high: both null where there are too few.
        tasks: rows of (source, task, records, scored, mean, low, high).
    """

    about: dict[str, Any]
    records: int
    scored: int
    mean: float | None
    low: float | None
    high: float | None
    tasks: list[dict[str, Any]]


def score_recipe(recipe: Recipe, folder: Path, request: Request) -> list[Scored]:
    """Run a recipe up to its score steps and write what they found.

    Args:
        recipe: has a score step.
        folder: where to: `<label>.jsonl` a step, as the `predictions` of a recipe are read.
        request: cache, workers, limit and progress.

    Raises:
        RecipeError: there is no score step.
        CurateError: as for a build.
    """
    stages = {name: _until_score(group) for name, group in plan_stages(recipe).items()}
    if not any(stages.values()):
        raise RecipeError(f"{recipe.path}: no step is `score`: add one to a source or to the recipe's steps")
    if not stages[None]:
        needed = {name: spec for name, spec in recipe.sources.items() if stages[name]}
        recipe = recipe.model_copy(update={"sources": needed})
    cache = Cache(request.cache or default_root())
    with cache.lease():
        engine = LocalEngine(cache.root / SCRATCH, request.workers or 1, request.on_progress)
        try:
            intake = collect(recipe, engine, cache, request.limit)
            pinned = pin({name: stages[name] for name in [*recipe.sources, None]}, recipe, cache.root)
            bound, _ = bind(pinned, recipe, engine, cache)
            units, tallies = run_stages(bound, recipe, intake, engine, cache, request.on_tally)
        finally:
            engine.close()
        return _found(bound, units, tallies, folder)


def _found(bound: Stages, units: Sequence[Unit], tallies: Sequence[Tally], folder: Path) -> list[Scored]:
    """What the score steps found, written."""
    kinds = {stage.place.label: stage for group in bound.values() for stage in group}
    found = []
    for tally in tallies:
        if tally.name == "score":
            tables = {name: pl.read_ipc(path) for name, path in tally.tables.items()}
            path = _write(tables, units, folder / f"{tally.label}.jsonl") if tables else None
            told = tables.get("tasks", pl.DataFrame())
            found.append(Scored(tally.label, told, path, kinds[tally.label].warn(dict(tally.counts))))
    return found


def _until_score(group: Sequence[Stage]) -> list[Stage]:
    """The stages up to the last that scores."""
    last = max((place for place, stage in enumerate(group, 1) if stage.name == "score"), default=0)
    return list(group[:last])


def _write(tables: dict[str, pl.DataFrame], units: Sequence[Unit], path: Path) -> Path | None:
    """The predictions as JSON lines, by task and id; replaces a file that is there at once."""
    rows = tables["predictions"].filter(pl.col("prediction").is_not_null())
    if rows.is_empty():
        return None
    if "asked" in tables:
        rows = rows.join(tables["asked"], on="id", how="left", maintain_order="left")
    texts = [load(unit, ["id", "input", "references"], dropped=True).drop("at") for unit in units]
    joined = [part.join(rows, on="id", how="inner") for part in texts]
    whole = pl.concat(joined).sort("source", "task", "id", nulls_last=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_suffix(f".{uuid.uuid4().hex}.part")
        with staged.open("wb") as file:
            file.writelines(_line(row) for row in whole.iter_rows(named=True))
        staged.replace(path)
    except OSError as error:
        raise CurateError(
            f"cannot write {path}: {error.strerror or error}; choose another folder with --out"
        ) from error
    return path


def _line(row: dict[str, Any]) -> bytes:
    """A prediction in the shape that the step reads, and more for people."""
    shown = {
        "task_file": f"{row['task']}.json" if row["task"] is not None else "",
        "orig_input": row["input"],
        "few_shot_prompt": row.get("prompt"),
        "prediction": row["prediction"],
        "ground_truth": row["references"],
        **{name: row[name] for name in ("id", "source", "metric", "score")},
    }
    return orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE)


def score_version(
    folder: Path, split: str, settings: ScoreSettings, root: Path, report: Report
) -> tuple[Run, list[Run]]:
    """Let a model answer the prompts of a split, and hold the answers against the references.

    Args:
        folder: the version, in the format prompt_completion.
        split: which records.
        settings: metric, model and sample; prompts are the version's own.
        root: of the cache, which keeps answers and earlier runs.
        report: progress.

    Returns:
        This run, and the earlier ones of the same split, metric and sample, oldest first.

    Raises:
        VersionError: no such split, or no prompts.
        CurateError: the model cannot be asked.
    """
    manifest = manifests.read(folder)
    frame = _records(folder, manifest, split)
    likelihood = settings.metric_name in LIKELIHOODS
    backend = resolve(settings, Path.cwd(), root, manifest.seed, likelihood=likelihood)
    keys = frame.with_columns(order64().alias("order"), rank64(manifest.seed, "score").alias("rank"))
    wanted = keys.filter(pl.col("output").fill_null("") != "") if likelihood else keys
    held = chosen(wanted, settings.per_task, settings.limit).sort("id")
    store = Answers(root)
    try:
        found, _ = asked(held, settings, backend, store, report)
    finally:
        store.close()
    about = {
        "model": settings.model,
        "adapter": settings.adapter,
        "endpoint": settings.endpoint.url if settings.endpoint else None,
        **settings.model_dump(mode="json", include={"metric", "until", "per_task", "limit", "max_new_tokens"}),
        "identity": digest(backend.facts),
    }
    run = _run(about, keys.join(found.select("id", "score"), on="id", how="left"), settings)
    path = root / "score" / "runs" / f"{manifest.version}-{split}.jsonl"
    return run, _remember(path, run)


def _records(folder: Path, manifest: manifests.Manifest, split: str) -> pl.DataFrame:
    """The records of a split, each once."""
    if split not in manifest.splits:
        raise VersionError(f"no split {split!r} in {folder} (there are: {', '.join(manifest.splits)})")
    if "prompt" not in manifest.columns:
        raise VersionError(
            f"{folder} has no column 'prompt' (it has {', '.join(manifest.columns)}): "
            "only the format `columns: prompt_completion` says where an answer begins"
        )
    names = ["id", "source", "task", "prompt", "completion", "references"]
    files = [folder / name for name in manifest.splits[split].files]
    frame = pl.concat(pl.read_parquet(file, columns=names) for file in files)
    return frame.filter(~pl.col("id").str.contains("-", literal=True)).rename({"completion": "output"})


def _run(about: dict[str, Any], frame: pl.DataFrame, settings: ScoreSettings) -> Run:
    """Means of the whole and of each task."""
    likelihood = settings.metric_name in LIKELIHOODS
    rules = {"binary": not likelihood and settings.measure().binary, "bounded": not likelihood}
    told = tasks(frame, settings.metric_name, **rules).drop("metric")
    scores = frame["score"].drop_nulls()
    return Run(about, frame.height, scores.len(), *summary(scores.to_list(), **rules), told.to_dicts())


def _remember(path: Path, run: Run) -> list[Run]:
    """Add a run to those of its split; what was there that can be compared with it."""
    lines = path.read_bytes().splitlines() if path.is_file() else []
    known = [Run(**orjson.loads(line)) for line in lines]
    same = [one for one in known if all(one.about[name] == run.about[name] for name in ("metric", "per_task", "limit"))]
    earlier = [one for one in same if one.about["identity"] != run.about["identity"]]
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = [one for one in known if one not in same or one in earlier]
    staged = path.with_suffix(f".{uuid.uuid4().hex}.part")
    staged.write_bytes(b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in [*kept, run]))
    staged.replace(path)
    return earlier
