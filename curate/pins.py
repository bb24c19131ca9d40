"""Pins: the commits that a lock beside a recipe holds its Hub sources to."""

from __future__ import annotations

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
    path = beside(recipe)
    if not path.is_file():
        return None
    try:
        lock: Any = load(path)
        entry = lock["sources"].get(source, {}).get("hub", {})
        return str(entry["commit"]) if entry.get("asked") == hub else None
    except (ValueError, OSError, AttributeError, KeyError, TypeError) as error:
        raise CurateError(f"{path} cannot be read as a lock ({type(error).__name__}); delete it to pin anew") from error
