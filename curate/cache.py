"""The stage cache: what a stage made of an input, under the digest of both.

An entry is a small JSON file, written last, beside the Arrow files that it names. An entry exists whole or not at
all: each file is written under another name and renamed, the JSON after the others. Files are never changed
afterwards, so a build may share a cache with another that runs at the same time: both write the same bytes to the
same name.

Each time an entry is looked up, all of its files are digested, at memory speed: damage is found before it is used,
and what is damaged is made again. A look also marks the entry as used, by the time of its JSON: `curate.sweep` goes by
that.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import platformdirs
import polars as pl
import xxhash
from filelock import FileLock

from curate import hashing
from curate.errors import CurateError


def default_root() -> Path:
    """`CURATE_CACHE_DIR`, else the platform's cache folder."""
    named = os.environ.get("CURATE_CACHE_DIR")
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("curate"))


@dataclass(frozen=True)
class Entry:
    """What is stored under a key.

    Args:
        key: the digest of everything that the result depends on.
        facts: small results as JSON: counts, the digest of the outcome.
        parts: the Arrow files by part name.
    """

    key: str
    facts: Mapping[str, Any]
    parts: Mapping[str, Path]


# Folders of the cache, and the ending of what is not whole yet.
UNITS = "units"
SCRATCH = "scratch"
RUNNING = "running"
PARTIAL = ".part"


def shard_lock(root: Path, key: str) -> FileLock:
    """Held while files of keys with the same two first digits get their names, or lose them."""
    folder = root / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{key[:2]}.lock")


class Cache:
    """A folder of entries."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._began = 0  # nanoseconds since 1970 at which the lease began

    @contextmanager
    def lease(self) -> Iterator[None]:
        """Hold all that is looked at while the block runs: `curate cache prune` leaves it alone.

        A process that is killed lets go of it, whatever it leaves on the disk.

        Raises:
            CurateError: the folder cannot be written.
        """
        try:
            (self.root / RUNNING).mkdir(parents=True, exist_ok=True)
            self._began = time.time_ns()
            path = self.root / RUNNING / f"{self._began}-{uuid.uuid4().hex}.lock"
            lock = FileLock(path)
            lock.acquire()
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            lock.release()

    def _unwritable(self, error: OSError) -> CurateError:
        return CurateError(
            f"cannot write to the cache {self.root}: {error.strerror or error}; "
            "set CURATE_CACHE_DIR to a folder with space"
        )

    def _stem(self, key: str) -> Path:
        return self.root / UNITS / key[:2] / key

    def find(self, key: str) -> Entry | None:
        """The entry of this key, or None where there is none or one of its files is damaged (it is then made again)."""
        stem = self._stem(key)
        try:
            self._mark(stem.with_suffix(".json"))
            stored = orjson.loads(stem.with_suffix(".json").read_bytes())
            facts = stored["facts"]
            if stored["digest"] != hashing.digest([stored["kind"], facts, stored["parts"]]):
                return None
            parts = {}
            for name, (size, digest) in stored["parts"].items():
                path = stem.with_suffix(f".{name}.arrow")
                if path.stat().st_size != size or _digest(path) != digest:
                    return None
                parts[name] = path
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Entry(key, facts, parts)

    def _mark(self, path: Path) -> None:
        """Mark an entry as used before it is read: `curate.sweep` takes it back only if it was not.

        The mark is never from before the lease, whatever the clock does meanwhile.
        """
        now = max(time.time_ns(), self._began)
        try:
            os.utime(path, ns=(now, now))
        except FileNotFoundError:
            raise
        except OSError:
            return  # somebody else's cache, which may be read and not changed

    def write(
        self, key: str, parts: Mapping[str, pl.DataFrame], facts: Mapping[str, Any], kind: str = "other"
    ) -> Entry:
        """Store frames and facts under a key.

        Args:
            key: the digest of what the result depends on.
            parts: frames by name.
            facts: numbers and words, as JSON.
            kind: what made it, for people: `ingest`, a stage's name.

        Raises:
            CurateError: the folder cannot be written, or the disk is full.
        """
        stem = self._stem(key)
        ready: dict[Path, Path] = {}
        listed = {}
        try:
            stem.parent.mkdir(parents=True, exist_ok=True)
            for name, frame in parts.items():
                staged = stem.with_suffix(f".{uuid.uuid4().hex}{PARTIAL}")
                ready[staged] = stem.with_suffix(f".{name}.arrow")
                frame.rechunk().write_ipc(staged)
                listed[name] = (staged.stat().st_size, _digest(staged))
            staged = stem.with_suffix(f".{uuid.uuid4().hex}{PARTIAL}")
            said = {"kind": kind, "facts": dict(facts), "parts": listed}
            ready[staged] = stem.with_suffix(".json")
            staged.write_bytes(orjson.dumps({**said, "digest": hashing.digest(list(said.values()))}))
            self._mark(staged)
            with shard_lock(self.root, key):
                for staged, path in ready.items():
                    staged.replace(path)
        except BaseException as error:
            for staged in ready:
                with suppress(OSError):
                    staged.unlink()
            if isinstance(error, OSError):
                raise self._unwritable(error) from error
            raise
        return Entry(key, facts, {name: stem.with_suffix(f".{name}.arrow") for name in parts})


def _digest(path: Path) -> str:
    """xxh3-128 of a file: it guards against accidents, at memory speed."""
    hasher = xxhash.xxh3_128()
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            hasher.update(chunk)
    return hasher.hexdigest()
