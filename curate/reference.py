"""References: what stages need beside the mix: records that they hold it against, read and prepared, and models.

Evaluation sets and other files are read as sources are. The rows of a finished version are taken apart again, as far as
its format allows (`curate.prompt`). All of them count as inputs: they
stand in the manifest and in the lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from curate import manifest as manifests
from curate.cache import Cache
from curate.collect import Intake, collect
from curate.engine import Engine
from curate.errors import CurateError
from curate.hashing import digest
from curate.inputs import HubInput, InputFile, find_files, find_hub
from curate.manifest import Manifest
from curate.pins import held, pinned
from curate.prompt import apart, joins, missing
from curate.recipe import Recipe, SourceSpec
from curate.stage import Earlier, Reference, Stage
from curate.unit import load
from curate.version import DEFAULT_OUT, file_info, find

if TYPE_CHECKING:
    from curate.embedding import Located

Stages = dict[str | None, list[Stage]]
Inputs = tuple[list[InputFile], list[HubInput]]


def pin(stages: Stages, recipe: Recipe, folder: Path, *, fresh: bool = False) -> Stages:
    """The stages with what they name outside the recipe pinned down.

    Args:
        stages: of a build, by source.
        recipe: whose folder relative paths start from.
        folder: of the cache.
        fresh: ask the Hub for today's commits, whatever a lock beside the recipe says.

    Raises:
        CurateError: a model cannot be found.
    """
    return {
        name: [stage.pin(recipe.base, folder, {} if fresh else held(recipe.path, stage.place.label)) for stage in group]
        for name, group in stages.items()
    }


def bind(
    stages: Stages, recipe: Recipe, engine: Engine, cache: Cache, out: Path = DEFAULT_OUT
) -> tuple[Stages, list[Intake]]:
    """Give each stage that needs references what it prepares of them, and each that needs models those.

    Args:
        stages: of a build, by source.
        recipe: whose folder relative paths start from.
        engine: where to read.
        cache: keeps what was read and prepared.
        out: where versions lie that are called by name.

    Returns:
        The stages, bound, and what was read for them.

    Raises:
        CurateError: a reference cannot be read, or is empty; a model is not there.
    """
    bound: Stages = {}
    intakes: list[Intake] = []
    for name, group in stages.items():
        bound[name] = []
        for stage in group:
            ready = stage
            if ready.models():
                intake, ready = _equip(ready, recipe)
                intakes.append(intake)
            if ready.references():
                intake, ready = _bind(ready, recipe, engine, cache, out)
                intakes.append(intake)
            bound[name].append(ready)
    return bound, intakes


def inputs_of(
    stages: Stages, recipe: Recipe, engine: Engine, out: Path = DEFAULT_OUT, *, fresh: bool = False
) -> Inputs:
    """The files and Hub data sets that the stages' models and references are, digested but not read.

    Args:
        stages: of a build, by source.
        recipe: whose folder relative paths start from.
        engine: where to digest.
        out: where versions lie that are called by name.
        fresh: as for `curate.inputs.find_hub`.

    Returns:
        Both in the order of `bind`.

    Raises:
        CurateError: a reference or a model is not there.
    """
    files: list[InputFile] = []
    hub: list[HubInput] = []
    for stage in (stage for group in stages.values() for stage in group):
        weights, remote = _inputs(_located(stage, recipe, fresh=fresh), recipe)
        sets, versions = _needed(stage, recipe, out)
        asked = _as_sources(sets, recipe)
        files += weights + find_files(asked, engine) + _files_of(versions)
        hub += remote + find_hub(asked, fresh=fresh)
    return files, hub


def _equip(stage: Stage, recipe: Recipe) -> tuple[Intake, Stage]:
    """A stage with its models: inputs like any other, called after the step."""
    located = _located(stage, recipe)
    held = dict(zip(stage.models(), located.values(), strict=True))
    return Intake([], *_inputs(located, recipe)), stage.with_models(held)


def _located(stage: Stage, recipe: Recipe, *, fresh: bool = False) -> dict[str, Located]:
    """The models of a stage by the name that the lock calls them; of the Hub at the lock's commit unless `fresh`."""
    if not stage.models():
        return {}
    from curate.embedding import locate  # noqa: PLC0415 - numba takes 0.3 s to import

    named = {f"{stage.place.label}.{name}": asked for name, asked in stage.models().items()}
    return {
        source: locate(asked, recipe.base, None if fresh else pinned(recipe.path, source, asked))
        for source, asked in named.items()
    }


def _inputs(located: Mapping[str, Located], recipe: Recipe) -> Inputs:
    files = [
        InputFile(source, recipe.named(f"{one.asked.rstrip('/')}/{file}"), one.folder / file, size, sha256)
        for source, one in located.items()
        for file, (size, sha256) in one.files.items()
    ]
    hub = [
        HubInput(source, one.asked, one.asked.partition("@")[0], one.commit)
        for source, one in located.items()
        if one.commit is not None
    ]
    return files, hub


def _bind(stage: Stage, recipe: Recipe, engine: Engine, cache: Cache, out: Path) -> tuple[Intake, Stage]:
    sets, versions = _needed(stage, recipe, out)
    intake = collect(_as_sources(sets, recipe), engine, cache)
    intake.files += _files_of(versions)
    read = [(unit.source, unit.key) for unit in intake.units]
    read += [(name, file.sha256) for name, one in versions.items() for file in one.files]
    key = digest([stage.prepare_key(), sorted(read)])
    entry = cache.find(key)
    if entry is None:
        held = {name: _rows(intake, name, one) for name, one in sets.items()}
        held |= {name: one.rows() for name, one in versions.items()}
        ordered = {name: held[f"{stage.place.label}.{name}"] for name in stage.references()}
        entry = cache.write(key, stage.prepare(ordered), {}, stage.name)
    return intake, stage.bind(entry.parts, key)


def _needed(stage: Stage, recipe: Recipe, out: Path) -> tuple[dict[str, Reference], dict[str, _Version]]:
    """What a stage needs, called after it as inputs are: sets that adapters read, and finished versions."""
    needed = {f"{stage.place.label}.{name}": one for name, one in stage.references().items()}
    sets = {name: one for name, one in needed.items() if isinstance(one, Reference)}
    versions = {name: _Version.find(name, one, recipe, out) for name, one in needed.items() if isinstance(one, Earlier)}
    return sets, versions


def _as_sources(sets: Mapping[str, Reference], recipe: Recipe) -> Recipe:
    """The recipe with these sets as its sources."""
    return recipe.model_copy(update={"sources": {name: _spec(name, one) for name, one in sets.items()}})


def _files_of(versions: Mapping[str, _Version]) -> list[InputFile]:
    return [file for one in versions.values() for file in one.files]


@dataclass(frozen=True)
class _Version:
    """A finished version as a reference."""

    asked: Earlier
    manifest: Manifest
    files: list[InputFile]

    @staticmethod
    def find(name: str, asked: Earlier, recipe: Recipe, out: Path) -> _Version:
        """Find the version and digest its data.

        Raises:
            CurateError: there is none, it is damaged, or the build itself would move what the name stands for.
        """
        if asked.version == recipe.name:
            raise CurateError(
                f"{name}: {asked.version!r} names the latest version of this very recipe, which each build replaces; "
                f"say which: {asked.version}@ID"
            )
        beside = recipe.base / asked.version
        folder = find(str(beside) if beside.is_dir() else asked.version, out)
        manifest = manifests.read(folder)
        if asked.split is not None and asked.split not in manifest.splits:
            raise CurateError(
                f"{name}: {asked.version} has no split {asked.split!r} (it has: {', '.join(manifest.splits)})"
            )
        splits = [asked.split] if asked.split is not None else sorted(manifest.splits)
        files = []
        for file in (file for split in splits for file in manifest.splits[split].files):
            path = folder / file
            said, found = manifest.files.get(file), file_info(path) if path.is_file() else None
            if found is None or found != said:
                raise CurateError(f"{name}: {path} is missing or changed; look at it with `curate verify {folder}`")
            shown = f"{manifest.name}@{manifest.version}/{file}"
            files.append(InputFile(name, shown, path, found.bytes, found.sha256))
        return _Version(asked, manifest, files)

    @property
    def _format(self) -> dict[str, Any]:
        """The settings that its rows were formatted by."""
        return next(stage.settings for stage in self.manifest.stages if stage.name == "format")

    def rows(self) -> pl.DataFrame:
        """Its records: the wanted columns, `id`, and `joined`: whether instruction and input are one in them.

        Raises:
            CurateError: its format does not give back what is wanted.
        """
        told = f"{self.manifest.name}@{self.manifest.version}"
        if lacking := sorted(self.asked.columns & missing(self._format)):
            raise CurateError(
                f"{told}: the prompts of its format ({self._format.get('template') or 'messages'}) do not give back "
                f"{', '.join(lacking)}; compare by other fields"
            )
        frames = [pl.read_parquet(file.path) for file in self.files]
        if not sum(frame.height for frame in frames):
            raise CurateError(f"{told}: the reference holds no records")
        try:
            rows = apart(pl.concat(frames), self._format)
        except ValueError as error:
            raise CurateError(f"{told}: {error}; name the files that it was built from instead") from None
        return rows.select("id", *sorted(self.asked.columns), pl.lit(joins(self._format)).alias("joined"))


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
