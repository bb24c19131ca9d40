"""Deliver: put a version's folder together and make it appear at once."""

from __future__ import annotations

import platform
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import entry_points
from os.path import normpath
from pathlib import Path
from typing import Any

import orjson

from curate import manifest as manifests
from curate import version as versions
from curate.card import LICENSE_FILE, card, licence, license_file
from curate.collect import Intake
from curate.croissant import NAME as CROISSANT
from curate.croissant import croissant
from curate.engine import Engine
from curate.errors import CurateError
from curate.kept import Kept, write_kept
from curate.ledger import write_ledger
from curate.lock import Lock, lock_text
from curate.manifest import Manifest
from curate.parquet import write_splits
from curate.pins import beside
from curate.recipe import Recipe, shipped
from curate.room import peak
from curate.rows import Columns
from curate.template import template_digest
from curate.unit import Unit

# Memory beside what every build takes, from which on data, ledger and fingerprint are made at once.
_BESIDE = 1_500_000_000


@dataclass(frozen=True)
class Content:
    """All that a version is made of.

    Args:
        recipe: what was asked for.
        intake: what came in.
        columns: of `data/`.
        manifest: without files.
        lock: what the recipe resolved to.
        kept: tables beside the data.
    """

    recipe: Recipe
    intake: Intake
    columns: Columns
    manifest: Manifest
    lock: Lock
    kept: Sequence[Kept] = ()


@dataclass(frozen=True)
class Where:
    """Where a version is written, and how.

    Args:
        out: the folder of datasets.
        work: a folder for rows on their way.
        engine: gathers and writes.
        latest: let `latest` name it; not for a build on a part of the data.
        lock: write the lock beside the recipe; likewise.
        attach: let plug-ins add files, such as the report.
        eager: begin to write before the version's name is known; False where it is likely there already.
    """

    out: Path
    work: Path
    engine: Engine
    latest: bool = True
    lock: bool = True
    attach: bool = True
    eager: bool = True


class Draft:
    """A version on its way: its staging folder, in which data and ledger are written.

    Args:
        home: `<out>/<name>`.
        folder: the staging folder.
        tasks: write the data, giving its files, and the ledger.
        at_once: how many of them run at once.
    """

    def __init__(self, home: Path, folder: Path, tasks: Sequence[Callable[[], object]], at_once: int) -> None:
        self.home = home
        self.folder = folder
        self._tasks = tasks
        self._threads = ThreadPoolExecutor(at_once)
        self._begun: list[Future[Any]] = []

    def begin(self) -> None:
        """Begin to write, beside whatever the caller does next."""
        self._begun = self._begun or [self._threads.submit(task) for task in self._tasks]

    def files(self) -> list[Path]:
        """Wait until all is written; gives the files of `data/`."""
        self.begin()
        data, *_ = [task.result() for task in self._begun]
        return list(data)

    def close(self, *, wait: bool) -> None:
        """End the writing: let what runs come to its end, or go on without waiting for it."""
        self._threads.shutdown(wait=wait, cancel_futures=True)


@contextmanager
def drafted(
    units: Sequence[Unit], labels: Sequence[str], columns: Columns, recipe: Recipe, intake: Intake, where: Where
) -> Iterator[Draft]:
    """Begin to write a version before its name is known: the name is the folder's, and the rows are final.

    Data, ledger and fingerprint share nothing, and each has a part that only one core can do: together they take two
    thirds of their times one after the other. Where memory is little they wait for each other all the same.

    Args:
        units: have been through every stage.
        labels: of the stages, in order.
        columns: of `data/`.
        recipe: what was asked for.
        intake: what came in.
        where: folders and engine.

    Raises:
        CurateError: the folder cannot be written.
    """
    home = where.out / recipe.name
    with versions.alone(home), versions.staging(home) as folder:
        (folder / "data").mkdir()
        scratch = where.work / folder.name
        data = partial(write_splits, units, columns, folder / "data", scratch, where.engine)
        ledger = partial(write_ledger, units, labels, intake, folder / "ledger", recipe.seed, where.engine)
        tight = where.engine.room.spare < _BESIDE
        draft = Draft(home, folder, [data, ledger], 1 if tight else 2)
        if where.eager and not tight:
            draft.begin()
        finished = False
        try:
            yield draft
            finished = True
        except Exception:
            finished = True
            raise
        finally:
            # An interrupt waits for nothing. What still runs writes into a folder that is gone, and fails unheard.
            draft.close(wait=finished)
            shutil.rmtree(scratch, ignore_errors=True)


def deliver(content: Content, draft: Draft, where: Where, run: dict[str, Any]) -> tuple[Path, Manifest, bool]:
    """Finish the version, or find that it is there already.

    Args:
        content: what to write.
        draft: its data and ledger.
        where: folders and engine.
        run: what goes into `run.json`; the peak of memory is filled in.

    Returns:
        The version's folder, the manifest of this build, and whether it was there already.

    Raises:
        CurateError: the folder cannot be written, or the version that is there is damaged.
    """
    recipe, manifest, home = content.recipe, content.manifest, draft.home
    there = home / manifest.version
    if (there / manifests.NAME).is_file():
        known = manifests.read(there)
        faults = versions.check_files(there, known)
        if faults:
            raise CurateError(f"{there} is damaged ({'; '.join(faults[:3])}); move it away and build again")
        if where.latest:
            versions.point(home, manifest.version)
        if where.lock:
            write_lock_beside(recipe, content.lock)
        return there, _as_now(known, manifest), True
    with versions.writing(home):
        written = _fill(draft, content)
        if where.attach:
            written = _with_card(draft.folder, after_write(draft.folder, written), content)
        run["memory"]["peak"] = peak()
        facts = orjson.dumps(run, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        (draft.folder / "run.json").write_bytes(facts)
        path = versions.commit(draft.folder, home, manifest.version, latest=where.latest)
    if where.lock:
        write_lock_beside(recipe, content.lock)
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


def _fill(draft: Draft, content: Content) -> Manifest:
    """Put everything into the staging folder; the manifest comes last."""
    recipe, manifest, columns = content.recipe, content.manifest, content.columns
    folder, paths = draft.folder, draft.files()
    (folder / "recipe.yaml").write_text(recipe.text, encoding="utf-8")
    (folder / "recipe.lock.yaml").write_text(lock_text(content.lock), encoding="utf-8")
    scores = [path.relative_to(folder).as_posix() for path in write_kept(content.kept, folder)]
    names = [path.relative_to(folder).as_posix() for path in paths]
    splits = {
        split: info.model_copy(update={"files": [name for name in names if name.startswith(f"data/{split}-")]})
        for split, info in manifest.splits.items()
    }
    ledger_files = sorted(f"ledger/{path.name}" for path in (folder / "ledger").iterdir())
    listed = [*names, *scores, *ledger_files, "recipe.yaml", "recipe.lock.yaml"]
    manifest = manifest.model_copy(update={"splits": splits, "files": versions.digests(folder, listed)})
    (folder / CROISSANT).write_bytes(croissant(manifest, columns))
    told = [CROISSANT]
    if licence(manifest).get("license_link") == LICENSE_FILE:
        (folder / LICENSE_FILE).write_text(license_file(manifest), encoding="utf-8")
        told.append(LICENSE_FILE)
    manifest = manifest.model_copy(update={"files": {**manifest.files, **versions.digests(folder, told)}})
    return _with_card(folder, manifest, content)


def _with_card(folder: Path, manifest: Manifest, content: Content) -> Manifest:
    """Write the card, and the manifest that knows it: once without pictures, again where plug-ins drew some."""
    (folder / "README.md").write_text(card(manifest, content.columns, content.recipe.text), encoding="utf-8")
    manifest = manifest.model_copy(update={"files": {**manifest.files, **versions.digests(folder, ["README.md"])}})
    manifests.write(manifest, folder)
    return manifest


def after_write(folder: Path, manifest: Manifest) -> Manifest:
    """Let plug-ins add files (reports): outside the version's id, their digests in the manifest.

    Args:
        folder: a staged version, with its manifest.
        manifest: the same, without attachments.

    Returns:
        The manifest with what was added; it is written too.
    """
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


def run_facts(recipe: Recipe, started: float, engine: Engine, limit: int | None, out: Path) -> dict[str, Any]:
    """Everything that may differ between equal builds.

    Args:
        recipe: what was built.
        started: `time.monotonic()` at the start.
        engine: with its workers and its memory.
        limit: as asked for.
        out: the folder of datasets.
    """
    return {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - started, 3),
        "host": platform.node(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "workers": engine.workers,
        # Bytes: what the build was allowed, and what this process had in memory at most (worker processes apart).
        "memory": {"limit": engine.room.limit, "peak": None},
        "limit": limit,
        "command": list(sys.argv),
        "out": str(out.absolute()),
        "recipe": str(recipe.path.absolute()),
        "base": str(recipe.base),
        "variables": {name: normpath(recipe.base / value) for name, value in recipe.places.items()},
    }


def write_lock_beside(recipe: Recipe, lock: Lock) -> bool:
    """Put the lock beside a recipe of the user's own; a shipped recipe's folder is not ours to write to.

    Returns:
        Whether it could be written.
    """
    if is_shipped(recipe):
        return False
    path = beside(recipe.path)
    staged = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        for left in path.parent.glob(f".{path.name}-*"):  # of a build that was killed right here
            left.unlink(missing_ok=True)
        staged.write_text(lock_text(lock), encoding="utf-8")
        staged.replace(path)
    except OSError:
        with suppress(OSError):
            staged.unlink()
        return False  # a read-only folder of recipes: the version holds the lock too
    return True


def is_shipped(recipe: Recipe) -> bool:
    """Whether this is one of the recipes that come with curate."""
    return recipe.path.resolve() in {path.resolve() for path in shipped().values()}
