"""YAML 1.2 text -> a tree of nodes, each with its place.

ruamel.yaml composes the graph; this module walks it and makes plain values, so that nothing but mappings, lists, texts,
numbers, booleans and null can come out: no tags, no objects, no duplicate keys, and no anchors that unfold without end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.document.fault import Faults, Mark, found, quoted

Value = Any  # None | bool | int | float | str | dict[str, Node] | list[Node]

_LARGEST = 1_000_000  # bytes of a file: people write recipes, and the parser reads about 100 kB a second
DEEPEST = 60  # levels; a recipe has about eight
NODES = 100_000  # values of a recipe, everything unfolded
CHARACTERS = 4_000_000  # of all its texts, everything unfolded

_TOO_LARGE = 2**64

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as the parser counts lines
_STANDARD = "tag:yaml.org,2002:"
_CORE = frozenset({"int", "float", "bool", "null", "timestamp", "value", "merge"})

# The core schema: what a plain scalar looks like, and what it then is.
_SCALARS: tuple[tuple[re.Pattern[str], Callable[[str], bool | int | float | None]], ...] = (
    (re.compile(r"(?:null|Null|NULL|~|)\Z"), lambda _: None),
    (re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]{1,30}\Z"), int),
    (re.compile(r"[-+]?[0-9]+\Z"), lambda _: _TOO_LARGE),  # Python refuses to read very long ones
    (re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z"), lambda text: int(text, 0)),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"), float),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"), lambda text: float(text.replace(".", "", 1))),
)


@dataclass(slots=True)
class Node:
    """A value with its place.

    Args:
        value: null, boolean, number, text, a mapping of nodes or a list of nodes.
        mark: where the value begins.
        folder: the folder that a relative path in this value starts from.
        key: where its key begins, if it is a mapping's value.
        text: a scalar as it is written.
    """

    value: Value
    mark: Mark
    folder: Path
    key: Mark | None = None
    text: str = ""

    def plain(self) -> Any:  # noqa: ANN401
        """The value without places."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def get(self, name: str) -> Node | None:
        """The value of a key, if this is a mapping that has it."""
        return self.value.get(name) if isinstance(self.value, dict) else None

    @property
    def head(self) -> Mark:
        """Where an error about the whole value points: its key, or where it begins."""
        return self.key or self.mark


class Budget:
    """What a recipe may still grow by: anchors and variables can unfold a short text into anything."""

    def __init__(self, nodes: int = NODES, characters: int = CHARACTERS) -> None:
        self.nodes = nodes
        self.characters = characters

    def spend(self, mark: Mark, faults: Faults, characters: int = 0) -> None:
        """Count one value, and the text in it.

        Raises:
            FaultyRecipeError: the recipe is too large.
        """
        self.nodes -= 1
        self.characters -= characters
        if self.nodes < 0:
            raise faults.stop(
                mark, f"the recipe unfolds to more than {NODES:,} values here: are anchors or variables nested?"
            )
        if self.characters < 0:
            raise faults.stop(
                mark, f"the recipe unfolds to more than {CHARACTERS:,} characters here: are variables nested?"
            )


def read(path: Path, name: str, faults: Faults, budget: Budget) -> tuple[Node, str]:
    """Read a recipe's file.

    Args:
        path: the file.
        name: what errors call it.
        faults: collects what is wrong in it.
        budget: what it may unfold to.

    Returns:
        The root, always a mapping, and the text.

    Raises:
        FaultyRecipeError: the file cannot be read, or is not YAML.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise faults.stop(Mark(name), f"cannot be read: {reason}") from None
    if len(raw) > _LARGEST:
        raise faults.stop(
            Mark(name), f"larger than {_LARGEST // 1000:,} kB, which no recipe needs: is this a data file?"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise faults.stop(Mark(name), f"not UTF-8: byte 0x{raw[error.start]:02x} in line {line}") from None
    return parse(text, name, path.parent, faults, budget), text


def parse(text: str, name: str, folder: Path, faults: Faults, budget: Budget) -> Node:
    """Parse a recipe's text; see `read`."""
    faults.know(name, _BREAK.split(text))
    graph = _compose(text, name, faults)
    if graph is None:
        raise faults.stop(Mark(name, 1, 1), "the recipe is empty")
    root = _Walk(name, folder, faults, budget).node(graph)
    if not isinstance(root.value, dict):
        raise faults.stop(root.mark, f"a recipe is a mapping of keys to values, found {found(root.plain())}")
    return root


def scalar(text: str, folder: Path, mark: Mark, faults: Faults) -> Node:
    """Parse one value that comes from the command line."""
    graph = _compose(text, mark.file, faults, mark)
    return Node(None, mark, folder) if graph is None else _Walk(mark.file, folder, faults, Budget(), mark).node(graph)


def _compose(text: str, name: str, faults: Faults, fixed: Mark | None = None) -> Any:  # noqa: ANN401 - ruamel's nodes
    from ruamel.yaml import YAML  # noqa: PLC0415 - 0.1 s that `curate --help` need not pay
    from ruamel.yaml.error import MarkedYAMLError  # noqa: PLC0415
    from ruamel.yaml.reader import ReaderError  # noqa: PLC0415

    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False
    try:
        return yaml.compose(text)
    except MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        mark = Mark(name, where.line + 1, where.column + 1) if where else Mark(name)
        said = "; ".join(part for part in (error.context, error.problem) if part)
        raise faults.stop(fixed or mark, f"not YAML: {said}") from None
    except ReaderError as error:
        before = _BREAK.split(text[: error.position])
        said = f"not YAML: the character {chr(error.character)!r} is not allowed"
        raise faults.stop(fixed or Mark(name, len(before), len(before[-1]) + 1), said) from None
    except RecursionError:
        raise faults.stop(Mark(name), f"nested deeper than {DEEPEST} levels") from None
    except Exception as error:  # noqa: BLE001 - the parser's own slips on strange text (a fuzz test holds this) are faults too
        raise faults.stop(Mark(name), f"not YAML: {error}") from None


class _Walk:
    """From ruamel's graph to our tree."""

    def __init__(self, name: str, folder: Path, faults: Faults, budget: Budget, fixed: Mark | None = None) -> None:
        self.name = name
        self.folder = folder
        self.faults = faults
        self.budget = budget
        self.fixed = fixed
        self.open: set[int] = set()  # nodes that we are inside of: meeting one again is a cycle

    def mark(self, raw: Any) -> Mark:  # noqa: ANN401
        return self.fixed or Mark(self.name, raw.start_mark.line + 1, raw.start_mark.column + 1)

    def node(self, raw: Any, key: Mark | None = None) -> Node:  # noqa: ANN401
        mark = self.mark(raw)
        if isinstance(raw.value, str):
            self.budget.spend(mark, self.faults, len(raw.value))
            return Node(self.scalar(raw, mark), mark, self.folder, key, raw.value)
        self.budget.spend(mark, self.faults)
        if id(raw) in self.open:
            raise self.faults.stop(mark, "an anchor that contains itself")
        if len(self.open) >= DEEPEST:
            raise self.faults.stop(mark, f"nested deeper than {DEEPEST} levels")
        if raw.tag not in (_STANDARD + "map", _STANDARD + "seq", "!"):
            self.faults.add(mark, f"tags are not allowed: {quoted(_short(raw.tag))}")
        self.open.add(id(raw))
        pairs = bool(raw.value) and isinstance(raw.value[0], tuple)
        mapping = pairs or type(raw).__name__ == "MappingNode"
        value = self.mapping(raw) if mapping else [self.node(item) for item in raw.value]
        self.open.discard(id(raw))
        return Node(value, mark, self.folder, key)

    def mapping(self, raw: Any) -> dict[str, Node]:  # noqa: ANN401
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for name, value in raw.value:
            mark = self.mark(name)
            if name.tag == _STANDARD + "merge":
                for more in self.merge(value, mark):
                    merged = {**more, **merged}
                continue
            if not isinstance(name.value, str):
                self.faults.add(mark, "a key must be a text, found a list or a mapping")
                continue
            if name.tag.startswith("!") or name.tag.removeprefix(_STANDARD) not in _CORE | {"str"}:
                self.faults.add(mark, f"tags are not allowed: {quoted(_short(name.tag))}")
            node = self.node(value, mark)
            if name.value in own:
                first = own[name.value].head
                self.faults.add(mark, f"duplicate key {quoted(name.value)}, first in line {first.line}")
            else:
                own[_whole(name.value) or name.value.encode("utf-8", "replace").decode()] = node
        return {**merged, **own}

    def merge(self, raw: Any, mark: Mark) -> list[dict[str, Node]]:  # noqa: ANN401
        """What `<<: *anchor` or `<<: [*one, *two]` brings in; earlier mappings win."""
        node = self.node(raw)
        parts = node.value if isinstance(node.value, list) else [node]
        if not all(isinstance(part.value, dict) for part in parts):
            self.faults.add(mark, "`<<` merges mappings: write `<<: *anchor`, with an anchor on a mapping")
            return []
        return [part.value for part in parts]

    def scalar(self, raw: Any, mark: Mark) -> Value:  # noqa: ANN401
        kind = raw.tag.removeprefix(_STANDARD)
        if kind in ("str", "!"):
            text = _whole(raw.value)
            if text is None:
                self.faults.add(mark, "a text with half of a surrogate pair, which no file can hold")
            return text or ""
        if kind not in _CORE:
            self.faults.add(mark, f"tags are not allowed: {quoted(_short(raw.tag))}")
            return raw.value
        value = core(raw.value)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            self.faults.add(mark, f"a whole number beyond 64 bits: {raw.value[:30]}")
            return 0
        if isinstance(value, float) and math.isnan(value):
            self.faults.add(mark, "'.nan' is not a number that anything could be compared with")
            return 0.0
        return value


def core(text: str) -> bool | int | float | str | None:
    """What a plain scalar means in the core schema of YAML 1.2, where `no`, `on`, `1_000` and `12:30` are texts.

    Example:
        >>> [core(text) for text in ("no", "true", "0o17", "1e3", "~", "1_000")]
        ['no', True, 15, 1000.0, None, '1_000']
    """
    return next((make(text) for pattern, make in _SCALARS if pattern.match(text)), text)


def _whole(text: str) -> str | None:
    """The text with surrogate pairs (JSON writes them as two escapes) joined; None if a half stands alone."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None


def _short(tag: str) -> str:
    return "!!" + tag.removeprefix(_STANDARD) if tag.startswith(_STANDARD) else tag
