"""The stage cache: what a stage made of an input, under the digest of both.

An entry is a small JSON file, written last, beside the Arrow files that it names. An entry exists whole or not at
all: each file
is written under another name and renamed, the JSON after the others. Files are never changed afterwards, so a build
may share a
cache with another that runs at the same time: both write the same bytes to the same name.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import platformdirs
import polars as pl
import xxhash

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


class Cache:
    """A folder of entries."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _stem(self, key: str) -> Path:
        return self.root / "units" / key[:2] / key

    def find(self, key: str) -> Entry | None:
        """The entry of this key, or None where there is none or one of its files is damaged (it is then made again)."""
        stem = self._stem(key)
        try:
            stored = orjson.loads(stem.with_suffix(".json").read_bytes())
            facts = stored["facts"]
            if stored["digest"] != hashing.digest([facts, stored["parts"]]):
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

    def write(self, key: str, parts: Mapping[str, pl.DataFrame], facts: Mapping[str, Any]) -> Entry:
        """Store frames and facts under a key.

        Raises:
            CurateError: the folder cannot be written, or the disk is full.
        """
        stem = self._stem(key)
        paths, listed = {}, {}
        try:
            stem.parent.mkdir(parents=True, exist_ok=True)
            for name, frame in parts.items():
                path = stem.with_suffix(f".{name}.arrow")
                staged = path.with_suffix(f".{uuid.uuid4().hex}.part")
                frame.rechunk().write_ipc(staged)
                listed[name] = (staged.stat().st_size, _digest(staged))
                staged.replace(path)
                paths[name] = path
            staged = stem.with_suffix(f".{uuid.uuid4().hex}.part")
            said = {"facts": dict(facts), "parts": listed}
            staged.write_bytes(orjson.dumps({**said, "digest": hashing.digest(list(said.values()))}))
            staged.replace(stem.with_suffix(".json"))
        except OSError as error:
            raise CurateError(
                f"cannot write to the cache {self.root}: {error.strerror or error}; "
                "set CURATE_CACHE_DIR to a folder with space"
            ) from error
        return Entry(key, facts, paths)


def _digest(path: Path) -> str:
    """xxh3-128 of a file: it guards against accidents, at memory speed."""
    hasher = xxhash.xxh3_128()
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            hasher.update(chunk)
    return hasher.hexdigest()
