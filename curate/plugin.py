"""The doors: sources, stages, filters, transforms and commands, found through entry points.

An entry point of `curate.sources`, `curate.stages`, `curate.filters` or `curate.transforms` names a package. Each
public module
in it is one plug-in, called as the module is, and holds one class: `Adapter` (a source), `Step` (a stage) or `Rule`
(a filter or
a transform). Listing imports none of them. The built-ins come through the same doors.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from curate.errors import CurateError
from curate.source import Source
from curate.stage import Stage

_CLASS = {"sources": "Adapter", "stages": "Step", "filters": "Rule", "transforms": "Rule"}


@cache
def names(door: str) -> dict[str, str]:
    """What stands behind a door.

    Args:
        door: `sources`, `stages`, `filters` or `transforms`.

    Returns:
        Plug-in name to module path, in alphabetical order; nothing is imported but the packages' own `__init__`.

    Raises:
        CurateError: two packages offer the same name.
    """
    found: dict[str, str] = {}
    for point in sorted(entry_points(group=f"curate.{door}"), key=lambda point: (point.name != "builtin", point.name)):
        spec = importlib.util.find_spec(point.value)
        if spec is None or spec.submodule_search_locations is None:
            raise CurateError(
                f"the entry point {point.name!r} of 'curate.{door}' names {point.value!r}, which is not a package"
            )
        for module in pkgutil.iter_modules(spec.submodule_search_locations):
            if module.name.startswith("_"):
                continue
            path = f"{point.value}.{module.name}"
            if module.name in found:
                raise CurateError(f"two packages offer {door[:-1]} {module.name!r}: {found[module.name]} and {path}")
            found[module.name] = path
    return dict(sorted(found.items()))


def _load(door: str, name: str) -> Any:  # noqa: ANN401 - the class that the door promises
    known = names(door)
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        hint = f", did you mean {close[0]!r}?" if close else ""
        raise KeyError(f"unknown {door[:-1]} {name!r}{hint} (known: {', '.join(known)})")
    return getattr(importlib.import_module(known[name]), _CLASS[door])


def source(name: str) -> type[Source]:
    """The adapter of this name.

    Raises:
        KeyError: there is none; the message lists what there is.
    """
    return _load("sources", name)  # type: ignore[no-any-return]


def stage(name: str) -> type[Stage]:
    """The stage of this name: `dedup`, or a rule as `filter.words`, `transform.strip`.

    Raises:
        KeyError: there is none; the message lists what there is.
    """
    kind, _, rule = name.partition(".")
    return _load({"filter": "filters", "transform": "transforms"}[kind], rule) if rule else _load("stages", kind)  # type: ignore[no-any-return]
