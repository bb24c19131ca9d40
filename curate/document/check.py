"""Check a part of the tree with a pydantic model, and say what is wrong in words, at the place where it stands."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import ErrorDetails

from curate.document.fault import Faults, Mark, found, hint, printable, quoted
from curate.document.tree import Node

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]

_LONGEST = 1000  # characters that a plug-in's own validator may say

_EXPECTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "iterable_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
    "none_required": "nothing",
}
_LIMITS = {
    "greater_than": "must be more than {gt}, found {found}",
    "greater_than_equal": "must be at least {ge}, found {found}",
    "less_than": "must be less than {lt}, found {found}",
    "less_than_equal": "must be at most {le}, found {found}",
    "string_too_short": "must have at least {min_length} characters, found {found}",
    "string_too_long": "must have at most {max_length} characters, found {found}",
    "too_short": "must have at least {min_length} items, has {actual_length}",
    "too_long": "must have at most {max_length} items, has {actual_length}",
    "string_pattern_mismatch": "must match {pattern}, found {found}",
}


def validate(model: type[Model], node: Node, faults: Faults, context: Mapping[str, Any] | None = None) -> Model | None:
    """Check a part of the recipe.

    Args:
        model: what it should be.
        node: what it is; null counts as an empty mapping, so that what is missing is said by name.
        faults: collects what is wrong.
        context: what the model's validators may ask for (pydantic's validation context).

    Returns:
        The instance, or None if there were faults.
    """
    data = {} if node.value is None else node.plain()
    numbers = list(_untrue(model, node))
    for mark, message in numbers:
        faults.add(mark, message)
    try:
        checked = model.model_validate(data, context=dict(context or {}))
    except ValidationError as error:
        for trouble in _chosen([_Trouble.of(detail, node) for detail in error.errors(include_url=False)]):
            mark, message = _say(trouble, model, node)
            faults.add(mark, message)
        return None
    return None if numbers else checked


@dataclass(frozen=True)
class _Trouble:
    """One of pydantic's errors.

    Args:
        detail: the error.
        path: the parts of its `loc` that are in the document.
        arm: the first part that is not, with the depth where it came: a union's alternative, mostly.
    """

    detail: ErrorDetails
    path: Path
    arm: tuple[int, str] | None

    @staticmethod
    def of(detail: ErrorDetails, node: Node) -> _Trouble:
        path: list[str | int] = []
        arm = None
        keyed = detail["type"] in ("missing", "extra_forbidden")  # then the last part is the key itself
        where: Node | None = node
        for part in detail["loc"]:
            below = _below(where, part)
            if below is not None:
                where = below
                path.append(part)
            elif arm is None and isinstance(part, str) and part not in ("[key]", detail["loc"][-1] if keyed else None):
                arm = (len(path), part)
        return _Trouble(detail, tuple(path), arm)

    @property
    def mismatch(self) -> bool:
        """Whether the value is of another type than this alternative wants, rather than wrong inside."""
        return self.detail["type"] in _EXPECTED and self.arm is not None and len(self.path) == self.arm[0]


def _below(node: Node | None, part: str | int) -> Node | None:
    if node is not None and isinstance(node.value, dict) and isinstance(part, str):
        return node.value.get(part)
    if node is not None and isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
        return node.value[part]  # type: ignore[no-any-return]
    return None


def _chosen(troubles: list[_Trouble]) -> Iterator[_Trouble]:
    """Of a union's alternatives, only the one that the user meant: pydantic reports them all.

    That is one whose type fits. If none fits, all stay, and `_say` of the first names what each wants.
    """
    unions: dict[Path, list[_Trouble]] = {}
    for trouble in troubles:
        if trouble.arm is None:
            yield trouble
        else:
            unions.setdefault(trouble.path[: trouble.arm[0]], []).append(trouble)
    for members in unions.values():
        arms: dict[str, list[_Trouble]] = {}
        for trouble in members:
            arms.setdefault(trouble.arm[1] if trouble.arm else "", []).append(trouble)
        meant = [arm for arm in arms.values() if not any(trouble.mismatch for trouble in arm)]
        if meant:
            yield from min(meant, key=len)
            continue
        wanted = dict.fromkeys(_EXPECTED[trouble.detail["type"]] for trouble in members if trouble.mismatch)
        first = members[0]
        detail: ErrorDetails = {**first.detail, "type": "union", "msg": " or ".join(wanted)}
        yield _Trouble(detail, first.path, None)


def _say(trouble: _Trouble, model: type[BaseModel], root: Node) -> tuple[Mark, str]:
    """Place and words of one error."""
    detail, path = trouble.detail, trouble.path
    node = root
    for part in path:
        node = node.value[part]
    kind, context = detail["type"], detail.get("ctx", {})
    value = node.value if isinstance(node.value, str | int | float | None) else detail["input"]
    if kind == "extra_forbidden":
        known = known_keys(model, path[:-1])
        return node.head, f"unknown key {quoted(path[-1])}{hint(path[-1], known)} (known: {', '.join(known) or 'none'})"
    if kind == "missing":
        name = detail["loc"][-1]
        return node.head, f"missing item {name + 1}" if isinstance(name, int) else f"missing key {quoted(name)}"
    whole = isinstance(node.value, dict) and kind in ("value_error", "assertion_error")
    return node.head if whole or "[key]" in detail["loc"] else node.mark, _words(kind, context, value, detail["msg"])


def _words(kind: str, context: Mapping[str, Any], value: object, message: str) -> str:
    """An error without its place."""
    if kind in _LIMITS:
        numbers = {name: f"{limit:g}" if isinstance(limit, float) else limit for name, limit in context.items()}
        return _LIMITS[kind].format(found=found(value), **numbers)
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {found(value)}"
    if kind == "union":
        return f"expected {message}, found {found(value)}"
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        options = [option.strip().strip("'") for option in expected.replace(" or ", ", ").split(",")]
        return f"expected {expected}, found {found(value)}{hint(value, options) if isinstance(value, str) else ''}"
    if kind in ("value_error", "assertion_error"):
        return printable(str(context.get("error", "")) or message)[:_LONGEST]
    return f"{message[:1].lower()}{message[1:]}, found {found(value)}"


def known_keys(model: type[BaseModel], path: Path = ()) -> list[str]:
    """The keys that a model allows at a path in it."""
    names = [
        field.alias or name
        for kind in _kinds(model, path)
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, field in kind.model_fields.items()
    ]
    return list(dict.fromkeys(names))


def _untrue(model: type[BaseModel], node: Node, path: Path = ()) -> Iterator[tuple[Mark, str]]:
    """Booleans where only a number belongs: pydantic takes them for 1 and 0."""
    if isinstance(node.value, dict | list):
        entries = node.value.items() if isinstance(node.value, dict) else enumerate(node.value)
        for part, below in entries:
            yield from _untrue(model, below, (*path, part))
    elif isinstance(node.value, bool):
        kinds = set(_kinds(model, path)) - {type(None)}
        if kinds and kinds <= {int, float}:
            expected = "a whole number" if kinds == {int} else "a number"
            yield node.mark, f"expected {expected}, found {found(node.value)}"


def _kinds(model: type[BaseModel], path: Path) -> list[Any]:
    """What the annotations of a model allow at a path in it."""
    kinds = list(_flat(model))
    for part in path:
        kinds = [below for kind in kinds for below in _inside(kind, part)]
    return kinds


def _flat(kind: Any) -> Iterator[Any]:  # noqa: ANN401 - a type annotation
    """The alternatives of an annotation, without wrappers."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _flat(get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for alternative in get_args(kind):
            yield from _flat(alternative)
    elif isinstance(kind, type) and origin is None and issubclass(kind, RootModel):
        yield from _flat(kind.model_fields["root"].annotation)
    else:
        yield kind


def _inside(kind: Any, part: str | int) -> Iterator[Any]:  # noqa: ANN401 - a type annotation
    """What an annotation allows one part further down."""
    if isinstance(kind, type) and get_origin(kind) is None:
        if issubclass(kind, BaseModel):
            for name, field in kind.model_fields.items():
                if part in (name, field.alias):
                    yield from _flat(field.annotation)
        return
    arguments = [argument for argument in get_args(kind) if argument is not Ellipsis]
    if isinstance(part, str) and len(arguments) == 2:
        yield from _flat(arguments[1])
    elif isinstance(part, int):
        for argument in arguments:
            yield from _flat(argument)
