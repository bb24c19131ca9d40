"""Steps: each a mapping with one key, the stage's name; under `filter` and `transform` one rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from curate import plugin
from curate.document.check import validate
from curate.document.fault import Faults, found, quoted, unknown
from curate.document.tree import Node
from curate.recipe.model import Step

# Stages that have a place of their own at the top level, and so are no steps.
_PLACED = ("format", "split")
_DOORS = {"filter": "filters", "transform": "transforms"}


def stages() -> list[str]:
    """The names that a step may have."""
    return sorted([*_DOORS, *(name for name in plugin.names("stages") if name not in _PLACED)])


@dataclass
class Steps:
    """The steps of a source or of the mixture.

    Args:
        valid: the steps without faults.
        names: labels and names of all of them, for what refers to a step.
    """

    valid: list[Step] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def steps(node: Node | None, source: str | None, faults: Faults, context: Mapping[str, Any]) -> Steps:
    """Check a list of steps.

    Args:
        node: the list; None where the recipe has none.
        source: whose steps they are; None: the mixture's.
        faults: collects what is wrong.
        context: for the validators of the stages' settings.
    """
    result = Steps()
    if node is None or node.value is None:
        return result
    if not isinstance(node.value, list):
        faults.add(node.mark, f"expected a list of steps (`- dedup: …`), found {found(node.value)}")
        return result
    for place, item in enumerate(node.value):
        named = _named(item, faults)
        if named is None:
            continue
        name, settings = named
        label = f"{place}.{name}" if source is None else f"{source}.{place}.{name}"
        result.names += [label, name]
        step = one(label, name, settings, faults, {**context, "source": source})
        if step:
            result.valid.append(step)
    return result


def last_budget(mixture: Steps, node: Node | None, faults: Faults) -> None:
    """Refuse a budget that a later sample of the mixture would undercut: it is met by the last one, or not at all."""
    samples = [step for step in mixture.valid if step.name == "sample"]
    for step in samples[:-1]:
        if getattr(step.settings, "budget", None) is not None and node is not None:
            place = int(step.label.partition(".")[0])
            settings = node.value[place].value["sample"]
            budget = settings.get("budget") or settings
            faults.add(
                budget.head, f"budget belongs to the last sample of the mixture, and {samples[-1].label} follows"
            )


def _named(item: Node, faults: Faults) -> tuple[str, Node] | None:
    """The stage's full name and its settings."""
    if not isinstance(item.value, dict):
        example = f"write `{item.value}: {{…}}`" if isinstance(item.value, str) else "write `- dedup: {…}`"
        faults.add(item.mark, f"expected a mapping with one key, the stage ({example}), found {found(item.value)}")
        return None
    entry = _only(item, item, "a step has exactly one key, its stage", faults)
    if entry is None:
        return None
    kind, settings = entry
    if kind in _DOORS:
        return _ruled(kind, settings, item, faults)
    if kind in _PLACED:
        faults.add(settings.head, f"{kind!r} is no step: it stands at the top level of the recipe, once")
    elif kind not in stages():
        door = next((door for door, rules in _DOORS.items() if kind in plugin.names(rules)), None)
        advice = f"; there is a rule of that name: write `{door}: {{{kind}: …}}`" if door else ""
        faults.add(settings.head, unknown("stage", kind, stages()) + advice)
    else:
        return entry
    return None


def _ruled(kind: str, settings: Node, item: Node, faults: Faults) -> tuple[str, Node] | None:
    """The full name and the settings of a `filter` or a `transform`."""
    known = plugin.names(_DOORS[kind])
    if not isinstance(settings.value, dict):
        example = next(iter(known), "rule")
        faults.add(settings.mark, f"expected one rule (`{kind}: {{{example}: …}}`), found {found(settings.value)}")
        return None
    entry = _only(settings, item, f"{kind!r} takes exactly one rule: write a step for each", faults)
    if entry is None or entry[0] in known:
        return entry and (f"{kind}.{entry[0]}", entry[1])
    faults.add(entry[1].head, unknown(f"{kind} rule", entry[0], known))
    return None


def _only(node: Node, item: Node, rule: str, faults: Faults) -> tuple[str, Node] | None:
    """The only entry of a mapping."""
    entries: list[tuple[str, Node]] = list(node.value.items())
    if len(entries) == 1:
        return entries[0]
    if not entries:
        faults.add(node.head if node is not item else node.mark, f"{rule}; found none")
    else:
        faults.add(entries[1][1].head, f"{rule}; found {', '.join(quoted(name) for name, _ in entries)}")
    return None


def one(label: str, name: str, settings: Node, faults: Faults, context: Mapping[str, Any]) -> Step | None:
    """Check the settings of one step whose name is known."""
    try:
        model = plugin.stage(name).Settings
    except Exception as error:  # noqa: BLE001 - a plug-in is somebody's code: what fails in it is named, not thrown
        faults.add(settings.head, f"the stage {name!r} cannot be loaded: {type(error).__name__}: {error}")
        return None
    checked = validate(model, settings, faults, context)
    return None if checked is None else Step(label=label, name=name, settings=checked, line=settings.head.line)
