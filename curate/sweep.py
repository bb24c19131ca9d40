"""Sweep: what the stage cache holds, and how it is made smaller while builds may be running.

A build holds what it has used since it began: it is registered while it runs (`Cache.lease`), and each look at an
entry marks it. So whatever was last used before the first running build began is nobody's, and may go. An entry goes
in an order that no reader can trip over: first its JSON, under another name, then its parts; one that was looked at
in between is put back.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from filelock import FileLock, Timeout

from curate.cache import PARTIAL, RUNNING, SCRATCH, UNITS, shard_lock
from curate.score.answers import forget, kept

_GONE = ".gone"
_ODD = 3600.0  # seconds that a file's time may be ahead of the clock without being wrong: another machine wrote it


@dataclass(frozen=True)
class Stored:
    """An entry of the cache.

    Args:
        key: its key.
        kind: the step that made it, `ingest` for rows as they came in.
        path: its JSON.
        parts: its Arrow files.
        bytes: of all its files.
        used: when it was last looked at, in seconds since 1970.
    """

    key: str
    kind: str
    path: Path
    parts: tuple[Path, ...]
    bytes: int
    used: float


@dataclass(frozen=True)
class Leftover:
    """What a build that was killed left behind."""

    path: Path
    bytes: int


@dataclass(frozen=True)
class Pruned:
    """What `prune` did, or would do.

    Args:
        entries: removed entries, and
        bytes: what they took.
        leftovers: removed leftovers, and
        leftover_bytes: what they took.
        kept: entries that stay, and
        kept_bytes: what they take.
        held: entries that should have gone but that a running build holds.
        answers: of models that were forgotten, and
        answers_bytes: what they took.
    """

    entries: int
    bytes: int
    leftovers: int
    leftover_bytes: int
    kept: int
    kept_bytes: int
    held: int
    answers: int = 0
    answers_bytes: int = 0


def stored(root: Path) -> list[Stored]:
    """All entries, the one that was not used for the longest time first. Damaged ones have the kind `damaged`."""
    found = []
    parts: dict[str, list[Path]] = {}
    jsons: list[Path] = []
    for path in (root / UNITS).glob("*/*"):
        if path.suffix == ".json":
            jsons.append(path)
        elif path.suffix == ".arrow":
            parts.setdefault(path.name.partition(".")[0], []).append(path)
    for path in jsons:
        mine = parts.pop(path.stem, [])
        with suppress(OSError):
            size = sum(one.stat().st_size for one in (path, *mine))
            found.append(Stored(path.stem, _kind(path), path, tuple(mine), size, path.stat().st_mtime))
    return sorted(found, key=lambda one: (one.used, one.key))


def _kind(path: Path) -> str:
    try:
        kind = orjson.loads(path.read_bytes())["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        return "damaged"
    return kind if isinstance(kind, str) else "damaged"


def running(root: Path) -> list[float]:
    """When the builds that run now began, in seconds since 1970. What dead ones left of their registration goes."""
    found = []
    for path in sorted((root / RUNNING).glob("*.lock")):
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            with suppress(ValueError):
                found.append(int(path.name.partition("-")[0]) / 1e9)
            continue
        lock.release()
        path.unlink(missing_ok=True)
    return found


def leftovers(root: Path, before: float) -> list[Leftover]:
    """Half-written files, parts without an entry, and scratch of builds that are no more.

    Args:
        root: the cache.
        before: only what was written before this time.
    """
    found = []
    for path in _abandoned(root):
        with suppress(OSError):
            if _left(path, before):
                inside = [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
                found.append(Leftover(path, sum(one.stat().st_size for one in inside)))
    return found


def _abandoned(root: Path) -> Iterator[Path]:
    yield from (root / SCRATCH).glob("*")
    yield from (root / "plans").glob(".*")
    yield from (root / UNITS).glob(f"*/*{PARTIAL}")
    yield from (root / UNITS).glob(f"*/*{_GONE}")
    for path in (root / UNITS).glob("*/*.arrow"):
        if not path.with_name(path.name.partition(".")[0] + ".json").exists():
            yield path


def sweep_scratch(root: Path) -> None:
    """Remove scratch of builds that are no more; quick enough for the beginning of each build."""
    before = since(root)
    for path in (root / SCRATCH).glob("*"):
        with suppress(OSError):
            if _left(path, before):
                _remove(path)


def since(root: Path) -> float:
    """When the first of the builds that run now began, in seconds since 1970; now, if none runs.

    0 where one began in the future, because the clock was set back meanwhile: then no time says what is whose.
    """
    now, builds = time.time(), running(root)
    return 0.0 if max(builds, default=now) > now else min(builds, default=now)


def _left(path: Path, before: float) -> bool:
    """Whether this was written before the time, or in a future that no running build can have seen."""
    written, now = path.stat().st_mtime, time.time()
    return written < before or (before > 0 and written > now + _ODD)


def prune(
    root: Path,
    max_bytes: int | None = None,
    older_than: float | None = None,
    *,
    answers: bool = False,
    dry_run: bool = False,
) -> Pruned:
    """Make the cache smaller: what was not used for the longest time goes first.

    Args:
        root: the cache.
        max_bytes: what the entries that stay may take together; None: no limit.
        older_than: entries that nobody looked at for so many seconds go; None: none goes for its age.
        answers: also forget what models answered, unless a build runs; it is neither counted nor dropped else, for
            answers are small and take a model hours.
        dry_run: only say what would go.
    """
    now, builds = time.time(), running(root)
    first = since(root) if builds else now
    entries, waste = stored(root), leftovers(root, first)
    left, removed, held, freed = sum(one.bytes for one in entries), 0, 0, 0
    for one in entries:
        old = older_than is not None and one.used < now - older_than
        if not old and (max_bytes is None or left <= max_bytes):
            continue
        if (builds and one.used >= first) or not (dry_run or _evict(one)):
            held += 1
            continue
        left, removed, freed = left - one.bytes, removed + 1, freed + one.bytes
    if not dry_run:
        for each in waste:
            _remove(each.path)
    taken = sum(one.bytes for one in waste)
    forgotten = kept(root) if answers and not builds else (0, 0)
    if forgotten[0] and not dry_run:
        forget(root)
    return Pruned(removed, freed, len(waste), taken, len(entries) - removed, left, held, *forgotten)


def _evict(one: Stored) -> bool:
    """Remove an entry, unless it is used now; whether it went."""
    gone = one.path.with_suffix(_GONE)
    root = one.path.parents[2]
    with shard_lock(root, one.key):
        try:
            one.path.replace(gone)
        except OSError:
            return False
        # A look marks the entry before it reads it: a mark that is new here is a reader's, who has it whole again.
        if gone.stat().st_mtime != one.used:
            gone.replace(one.path)
            return False
        for path in (*one.parts, gone):
            path.unlink(missing_ok=True)
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
