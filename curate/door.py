"""The mechanism of the doors: an entry point names a package, and each public module in it is one plug-in.

What stands behind which door is said by the modules that use them: `curate.plugin` and `curate.metric`.
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


@cache
def names(door: str) -> dict[str, str]:
    """What stands behind a door.

    Args:
        door: `sources`, `stages`, `filters`, `transforms` or `metrics`.

    Returns:
        Plug-in name to module path, in alphabetical order; nothing is imported but the packages' own `__init__`.

    Raises:
        CurateError: two packages offer the same name, or an entry point names no package.
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


def load(door: str, name: str, held: str) -> Any:  # noqa: ANN401 - the class that the door promises
    """The plug-in of this name; imports its module.

    Args:
        door: as for `names`.
        name: the plug-in's, as a recipe writes it.
        held: the name of the class in the plug-in's module.

    Raises:
        KeyError: there is none; the message lists what there is.
    """
    known = names(door)
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        hint = f", did you mean {close[0]!r}?" if close else ""
        raise KeyError(f"unknown {door[:-1]} {name!r}{hint} (known: {', '.join(known)})")
    return getattr(importlib.import_module(known[name]), held)
