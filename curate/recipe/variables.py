"""Variables: `vars:` of a recipe, `-v NAME=VALUE` of the command line, and `${vars.NAME}` wherever a value stands.

A text that is nothing but `${vars.x}` becomes the variable's value with its type; a longer text takes its text in.
`$${vars.x}` is the text `${vars.x}`. Every other `${…}` stays as it is: regular expressions use that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from curate.document.fault import Faults, Mark, found, hint, quoted
from curate.document.tree import DEEPEST, Budget, Node, scalar

_REFERENCE = re.compile(r"(\$?)\$\{(\w+)\.([^{}]*)\}")
_NESTED = f"variables nested deeper than {DEEPEST} levels"
_SCALARS = (str, int, float, bool, type(None))


def fill(root: Node, given: Mapping[str, str], faults: Faults, budget: Budget) -> Node:
    """Put the variables' values in.

    Args:
        root: the merged recipe.
        given: values from the command line.
        faults: collects unknown variables and wrong references.
        budget: what the recipe may still grow by.

    Returns:
        The tree without references; its `vars` hold the final values.
    """
    declared = root.get("vars")
    known: dict[str, Node] = {}
    if declared is not None and isinstance(declared.value, dict):
        known = {name: _anchored(node, root.folder) for name, node in declared.value.items()}
    elif declared is not None and declared.value is not None:
        faults.add(declared.mark, f"expected a mapping of names to values, found {found(declared.value)}")
    for name, text in given.items():
        mark = Mark(f"-v {name}")
        if name in known:
            known[name] = _given(known[name], text, mark, faults)
        else:
            names = ", ".join(known) or "none"
            faults.add(mark, f"unknown variable {quoted(name)}{hint(name, known)} (the recipe has: {names})")
    filler = _Filler(known, faults, budget)
    values = {name: filler.variable(name) for name in known}
    rest = {name: filler.node(node) for name, node in root.value.items() if name != "vars"}
    if declared is not None:
        rest["vars"] = replace(declared, value=values)
    return replace(root, value=rest)


def is_path(value: object) -> bool:
    """Whether a variable's value is a path: what begins with `./`, `../`, `/` or `~/`."""
    return isinstance(value, str) and (value.startswith(("./", "../", "/", "~/")) or value in (".", ".."))


def settled(root: Node, given: Mapping[str, str]) -> dict[str, str]:
    """The given values that are a part of what the recipe says: of declared variables that hold no path."""
    declared = root.get("vars")
    known = declared.value if declared is not None and isinstance(declared.value, dict) else {}
    return {name: text for name, text in given.items() if name in known and not is_path(known[name].value)}


def _anchored(node: Node, base: Path) -> Node:
    """A path of an extended recipe is relative to that recipe's folder, not to the one that extends it."""
    if (
        isinstance(node.value, str)
        and node.value.startswith(("./", "../"))
        and node.folder.absolute() != base.absolute()
    ):
        text = os.path.normpath(node.folder.absolute() / node.value)
        return replace(node, value=text, text=text)
    return node


def _given(default: Node, text: str, mark: Mark, faults: Faults) -> Node:
    """A variable's value from the command line, of the kind that its default in the recipe is."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):  # what Python makes of bytes that are no UTF-8
        faults.add(mark, "the value is not UTF-8")
        return default
    if not isinstance(default.value, str):
        return replace(scalar(text, Path.cwd(), mark, faults), key=mark, text=text)
    # A variable whose default is a path takes a path, and who types a relative one means the folder where he types it.
    if is_path(default.value):
        text = os.path.normpath(Path.cwd() / os.path.expanduser(text))  # noqa: PTH111 - pathlib raises for ~nobody
    return Node(text, mark, Path.cwd(), mark, text)


class _Filler:
    """Replaces references; variables may refer to variables."""

    def __init__(self, known: Mapping[str, Node], faults: Faults, budget: Budget) -> None:
        self.known = known
        self.faults = faults
        self.budget = budget
        self.done: dict[str, Node] = {}
        self.open: list[str] = []

    def variable(self, name: str) -> Node:
        if name not in self.done:
            self.open.append(name)
            if len(self.open) > DEEPEST:
                raise self.faults.stop(self.known[name].head, _NESTED)
            node = self.node(self.known[name])
            if _height(node) > DEEPEST:
                raise self.faults.stop(node.head, _NESTED)
            self.done[name] = node
            self.open.pop()
        return self.done[name]

    def node(self, node: Node) -> Node:
        if isinstance(node.value, dict):
            return replace(node, value={name: self.node(below) for name, below in node.value.items()})
        if isinstance(node.value, list):
            return replace(node, value=[self.node(below) for below in node.value])
        return self.text(node) if isinstance(node.value, str) and "${" in node.value else node

    def text(self, node: Node) -> Node:
        """A text with its references replaced."""
        whole = _REFERENCE.fullmatch(node.value)
        if whole and not whole[1]:
            value = self.reference(whole, node.mark)
            return node if value is None else self.copy(value, node.mark, node.key)
        parts: list[str] = []
        folder, end = node.folder, 0
        for match in _REFERENCE.finditer(node.value):
            parts.append(node.value[end : match.start()])
            value = None if match[1] else self.reference(match, node.mark)
            if value is not None and not isinstance(value.value, _SCALARS):
                self.faults.add(node.mark, f"{quoted(match[0])} is {found(value.value)}: it cannot be part of a text")
            if value is not None and match.start() == 0:
                folder = value.folder
            parts.append(match[0].removeprefix("$") if match[1] else match[0] if value is None else _text(value))
            self.budget.spend(node.mark, self.faults, len(parts[-1]))
            end = match.end()
        return replace(node, value="".join(parts) + node.value[end:], folder=folder)

    def reference(self, match: re.Match[str], mark: Mark) -> Node | None:
        """The value that a reference names."""
        space, name = match[2], match[3]
        if space != "vars":
            # Only what looks like a slip: a regular expression's replacement may hold ${group.name}.
            if space.lower() in ("var", "vars", "variable", "variables") or name in self.known:
                self.faults.add(
                    mark, f"unknown reference {quoted(match[0])}, did you mean {quoted('${vars.' + name + '}')}?"
                )
            return None
        if name in self.open:
            self.faults.add(mark, f"the variable {quoted(name)} refers to itself")
            return None
        if name not in self.known:
            names = ", ".join(self.known) or "none"
            self.faults.add(mark, f"unknown variable {quoted(name)}{hint(name, self.known)} (the recipe has: {names})")
            return None
        return self.variable(name)

    def copy(self, value: Node, mark: Mark, key: Mark | None) -> Node:
        """The value as if it were written where the reference stands."""
        self.budget.spend(mark, self.faults, len(value.value) if isinstance(value.value, str) else 0)
        inner = value.value
        if isinstance(inner, dict):
            inner = {name: self.copy(below, mark, None) for name, below in inner.items()}
        elif isinstance(inner, list):
            inner = [self.copy(below, mark, None) for below in inner]
        return replace(value, value=inner, mark=mark, key=key)


def _height(node: Node) -> int:
    """How many levels a value has."""
    below = node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ()
    return 1 + max(map(_height, below), default=0)


def _text(node: Node) -> str:
    """A value inside a text: as it is written, so that 1.10 stays 1.10."""
    return node.value if isinstance(node.value, str) else "" if node.value is None else node.text
