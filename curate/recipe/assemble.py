"""The tree -> a Recipe: every part is checked, whatever is wrong in the others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from curate import plugin
from curate.document.check import known_keys, validate
from curate.document.fault import Faults, found, hint, quoted, unknown
from curate.document.tree import Node
from curate.recipe.model import Expect, Head, Recipe, SourceKeys, SourceName, SourceSpec, Step
from curate.recipe.resolve import Resolved
from curate.recipe.steps import Steps, last_budget, one, steps
from curate.stages.split import NearSettings, SplitSettings


def assemble(resolved: Resolved, faults: Faults) -> Recipe:
    """Check a resolved recipe.

    Raises:
        FaultyRecipeError: with every fault.
    """
    root = resolved.root
    base = resolved.path.absolute().parent
    head = validate(Head, root, faults)
    listed = root.get("sources")
    names = tuple(listed.value) if listed and isinstance(listed.value, dict) else ()
    context = {"sources": names, "source": None, "base": base}
    sources, known = _sources(listed, faults, context)
    mixture = steps(root.get("steps"), None, faults, context)
    last_budget(mixture, root.get("steps"), faults)
    split = _split(root.get("split"), faults)
    form = root.get("format")
    format_step = _format(form, faults, context) if form else None
    expect = _expect(root.get("expect"), names, [*known, *mixture.names], faults)
    faults.check()
    assert head is not None and format_step is not None and expect is not None  # noqa: S101, PT018 - else there were faults
    said = head.model_dump(include={"name", "description", "license", "seed", "notes", "publish"})
    variables = root.get("vars")
    return Recipe(
        **said,
        vars=variables.plain() or {} if variables else {},
        sources=sources,
        steps=tuple(mixture.valid),
        split=split,
        format=format_step,
        expect=expect,
        path=resolved.path,
        text=resolved.text,
        base=base,
    )


def _sources(node: Node | None, faults: Faults, context: dict[str, Any]) -> tuple[dict[str, SourceSpec], list[str]]:
    """The valid sources, and the names of all their steps."""
    if node is None:
        return {}, []
    if not isinstance(node.value, dict) or not node.value:
        faults.add(node.head, f"expected a mapping of names to sources, found {found(node.value)}")
        return {}, []
    valid: dict[str, SourceSpec] = {}
    known: list[str] = []
    for name, source in node.value.items():
        spec, own = _source(name, source, faults, context)
        known += own.names
        if spec:
            valid[name] = spec
    return valid, known


def _source(name: str, node: Node, faults: Faults, context: dict[str, Any]) -> tuple[SourceSpec | None, Steps]:
    try:
        TypeAdapter(SourceName).validate_python(name)
    except ValidationError:
        faults.add(
            node.head,
            f"a source's name is letters, digits, '_' and '-', and begins with a letter, found {quoted(name)}",
        )
    if not isinstance(node.value, dict):
        faults.add(node.mark, f"expected a mapping (`adapter: …`, `path: …`), found {found(node.value)}")
        return None, Steps()
    own = steps(node.get("steps"), name, faults, context)
    common = set(SourceKeys.model_fields)
    keys = _narrowed(node, {key for key in node.value if key in common})
    rest = _narrowed(node, {key for key in node.value if key not in common and key != "steps"})
    checked = validate(SourceKeys, keys, faults, context)
    if sum(bool(where and where.value) for where in (node.get("path"), node.get("hub"))) != 1:
        both = "both" if node.get("path") and node.get("hub") else "neither"
        faults.add(node.head, f"a source has either 'path' (files) or 'hub' (owner/name), found {both}")
    options = _options(node, rest, faults, {**context, "source": name})
    if checked is None or options is None or not re.fullmatch(r"[\w-]+", name):
        return None, own
    said = {key: getattr(checked, key) for key in common} | {"path": _paths(node.get("path"), context["base"])}
    return SourceSpec.model_construct(name=name, steps=tuple(own.valid), options=options, **said), own


def _narrowed(node: Node, keys: set[str]) -> Node:
    """The mapping with some of its keys."""
    return Node({key: value for key, value in node.value.items() if key in keys}, node.mark, node.folder, node.key)


def _options(node: Node, rest: Node, faults: Faults, context: dict[str, Any]) -> BaseModel | None:
    """The adapter's own options: all keys that not every source has."""
    adapter = node.get("adapter")
    if adapter is None or not isinstance(adapter.value, str):
        return None  # said by SourceKeys
    known = plugin.names("sources")
    if adapter.value not in known:
        faults.add(adapter.mark, unknown("adapter", adapter.value, known))
        return None
    try:
        model = plugin.source(adapter.value).Options
    except Exception as error:  # noqa: BLE001 - a plug-in is somebody's code: what fails in it is named, not thrown
        faults.add(adapter.mark, f"the adapter {adapter.value!r} cannot be loaded: {type(error).__name__}: {error}")
        return None
    wrong = (
        [key for key in rest.value if key not in known_keys(model)]
        if model.model_config.get("extra") == "forbid"
        else []
    )
    for key in wrong:
        names = [*SourceKeys.model_fields, "steps", *known_keys(model)]
        faults.add(rest.value[key].head, f"unknown key {quoted(key)}{hint(key, names)} (known: {', '.join(names)})")
    return validate(model, _narrowed(rest, set(rest.value) - set(wrong)), faults, context)


def _paths(node: Node | None, base: Path) -> tuple[str, ...]:
    """The paths, each as seen from the recipe's folder: an extended recipe's are relative to its own."""
    items = [] if node is None or node.value is None else node.value if isinstance(node.value, list) else [node]
    return tuple(
        item.value if item.folder.absolute() == base else str(item.folder.absolute() / item.value) for item in items
    )


# Beside the names of the splits; so no split can be called so.
_NEAR = "near"


def _split(node: Node | None, faults: Faults) -> SplitSettings:
    """The splits beside `train`, which is what is left, and under `near` what must not be torn apart."""
    if node is None or node.value is None:
        return SplitSettings()
    if not isinstance(node.value, dict):
        faults.add(node.mark, f"expected a mapping of names to fractions (`test: 0.02`), found {found(node.value)}")
        return SplitSettings()
    split: dict[str, float] = {}
    for name, share in node.value.items():
        if name == _NEAR:
            continue
        if not re.fullmatch(r"\w+", name, re.ASCII):
            faults.add(share.head, f"a split's name is letters, digits and '_', found {quoted(name)}")
        if name == "train":
            faults.add(share.head, "'train' is what the other splits leave: it has no fraction of its own")
        if isinstance(share.value, bool) or not isinstance(share.value, int | float):
            faults.add(share.mark, f"expected a number, found {found(share.value)}")
        elif not 0 < share.value < 1:
            faults.add(share.mark, f"must be more than 0 and less than 1, found {found(share.value)}")
        else:
            split[name] = float(share.value)
    if sum(split.values()) >= 1:
        faults.add(node.head, f"the fractions sum to {sum(split.values()):g}: nothing is left for 'train'")
    return SplitSettings(fractions=split, near=_near(node.get(_NEAR), faults))


def _near(node: Node | None, faults: Faults) -> NearSettings | None:
    """Which prompts are near-duplicates that must stay together; None where the recipe says `off`."""
    if node is None:
        return NearSettings()
    if node.value == "off" or node.value is False:
        return None
    if isinstance(node.value, dict):
        return validate(NearSettings, node, faults)
    faults.add(
        node.mark,
        "'near' is no split, but says which near-duplicates stay on one side: expected a mapping "
        f"(`near: {{threshold: 0.8}}`) or `off`, found {found(node.value)}",
    )
    return None


def _format(node: Node, faults: Faults, context: dict[str, Any]) -> Step | None:
    if "format" in plugin.names("stages"):
        return one("format", "format", node, faults, context)
    faults.add(node.head, unknown("stage", "format", plugin.names("stages")))
    return None


def _expect(node: Node | None, sources: tuple[str, ...], known: list[str], faults: Faults) -> Expect | None:
    """The expectations; sources and steps that they name must be in the recipe."""
    if node is None:
        return Expect()
    share, dropped = node.get("share"), node.get("max_dropped")
    for name, limit in (share.value if share and isinstance(share.value, dict) else {}).items():
        if name not in sources:
            faults.add(limit.head, unknown("source", name, sources))
    for name, limit in (dropped.value if dropped and isinstance(dropped.value, dict) else {}).items():
        places = list(dict.fromkeys([*sources, *known, "format"]))
        if name not in places:
            faults.add(limit.head, unknown("source or step", name, places))
        for source, below in (limit.value if isinstance(limit.value, dict) else {}).items():
            if source not in sources:
                faults.add(below.head, unknown("source", source, sources))
    return validate(Expect, node, faults)
