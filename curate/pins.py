"""Pins: what a lock beside a recipe holds its Hub sources and models to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from curate.errors import CurateError
from curate.yaml_text import load


def beside(recipe: Path) -> Path:
    """Where the lock of a recipe file lies: `<stem>.lock.yaml`."""
    return recipe.with_name(recipe.stem + ".lock.yaml")


def pinned(recipe: Path, source: str, hub: str) -> str | None:
    """The commit that the lock names for a Hub source, or None where there is no lock or it speaks of another `hub:`.

    Args:
        recipe: the recipe's file.
        source: the source's name.
        hub: as the recipe says it, revision included: another revision there makes the pin void.

    Raises:
        CurateError: the lock cannot be read as one.
    """
    entry = _entry(recipe, "sources", source).get("hub", {})
    return str(entry["commit"]) if isinstance(entry, dict) and entry.get("asked") == hub and "commit" in entry else None


def held(recipe: Path, label: str) -> Mapping[str, Any]:
    """What the lock says that the names in a step stand for; nothing where there is no lock or no such step.

    Args:
        recipe: the recipe's file.
        label: the step's.

    Raises:
        CurateError: the lock cannot be read as one.
    """
    return _entry(recipe, "steps", label)


def _entry(recipe: Path, part: str, name: str) -> dict[str, Any]:
    path = beside(recipe)
    try:
        state = path.stat()
    except FileNotFoundError:
        return {}
    lock = _read(path, state.st_mtime_ns, state.st_size)
    of = lock.get(part, {})
    found = of.get(name, {}) if isinstance(of, dict) else None
    if not isinstance(found, dict):
        raise CurateError(f"{path} cannot be read as a lock ({part}.{name} is no mapping); delete it to pin anew")
    return found


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> dict[str, Any]:
    """The lock as plain data, read once as long as the file stays as it is: each source and step asks for it."""
    try:
        lock: Any = load(path)
    except (ValueError, OSError) as error:
        raise CurateError(f"{path} cannot be read as a lock ({type(error).__name__}); delete it to pin anew") from error
    if not isinstance(lock, dict):
        raise CurateError(f"{path} cannot be read as a lock (it is no mapping); delete it to pin anew")
    return lock
