"""Head: records as they are after a step of a recipe, or in a version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from curate import manifest as manifests
from curate.build import columns_of, plan_stages
from curate.cache import Cache
from curate.collect import collect
from curate.engine.local import LocalEngine
from curate.errors import CurateError
from curate.example import EXAMPLE
from curate.passes import run
from curate.recipe import Recipe
from curate.reference import bind, pin
from curate.stage import Stage
from curate.unit import Unit, load
from curate.version import DEFAULT_OUT

# Rows that are read of each source to show some: enough for a filter to leave a few.
TRIAL = 2_000


def head_of_version(folder: Path, n: int, split: str | None = None) -> list[dict[str, Any]]:
    """The first rows of a version.

    Args:
        folder: the version.
        n: how many of each split.
        split: only this one.
    """
    manifest = manifests.read(folder)
    if split is not None and split not in manifest.splits:
        raise CurateError(f"no split {split!r} in {folder} (there are: {', '.join(manifest.splits)})")
    names = [split] if split is not None else list(manifest.splits)
    return [
        {"split": name, **row}
        for name in names
        for row in pl.scan_parquet([folder / file for file in manifest.splits[name].files])
        .head(n)
        .collect()
        .iter_rows(named=True)
    ]


def head_of_recipe(
    recipe: Recipe, label: str | None, n: int, cache: Cache, out: Path = DEFAULT_OUT
) -> list[dict[str, Any]]:
    """Records as they leave a step, of the first TRIAL rows of each source.

    Args:
        recipe: what to run.
        label: the step's label; None: as the sources give them.
        n: how many of each source.
        cache: of stages.
        out: where versions lie that steps call by name.

    Raises:
        CurateError: no step has this label; the message lists the labels.
    """
    stages = pin(plan_stages(recipe), recipe, cache.root)
    labels = [stage.place.label for group in stages.values() for stage in group]
    if label is not None and label not in labels:
        raise CurateError(f"no step is called {label!r} (there are: {', '.join(labels)})")
    engine = LocalEngine(cache.root / "scratch")
    intake = collect(recipe, engine, cache, TRIAL)
    stages, _ = bind(stages, recipe, engine, cache, out)
    shown = _until(stages, list(intake.units), label, engine, cache)
    columns = [*EXAMPLE, "prompt", "completion", "messages", "text", *columns_of(recipe), "split", "repeat"]
    rows = []
    for name in recipe.sources:
        frames = [load(unit, columns).drop("at") for unit in shown if unit.source == name and unit.alive]
        if frames:
            rows += pl.concat(frames, how="diagonal").head(n).to_dicts()
    return rows


def _until(
    stages: dict[str | None, list[Stage]], units: list[Unit], label: str | None, engine: LocalEngine, cache: Cache
) -> list[Unit]:
    """Run the steps in order, up to and with the one of this label."""
    if label is None:
        return units
    for name, group in stages.items():
        mine = [unit for unit in units if name in (None, unit.source)]
        rest = [unit for unit in units if name not in (None, unit.source)]
        for stage in group:
            mine, _ = run(stage, mine, engine, cache)
            if stage.place.label == label:
                return mine
        units = [*rest, *mine]
    return units
