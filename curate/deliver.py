"""Deliver: put a version's folder together and make it appear at once."""

from __future__ import annotations

import platform
import shutil
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock

from curate import manifest as manifests
from curate import version as versions
from curate.card import card
from curate.collect import Intake
from curate.engine import Engine
from curate.errors import CurateError
from curate.hashing import digest
from curate.kept import Kept, lock_of, write_kept
from curate.ledger import write_ledger
from curate.lock import lock_text
from curate.manifest import Manifest
from curate.parquet import write_splits
from curate.pins import beside
from curate.recipe import Recipe, shipped
from curate.rows import Columns, Seal
from curate.template import template_digest
from curate.unit import Unit


@dataclass(frozen=True)
class Content:
    """All that a version is made of.

    Args:
        recipe: what was asked for.
        intake: what came in.
        units: what is left, through every stage.
        columns: of `data/`.
        seal: what names it.
        manifest: without files.
        kept: tables beside the data.
    """

    recipe: Recipe
    intake: Intake
    units: Sequence[Unit]
    columns: Columns
    seal: Seal
    manifest: Manifest
    kept: Sequence[Kept] = ()


def deliver(
    content: Content, out: Path, engine: Engine, work: Path, run: dict[str, Any], *, trial: bool = False
) -> tuple[Path, Manifest, bool]:
    """Write the version, or find that it is there already.

    Args:
        content: what to write.
        out: the folder of datasets.
        engine: where to gather and write.
        work: a folder for rows on their way, and for locks.
        run: what goes into `run.json`.
        trial: a build on a part of the data: neither `latest` nor the lock beside the recipe speaks of it.

    Returns:
        The version's folder, the manifest of this build, and whether it was there already.

    Raises:
        CurateError: the folder cannot be written, or the version that is there is damaged.
    """
    recipe, manifest = content.recipe, content.manifest
    home = out / recipe.name
    locks = work / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / f"{digest(str(home.absolute()))}.lock"):
        there = home / manifest.version
        if (there / manifests.NAME).is_file():
            known = manifests.read(there)
            faults = versions.check_files(there, known)
            if faults:
                raise CurateError(f"{there} is damaged ({'; '.join(faults[:3])}); move it away and build again")
            if not trial:
                versions.point(home, manifest.version)
                _write_lock_beside(content)
            return there, _as_now(known, manifest), True
        with versions.staging(home) as folder:
            written = _fill(folder, content, engine, work)
            (folder / "run.json").write_bytes(orjson.dumps(run, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            path = versions.commit(folder, home, manifest.version, latest=not trial)
    if not trial:
        _write_lock_beside(content)
    return path, written, False


def _as_now(known: Manifest, now: Manifest) -> Manifest:
    """What this build did, with the files of the version that was there.

    The same records can come of other inputs (a file more of which every record was dropped): the version's ledger and
    lock then tell of the build that wrote it, and this one says so.
    """
    splits = {name: info.model_copy(update={"files": known.splits[name].files}) for name, info in now.splits.items()}
    same = {"files": known.files, "attachments": known.attachments, "splits": splits}
    if [known.inputs, known.stages, known.sources] == [now.inputs, now.stages, now.sources]:
        return now.model_copy(update=same)
    text = (
        "the same records were built before from other inputs or steps: the version's ledger and lock are of that build"
    )
    return now.model_copy(update={**same, "warnings": [*now.warnings, text]})


def _fill(folder: Path, content: Content, engine: Engine, work: Path) -> Manifest:
    """Put everything into the staging folder; the manifest comes last."""
    recipe, intake, manifest, columns = content.recipe, content.intake, content.manifest, content.columns
    (folder / "data").mkdir()
    scratch = work / folder.name
    labels = [stage.label for stage in manifest.stages]
    try:
        # The two share nothing, and each has a part that only one core can do.
        with ThreadPoolExecutor(2) as both:
            data = both.submit(write_splits, content.units, columns, content.seal, folder / "data", scratch, engine)
            ledger = both.submit(write_ledger, content.units, labels, intake, folder / "ledger", recipe.seed, engine)
            paths, _ = data.result(), ledger.result()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    (folder / "recipe.yaml").write_text(recipe.text, encoding="utf-8")
    (folder / "recipe.lock.yaml").write_text(_lock(content), encoding="utf-8")
    scores = [path.relative_to(folder).as_posix() for path in write_kept(content.kept, folder)]
    names = [path.relative_to(folder).as_posix() for path in paths]
    splits = {
        split: info.model_copy(update={"files": [name for name in names if name.startswith(f"data/{split}-")]})
        for split, info in manifest.splits.items()
    }
    listed = [*names, *scores, "ledger/drops.parquet", "ledger/excerpts.parquet", "recipe.yaml", "recipe.lock.yaml"]
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
    added = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path not in before
    )
    if added:
        manifest = manifest.model_copy(update={"attachments": versions.digests(folder, added)})
        manifests.write(manifest, folder)
    return manifest


def templates_of(recipe: Recipe) -> dict[str, str]:
    """Digest of the template that the format names or holds."""
    settings = recipe.format.settings.model_dump(mode="json", exclude_none=True)
    return {str(settings.get("template", "own")): template_digest(settings)}


def run_facts(started: float, workers: int, limit: int | None, out: Path) -> dict[str, Any]:
    """Everything that may differ between equal builds.

    Args:
        started: `time.monotonic()` at the start.
        workers: as asked for.
        limit: as asked for.
        out: the folder of datasets.
    """
    return {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - started, 3),
        "host": platform.node(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "workers": workers,
        "limit": limit,
        "command": list(sys.argv),
        "out": str(out.absolute()),
    }


def _lock(content: Content) -> str:
    recipe = content.recipe
    return lock_text(recipe, content.intake, templates_of(recipe), lock_of(content.kept))


def _write_lock_beside(content: Content) -> None:
    """Put the lock beside a recipe of the user's own; a shipped recipe's folder is not ours to write to."""
    recipe = content.recipe
    if recipe.path.resolve() in {path.resolve() for path in shipped().values()}:
        return
    path = beside(recipe.path)
    try:
        path.write_text(_lock(content), encoding="utf-8")
    except OSError:
        return  # a read-only folder of recipes: the version holds the lock too
