"""Custom templates: Jinja (https://jinja.palletsprojects.com/templates/) without anything that could do harm.

A recipe is data, and comes from strangers: its templates run in Jinja's sandbox, on names, filters and methods that
are listed here. What could run long or grow large is counted: loop turns and characters of a record's text. What the
list does not hold is refused when the recipe is read, with the line of the template. Nothing here depends on time,
chance or environment.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NoReturn

import orjson
from jinja2 import Environment, StrictUndefined, Template, TemplateError, nodes, pass_context
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from curate.errors import CurateError

# What a template may name: the columns of an example, `meta` and `tools` parsed, `history` as a list of mappings.
NAMES = (
    "system", "instruction", "input", "output", "references", "history", "tools",
    "source", "task", "group", "license", "origin", "meta",
)  # fmt: skip

MAX_CHARACTERS = 1_000_000  # of one record's text
MAX_TURNS = 100_000  # of all loops of one record together

_FILTERS = frozenset(
    {"abs", "capitalize", "count", "d", "default", "first", "float", "int", "items", "join", "last", "length", "list"}
    | {"lower", "map", "max", "min", "reject", "rejectattr", "reverse", "round", "select", "selectattr", "sort"}
    | {"string", "sum", "title", "trim", "truncate", "unique", "upper", "wordcount"}
)
_METHODS = frozenset(
    {"capitalize", "count", "endswith", "find", "get", "isdigit", "items", "keys", "lower", "lstrip", "removeprefix"}
    | {"removesuffix", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper", "values"}
)
_FORBIDDEN = (
    nodes.AssignBlock, nodes.Block, nodes.CallBlock, nodes.Extends, nodes.FilterBlock, nodes.FromImport, nodes.Import,
    nodes.Include, nodes.Macro,
)  # fmt: skip
_TURNS_LEFT = "turns left"  # not a name that a template could write
_NUMBERS_LEFT = "numbers left"


class SandboxError(CurateError):
    """A template that is wrong, or does what it may not."""


@cache
def compiled(source: str) -> tuple[Template, frozenset[str]]:
    """Check a template and make it ready.

    Args:
        source: Jinja.

    Returns:
        The template, and which of NAMES it uses.

    Raises:
        SandboxError: a syntax error, an unknown name, or something that is not allowed; with the line.
    """
    environment = _environment()
    try:
        tree = environment.parse(source)
        used = find_undeclared_variables(tree)
        for name in sorted(used - set(NAMES) - {"range"}):
            _refuse(tree, f"unknown name {name!r}{_hint(name, NAMES)} (known: {', '.join(NAMES)})")
        _check(tree)
        return environment.from_string(counted(tree)), frozenset(used & set(NAMES))
    except SandboxError:
        raise
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise SandboxError(f"line {line}: {error}" if line else str(error)) from None
    except RecursionError:
        raise SandboxError("brackets, blocks or operators are nested too deeply") from None


def render(template: Template, values: Mapping[str, Any]) -> str:
    """The text of one record.

    Raises:
        SandboxError: a name that the record lacks, or a limit that is reached.
    """
    parts: list[str] = []
    size = 0
    try:
        for part in template.generate({**values, _TURNS_LEFT: [MAX_TURNS], _NUMBERS_LEFT: [MAX_TURNS]}):
            size += len(part)
            fits(size)
            parts.append(part)
    except SandboxError:
        raise
    except (TemplateError, TypeError, ValueError, KeyError, IndexError, ArithmeticError, RecursionError) as error:
        raise SandboxError(str(error)) from None
    return "".join(parts)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with arithmetic that stays small and only the listed methods."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - Jinja's values
        """`+` joins texts and lists as long as they stay small; all else is for numbers below 2**63, `**` for none."""
        sized = isinstance(left, str | list) and isinstance(right, str | list)
        if operator == "+" and sized:
            fits(len(left) + len(right))
        elif operator == "**" or not (_small(left) and _small(right)):
            raise SandboxError(f"{operator!r} is for small numbers, not for {_kind(left)} and {_kind(right)}")
        return super().call_binop(context, operator, left, right)


@cache
def _environment() -> Environment:
    environment = Sandbox(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False, extensions=[])
    environment.filters = {name: environment.filters[name] for name in _FILTERS} | GUARDS | {"tojson": _tojson}
    environment.globals = {"range": _range}
    return environment


def _check(tree: nodes.Template) -> None:
    """Refuse what is not on the lists, before anything runs."""
    for node in tree.find_all(_FORBIDDEN):
        _refuse(node, f"{type(node).__name__.lower()} is not allowed in a template")
    for named in tree.find_all(nodes.Name):
        if named.name in {"self", "super", "caller", "varargs", "kwargs"}:
            _refuse(named, f"{named.name!r} is not allowed in a template")
    for loop in tree.find_all(nodes.For):
        if loop.recursive:
            _refuse(loop, "a recursive loop is not allowed in a template")
    allowed = [*sorted(_FILTERS), "replace", "tojson"]
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name not in allowed:
            hint = _hint(filtered.name, allowed)
            _refuse(filtered, f"unknown filter {filtered.name!r}{hint} (known: {', '.join(allowed)})")
    for attribute in tree.find_all(nodes.Getattr):
        if attribute.attr.startswith("_"):
            _refuse(attribute, f"{attribute.attr!r} is private: it is not allowed in a template")
    for call in tree.find_all(nodes.Call):
        target = call.node
        method = isinstance(target, nodes.Getattr) and target.attr in _METHODS
        if not method and not (isinstance(target, nodes.Name) and target.name == "range"):
            name = target.attr if isinstance(target, nodes.Getattr) else getattr(target, "name", "this")
            _refuse(call, f"{name!r} cannot be called in a template (methods: {', '.join(sorted(_METHODS))})")


def counted(tree: nodes.Template) -> nodes.Template:
    """Let every loop and every `~` go through a filter that counts; the environment must have GUARDS."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
    return _Concatenations().visit(tree)  # type: ignore[no-any-return]


class _Concatenations(NodeTransformer):
    """`a ~ b` becomes a filter: in the sandbox `~` alone is not intercepted."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - the name that the visitor looks for
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(parts, "concatenated", [], [], None, None, lineno=node.lineno)


@pass_context
def _counted_loop(context: Context, values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        take_turn(context)
        yield value


def take_turn(context: Context) -> None:
    """Count a turn of a loop, or a call.

    Raises:
        SandboxError: the record has taken as many as it may.
    """
    left = context[_TURNS_LEFT]
    left[0] -= 1
    if left[0] < 0:
        raise SandboxError(f"the loops of one record take more than {MAX_TURNS:,} turns")


def _concatenated(values: Iterable[Any]) -> str:
    parts = [str(value) for value in values]
    fits(sum(map(len, parts)))
    return "".join(parts)


@pass_context
def _range(context: Context, *bounds: int) -> list[int]:
    """A range as a list. The numbers of all ranges are counted as turns are: filters go through them without a loop."""
    numbers = range(*bounds)
    left = context[_NUMBERS_LEFT]
    left[0] -= min(len(numbers), MAX_TURNS + 1)
    if left[0] < 0:
        raise SandboxError(f"the ranges of one record have more than {MAX_TURNS:,} numbers: no loop has so many turns")
    return list(numbers)


def _replace(value: str, old: str, new: str) -> str:
    value = str(value)
    fits(len(value) + (value.count(old) if old else len(value) + 1) * len(new))
    return value.replace(old, new)


# Filters that count what they make, instead of Jinja's own or for what `counted` puts in.
GUARDS = {"replace": _replace, "counted": _counted_loop, "concatenated": _concatenated}


def _tojson(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """JSON as it is: Jinja's own filter of this name escapes `<` and `&` for web pages."""
    return orjson.dumps(value).decode()


def fits(size: int) -> None:
    """Refuse a text of so many characters if that is too long for one record.

    Raises:
        SandboxError: it is.
    """
    if size > MAX_CHARACTERS:
        raise SandboxError(f"the text grows to {size:,} characters, more than {MAX_CHARACTERS:,}")


def _small(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 1 << 63


def _kind(value: object) -> str:
    return type(value).__name__


def _hint(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f", did you mean {close[0]!r}?" if close else ""


def _refuse(node: nodes.Node, reason: str) -> NoReturn:
    raise SandboxError(f"line {node.lineno or 1}: {reason}")
