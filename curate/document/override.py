"""`--set path.to.key=value`: one value of a document replaced from the command line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from curate.document.fault import Faults, Mark, found, hint, quoted
from curate.document.tree import DEEPEST, Node, scalar


def put(root: Node, assignment: str, faults: Faults, opens: Collection[str] = (), closed: Collection[str] = ()) -> None:
    """Apply one assignment.

    Args:
        root: the document, which is changed.
        assignment: `path.to.key=value`; the value is YAML, and a number in the path is a place in a list, from 0.
        faults: collects a path that leads nowhere.
        opens: keys that an assignment may begin although no file has them; of any other path, all but the last part
            must be there.
        closed: keys whose mapping an assignment may change but not extend.
    """
    mark = Mark(f"--set {assignment}")
    name, equals, text = assignment.partition("=")
    parts = tuple(name.strip().split("."))
    if not equals or not all(parts) or len(parts) > DEEPEST:
        faults.add(mark, "expected path.to.key=value")
        return
    _Assignment(parts, mark, faults, opens, closed).put(root, text)


@dataclass(frozen=True)
class _Assignment:
    parts: tuple[str, ...]
    mark: Mark
    faults: Faults
    opens: Collection[str]
    closed: Collection[str]

    def put(self, root: Node, text: str) -> None:
        node: Node | None = root
        for place in range(len(self.parts) - 1):
            node = self.down(node, place) if node else None
        if node is None:
            return
        value = scalar(text, Path.cwd(), self.mark, self.faults)
        value.key = self.mark
        last = self.parts[-1]
        if isinstance(node.value, dict) and self.parts[0] in self.closed and last not in node.value:
            self.faults.add(self.mark, f"unknown variable {quoted(last)}{hint(last, node.value)}")
        elif isinstance(node.value, dict):
            node.value[last] = value
        elif (index := self.index(node, len(self.parts) - 1)) is not None:
            node.value[index] = value

    def down(self, node: Node, place: int) -> Node | None:
        """Go one part down."""
        part = self.parts[place]
        if isinstance(node.value, dict):
            below: Node | None = node.value.get(part)
            if (below is None or below.value is None) and self.parts[0] in self.opens:
                below = node.value[part] = Node({}, self.mark, Path.cwd(), self.mark)
            if below is None:
                known = ", ".join(node.value)
                self.lost(place, f"has no {quoted(part)}{hint(part, node.value)} (it has: {known})")
            return below
        index = self.index(node, place)
        return None if index is None else node.value[index]

    def index(self, node: Node, place: int) -> int | None:
        """The place in a list that a part names."""
        part = self.parts[place]
        if not isinstance(node.value, list):
            self.lost(place, f"is {found(node.value)}, which has no keys")
        elif not node.value:
            self.lost(place, "is an empty list")
        elif part.isascii() and part.isdigit() and len(part) < 9 and int(part) < len(node.value):
            return int(part)
        else:
            self.lost(place, f"is a list with the places 0-{len(node.value) - 1}, found {quoted(part)}")
        return None

    def lost(self, place: int, why: str) -> None:
        self.faults.add(self.mark, f"unknown path: {quoted('.'.join(self.parts[:place]) or 'the recipe')} {why}")
