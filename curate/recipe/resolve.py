"""A recipe's files -> one tree: `extends`, then `--set`, then variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from curate.recipe import find, override, variables
from curate.recipe.document import Budget, Node, read
from curate.recipe.fault import Faults, found, quoted

_LONGEST = 16  # recipes in a row that extend each other


@dataclass(frozen=True)
class Resolved:
    """One tree, and the file it began with."""

    root: Node
    path: Path
    text: str


def resolve(recipe: str | Path, given: Mapping[str, str], sets: Sequence[str], faults: Faults) -> Resolved:
    """Read a recipe and all that it extends, and put in what the command line says.

    Args:
        recipe: a file or the name of a shipped recipe.
        given: values of variables, by name.
        sets: `path.to.key=value` each.
        faults: collects what is wrong.

    Raises:
        FaultyRecipeError: a file cannot be read at all.
    """
    path = find.locate(recipe, faults)
    budget = Budget()
    root, text = read(path, find.display(path), faults, budget)
    root = _extended(root, path, (path.resolve(),), faults, budget)
    for assignment in sets:
        override.put(root, assignment, faults)
    root = variables.fill(root, given, faults, budget)
    return Resolved(root, path, text)


def _extended(root: Node, path: Path, seen: tuple[Path, ...], faults: Faults, budget: Budget) -> Node:
    """The root merged over the recipe that it extends."""
    parent = root.value.pop("extends", None)
    if parent is None:
        return root
    if not isinstance(parent.value, str) or not parent.value:
        faults.add(parent.mark, f"expected a file or the name of a shipped recipe, found {found(parent.value)}")
        return root
    file = find.locate(parent.value, faults, parent.mark, path.parent)
    if file.resolve() in seen:
        raise faults.stop(parent.mark, f"recipes that extend each other in a circle: {quoted(parent.value)}")
    if len(seen) >= _LONGEST:
        raise faults.stop(parent.mark, f"more than {_LONGEST} recipes that extend each other")
    under, _ = read(file, find.display(file), faults, budget)
    return merge(_extended(under, file, (*seen, file.resolve()), faults, budget), root)


def merge(under: Node, over: Node) -> Node:
    """Put one tree over another: mappings merge, everything else replaces."""
    if not (isinstance(under.value, dict) and isinstance(over.value, dict)):
        return over
    merged = dict(under.value)
    for name, node in over.value.items():
        merged[name] = merge(merged[name], node) if name in merged else node
    return replace(over, value=merged)
