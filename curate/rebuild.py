"""Rebuild: make a version again from its own recipe and lock, and compare every byte."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from curate import manifest as manifests
from curate.build import Request, build
from curate.errors import LockError, VersionError
from curate.kept import restore
from curate.lock import read_lock
from curate.manifest import FileInfo, Manifest
from curate.recipe import Recipe, load
from curate.verify import Finding
from curate.version import file_info

_RECIPE, _LOCK = "recipe.yaml", "recipe.lock.yaml"


def rebuild(folder: Path, variables: Mapping[str, str] = {}, request: Request | None = None) -> Finding:
    """Build a version again in a temporary folder, without the cache, and compare.

    The inputs must be where they were: `run.json` says the recipe's folder and its variables, without it relative
    paths start from the current folder. Inputs that are not as the lock holds them are told, and nothing is built.
    Where only packages are other ones than then, the build is made and the files that differ are told.

    Args:
        folder: the version.
        variables: values of the recipe's variables, where the inputs lie elsewhere now.
        request: workers and progress, if not the usual ones; the rest is the version's.

    Returns:
        The finding `rebuild`: each file that is missing, new or has other bytes.

    Raises:
        VersionError: the folder has no manifest, recipe or lock that can be read.
        CurateError: an input is not there, or the build fails.
    """
    manifest = manifests.read(folder)
    for name in (_RECIPE, _LOCK):
        if not (folder / name).is_file():
            raise VersionError(f"{folder} cannot be built again: {name} is missing")
    with TemporaryDirectory(prefix="curate-rebuild-") as named:
        home = Path(named)
        for name in (_RECIPE, _LOCK):
            shutil.copyfile(folder / name, home / name)
        recipe = _recipe(folder, home, variables)
        if recipe.digest() != manifest.recipe:
            return Finding("rebuild", [f"{_RECIPE} is not what the version was built from: its digest is another"])
        limit = read_lock(home / _LOCK).get("limit")
        restore(folder, home / "cache")  # what models said is an input: none is asked again
        whole = replace(
            request or Request(),
            out=home / "out",
            cache=home / "cache",
            limit=limit,
            lock=home / _LOCK,
            keep_lock=False,
            earlier=_datasets(folder),
            attach=bool(manifest.attachments),
        )
        packages: list[str] = []
        try:
            built = build(recipe, whole)
        except LockError as error:
            if any(one.what != "package" for one in error.differences):
                return Finding("rebuild", [f"nothing was built: {one.text}" for one in error.differences])
            packages = [one.text for one in error.differences]
            built = build(recipe, replace(whole, lock=None))
        return Finding("rebuild", _differing(folder, manifest, built.path, packages))


def _recipe(folder: Path, home: Path, variables: Mapping[str, str]) -> Recipe:
    """The version's recipe, its relative paths and variables as they were then."""
    run = _run_facts(folder)
    known = load(home / _RECIPE).vars
    there = run.get("variables")
    then = {name: str(value) for name, value in there.items() if name in known} if isinstance(there, dict) else {}
    recipe = load(home / _RECIPE, {**then, **variables})
    base = run.get("base")
    there = Path(base) if isinstance(base, str) and Path(base).is_dir() else Path.cwd()
    return recipe.model_copy(update={"base": there})


def _datasets(folder: Path) -> Path:
    """Where the version was written, and so where steps found earlier ones by name: where it lies, if that is gone."""
    out = _run_facts(folder).get("out")
    return Path(out) if isinstance(out, str) and Path(out).is_dir() else folder.absolute().parent.parent


def _run_facts(folder: Path) -> dict[str, Any]:
    """What `run.json` says; nothing where there is none, as in a version from elsewhere."""
    try:
        stored = orjson.loads((folder / "run.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _differing(folder: Path, manifest: Manifest, again: Path, packages: list[str]) -> list[str]:
    built = manifests.read(again)
    faults = []
    if built.version != manifest.version:
        faults.append(f"the rows are others: version {built.version} instead of {manifest.version}")
    before, after = _files(folder, manifest), _files(again, built)
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            faults.append(f"{name} is {'not in the version' if one is None else 'not built'}")
        elif one != other:
            faults.append(
                f"{name} has sha256 {one.sha256} ({one.bytes:,} bytes), "
                f"built again {other.sha256} ({other.bytes:,} bytes)"
            )
    return [*faults, *packages] if faults else []


def _files(folder: Path, manifest: Manifest) -> dict[str, FileInfo]:
    return {**manifest.files, **manifest.attachments, manifests.NAME: file_info(folder / manifests.NAME)}
