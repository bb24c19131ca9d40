"""The doors: sources, stages, filters, transforms and commands, found through entry points.

An entry point of `curate.sources`, `curate.stages`, `curate.filters` or `curate.transforms` names a package. Each
public module in it is one plug-in, called as the module is, and holds one class: `Adapter` (a source), `Step` (a
stage) or `Rule` (a filter or a transform). Listing imports none of them. The built-ins come through the same doors.
"""

from __future__ import annotations

from curate.door import load, names
from curate.source import Source
from curate.stage import Stage

__all__ = ["names", "source", "stage"]

_CLASS = {"stages": "Step", "filters": "Rule", "transforms": "Rule"}


def source(name: str) -> type[Source]:
    """The adapter of this name.

    Raises:
        KeyError: there is none; the message lists what there is.
    """
    return load("sources", name, "Adapter")  # type: ignore[no-any-return]


def stage(name: str) -> type[Stage]:
    """The stage of this name: `dedup`, or a rule as `filter.words`, `transform.strip`.

    Raises:
        KeyError: there is none; the message lists what there is.
    """
    kind, _, rule = name.partition(".")
    door = {"filter": "filters", "transform": "transforms"}[kind] if rule else "stages"
    return load(door, rule or kind, _CLASS[door])  # type: ignore[no-any-return]
