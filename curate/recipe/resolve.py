"""A recipe's files -> one tree: `extends`, then `--set`, then variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curate.document import override
from curate.document.fault import Faults, Mark, found, quoted
from curate.document.tree import Budget, Node, read, scalar
from curate.recipe import find, variables
from curate.yaml_text import dump

# Keys that `--set` may begin although no file has them, and the one to which it adds nothing.
_OPENS = ("split", "format", "expect", "publish")
_CLOSED = ("vars",)
_LONGEST = 16  # recipes in a row that extend each other


@dataclass(frozen=True)
class Resolved:
    """One tree, the file it began with, and a text that says the whole: see `_recorded`."""

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
    alone = "extends" not in root.value
    root = _extended(root, path, (path.resolve(),), faults, budget)
    for assignment in sets:
        override.put(root, assignment, faults, _OPENS, _CLOSED)
    filled = variables.fill(root, given, faults, budget)
    if not faults and (not alone or sets or variables.settled(root, given)):
        text = _recorded(root, given, path)
    return Resolved(filled, path, text)


def _recorded(root: Node, given: Mapping[str, str], path: Path) -> str:
    """The recipe as one text: with what it extends, what `--set` says, and the variables' values.

    Variables that hold paths keep the recipe's own value: where files lie is the machine's business, not the recipe's.
    """
    said = _plain(root, path.absolute().parent)
    for name, text in variables.settled(root, given).items():
        was = said["vars"][name]
        said["vars"][name] = text if isinstance(was, str) else scalar(text, path, Mark(name), Faults()).plain()
    return f"# {path.name} with all that it extends and that the command line put in; written by curate.\n" + dump(said)


def _plain(node: Node, base: Path, key: str = "") -> Any:  # noqa: ANN401 - any plain data
    """The tree as plain data; paths that were written for another folder than `base` are absolute."""
    if isinstance(node.value, dict):
        return {name: _plain(below, base, name) for name, below in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(below, base, key) for below in node.value]
    if key == "path" and isinstance(node.value, str) and not node.value.startswith("${"):
        return node.value if node.folder.absolute() == base else str(node.folder.absolute() / node.value)
    return node.value


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
