"""The generated part of recipes/REFERENCE.md: what every step, rule and source says of itself, and its settings."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from curate import plugin
from curate.stage import Place, Stage

Schema = Mapping[str, Any]

# Doors whose rules a recipe writes under another name than their own.
_RULES = {"filters": "filter", "transforms": "transform"}


def reference() -> str:
    """All of it, as Markdown."""
    parts = [
        "## Steps",
        *_stages(),
        *_rules("filters", "## Rules of `filter`"),
        *_rules("transforms", "## Rules of `transform`"),
    ]
    return "\n\n".join([*parts, "## Sources and their options", *_sources()])


def _stages() -> Iterator[str]:
    for name, path in plugin.names("stages").items():
        stage = plugin.stage(name)
        module, own = inspect.getdoc(importlib.import_module(path)) or "", inspect.getdoc(stage) or ""
        told = module if "\n\n" in module else own
        yield "\n\n".join([f"### `{name}`", _fenced(told, name), *_settings(stage)])


def _rules(door: str, title: str) -> Iterator[str]:
    yield title
    for name in plugin.names(door):
        stage = plugin.stage(f"{_RULES[door]}.{name}")
        told = (inspect.getdoc(stage) or "").replace("Example:\n    ", "Example: ")
        yield "\n\n".join([f"### `{_RULES[door]}: {name}`", told, *_settings(stage)])


def _sources() -> Iterator[str]:
    for name, path in plugin.names("sources").items():
        told = (inspect.getdoc(importlib.import_module(path)) or "").splitlines()[0]
        yield "\n\n".join([f"### `adapter: {name}`", told, *_table(plugin.source(name).Options, lacks=())])


def _fenced(told: str, name: str) -> str:
    """The docstring, with the lines that show the step as it stands in a recipe as a block of YAML."""
    lines, shown = [], False
    for line in told.splitlines():
        first = line.strip().startswith((f"- {name}:", f"{name}: {{"))
        example = first or (shown and line.startswith("    "))
        if example != shown:
            lines.append("```yaml" if example else "```")
        lines.append(line.strip() if first else line)
        shown = example
    return "\n".join([*lines, "```"] if shown else lines)


def _settings(stage: type[Stage]) -> list[str]:
    """The table of a stage's settings."""
    return _table(stage.Settings, lacks=_later(stage))


def _later(stage: type[Stage]) -> tuple[str, ...]:
    """Settings that a recipe may say but that this version cannot carry out, found by asking the stage."""
    keys = stage.Settings.model_fields
    return tuple(key for key in keys if stage(stage.Settings.model_construct(None, **{key: 1}), Place(key, 0)).lacks())


def _table(model: type[BaseModel], lacks: tuple[str, ...]) -> list[str]:
    schema = model.model_json_schema()
    rows = []
    for key, said in _keys(schema, schema):
        default = "needed" if key in schema.get("required", ()) else _value(said.get("default"))
        about = " ".join(said.get("description", "").replace("|", "\\|").split())
        later = "*not in this version*" if key in lacks else ""
        rows.append((f"`{key}`", _type(said, schema), default, ": ".join(part for part in (later, about) if part)))
    if not rows:
        return []
    told = any(about for *_, about in rows)
    heads = ("key", "value", "default", "meaning") if told else ("key", "value", "default")
    table = [heads, ("---",) * len(heads), *(row[: len(heads)] for row in rows)]
    return ["\n".join(f"| {' | '.join(row)} |" for row in table)]


def _keys(schema: Schema, root: Schema, head: str = "") -> Iterator[tuple[str, Schema]]:
    """The keys of a mapping, each followed by those of the mapping that it holds."""
    for key, said in schema.get("properties", {}).items():
        inner = next((one["$ref"] for one in (said, *said.get("anyOf", ())) if "$ref" in one), "")
        below = root.get("$defs", {}).get(inner.rpartition("/")[2], {})
        nested = "properties" in below
        yield head + key, {**said, "default": None} if nested else said
        if nested:
            yield from _keys(below, root, f"{head}{key}.")


def _value(value: object) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`[{', '.join(map(str, value))}]`" if isinstance(value, list | tuple) else f"`{value}`"


_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
}


def _type(said: Schema, root: Schema) -> str:
    """What a JSON Schema allows, in words."""
    if "$ref" in said:
        return _type(root["$defs"][said["$ref"].rpartition("/")[2]], root)
    if "enum" in said or "const" in said:
        return " \\| ".join(f"`{one}`" for one in said.get("enum", [said.get("const")]))
    if "anyOf" in said:
        return " or ".join(dict.fromkeys(_type(one, root) for one in said["anyOf"] if one.get("type") != "null"))
    kind = said.get("type")
    if kind == "array":
        items = said.get("items", {})
        return f"list of {_plural(_type(items, root))}" if items else "list"
    if kind == "object" and "properties" in said:
        return "{" + ", ".join(f"`{key}`" for key in said["properties"]) + "}"
    return _WORDS.get(str(kind), "anything") + _limits(said)


def _plural(words: str) -> str:
    return words if "`" in words else " or ".join(f"{word}s" for word in words.split(" or "))


def _limits(said: Schema) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = [f"{sign} {said[key]:g}" for key, sign in signs.items() if key in said]
    return f" {', '.join(found)}" if found else ""
