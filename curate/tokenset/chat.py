"""Chat templates: the Jinja that a model's files bring, rendered as transformers renders it, in a sandbox that counts.

The environment is that of `transformers.utils.chat_template_utils`: blocks trimmed, names that are missing empty,
`raise_exception`, `tojson` that leaves HTML signs alone, `{% break %}`, and `{% generation %}` as a mark without an
effect. What it can do is limited as in `curate.sandbox`. The day's date (`strftime_now`) is not there: tokens would
depend on when they were made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NoReturn

from jinja2 import Environment, Template, TemplateError, Undefined, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context, Macro
from jinja2.utils import Namespace

from curate.sandbox import GUARDS, Sandbox, SandboxError, counted, fits, render, take_turn

_FILTERS = frozenset(
    {"abs", "batch", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "groupby"}
    | {"int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr"}
    | {"reverse", "round", "safe", "select", "selectattr", "slice", "sort", "string", "sum", "title", "trim", "unique"}
    | {"upper", "wordcount"}
)
_METHODS = frozenset(
    {"capitalize", "count", "cycle", "endswith", "find", "get", "index", "isalnum", "isalpha", "isdigit", "isspace"}
    | {
        "items",
        "keys",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "rfind",
        "rpartition",
        "rsplit",
        "rstrip",
    }
    | {"split", "splitlines", "startswith", "strip", "title", "upper", "values"}
)


class _Chat(Sandbox):
    """The sandbox with macros: calls are counted like turns of a loop."""

    def call(self, context: Context, target: Any, /, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        """Call a macro, a name of the environment, or a listed method of a value."""
        take_turn(context)
        method = getattr(target, "__name__", "")
        own = isinstance(target, Macro) or target in (_fail, _range, Namespace, dict)
        if method == "replace" and isinstance(getattr(target, "__self__", None), str):
            return GUARDS["replace"](target.__self__, *arguments)  # type: ignore[operator]
        if not own and not isinstance(target, Undefined) and method not in _METHODS:
            raise SandboxError(f"{method or type(target).__name__!r} cannot be called in a chat template")
        return super().call(context, target, *arguments, **named)


class _Generation(Extension):
    """`{% generation %}`: marks what the model says. Spans are found by rendering, so here it only encloses text."""

    tags = {"generation"}  # noqa: RUF012 - the form that Jinja asks for

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """The statements between the tags, as they are."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@cache
def compiled(source: str) -> Template:
    """Make a chat template ready.

    Raises:
        SandboxError: a syntax error, or something that is not allowed; with the line.
    """
    environment = _environment()
    try:
        tree = environment.parse(source)
        for node in tree.find_all((nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends)):
            raise SandboxError(f"line {node.lineno}: {type(node).__name__.lower()} is not allowed in a chat template")
        return environment.from_string(counted(tree))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise SandboxError(f"line {line}: {error}" if line else str(error)) from None


def say(
    template: Template,
    messages: Sequence[Mapping[str, Any]],
    tokens: Mapping[str, str],
    tools: Any = None,  # noqa: ANN401 - any JSON value
    *,
    ask: bool = False,
) -> str:
    """The text of a dialogue.

    Args:
        template: from `compiled`.
        messages: role, content, and what else there is.
        tokens: the texts of `bos_token`, `eos_token`… that templates name.
        tools: definitions of tools.
        ask: end with the words after which the model answers.

    Raises:
        SandboxError: the template refuses the dialogue, or reaches a limit.
    """
    values = {**tokens, "messages": list(messages), "tools": tools, "documents": None, "add_generation_prompt": ask}
    try:
        return render(template, values)
    except SandboxError as error:
        if "strftime_now" in str(error):
            raise SandboxError(
                "the chat template asks for the day's date (strftime_now), and tokens would depend on it: "
                "give a copy of the template that names a day, with --chat-template"
            ) from None
        raise


@cache
def _environment() -> Environment:
    environment = _Chat(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation])
    environment.filters = {name: environment.filters[name] for name in _FILTERS} | GUARDS
    environment.filters |= {"tojson": _tojson, "indent": _indent}
    environment.globals = {"raise_exception": _fail, "range": _range, "namespace": Namespace, "dict": dict}
    return environment


def _fail(message: str) -> NoReturn:
    raise SandboxError(str(message))


def _range(*bounds: int) -> list[int]:
    numbers = range(*bounds)
    fits(len(numbers))
    return list(numbers)


def _tojson(value: Any, indent: int | None = None, separators: Any = None, sort_keys: bool = False) -> str:  # noqa: ANN401, FBT001, FBT002 - as transformers' own
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, sort_keys=sort_keys)


def _indent(value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002 - as Jinja's own
    """Jinja's filter of this name, which would let a text grow."""
    pad = width if isinstance(width, str) else " " * min(width, 1_000)
    lines = str(value).splitlines() or [""]
    fits(len(value) + len(lines) * len(pad))
    return "\n".join(pad + line if (first or place) and (blank or line) else line for place, line in enumerate(lines))
