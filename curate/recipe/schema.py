"""The JSON Schema of recipes, for editors: completion, descriptions, and a typo underlined as it is typed."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema

from curate import plugin
from curate.recipe.model import Expect, Head, SourceKeys
from curate.recipe.steps import stages
from curate.stages.split import NearSettings

Schema = dict[str, Any]

# What stands for a value that a variable gives.
_VARIABLE: Schema = {"type": "string", "pattern": r"^\$\{vars\.[^{}]+\}$"}
_ABOUT = ("title", "description", "default", "examples", "deprecated")
_LOOSE = {"type", *_ABOUT}


def schema() -> Schema:
    """The JSON Schema (2020-12) of a recipe: settings and options are those of the installed stages and sources."""
    defs: Schema = {}
    defs["step"] = {"oneOf": [_step(name, defs) for name in stages()]}
    defs["steps"] = _or_null({"type": "array", "items": {"$ref": "#/$defs/step"}})
    defs["source"] = _source(defs)
    top = _opened(_of(Head, "recipe", defs))
    del defs["recipe"]
    own = {
        "extends": {
            "type": "string",
            "description": "A recipe's file, or the name of a shipped one: mappings merge, lists replace.",
        },
        "vars": _or_null(
            {
                "type": "object",
                "description": "Values for ${vars.NAME}; the command line's -v NAME=VALUE replaces them.",
            }
        ),
        "sources": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_-]*$"},
            "additionalProperties": {"$ref": "#/$defs/source"},
        },
        "steps": {"$ref": "#/$defs/steps"},
        "split": _or_null(_split(defs)),
        "expect": _ref(Expect, "expect", defs),
    }
    if "format" in plugin.names("stages"):
        own["format"] = _ref(plugin.stage("format").Settings, "format", defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "curate recipe",
        "type": "object",
        "properties": {**top["properties"], **own},
        "additionalProperties": False,
        "anyOf": [{"required": ["extends"]}, {"required": top["required"]}],
        "$defs": defs,
    }


def _step(name: str, defs: Schema) -> Schema:
    """A step: a mapping with one key."""
    doors = {"filter": "filters", "transform": "transforms"}
    if name in doors:
        rules = [_entry(rule, *_settings(f"{name}.{rule}", defs)) for rule in plugin.names(doors[name])]
        return _entry(name, {"oneOf": rules} if rules else {"type": "object"}, f"One rule of `{name}`.")
    return _entry(name, *_settings(name, defs))


def _entry(name: str, value: Schema, about: str) -> Schema:
    return {
        "type": "object",
        "description": about,
        "properties": {name: value},
        "required": [name],
        "additionalProperties": False,
    }


def _settings(name: str, defs: Schema) -> tuple[Schema, str]:
    """The schema of a stage's settings, and what the stage does."""
    stage = plugin.stage(name)
    return _ref(stage.Settings, name, defs), inspect.getdoc(stage) or name


def _source(defs: Schema) -> Schema:
    """A source: the keys of all, and those of its adapter."""
    common = _opened(_of(SourceKeys, "source_keys", defs))["properties"]
    del defs["source_keys"]
    names = list(plugin.names("sources"))
    cases = []
    for name in names:
        adapter = plugin.source(name)
        options = _opened(_of(adapter.Options, f"source.{name}", defs))
        own = {
            **options.get("properties", {}),
            **common,
            "adapter": {"const": name},
            "steps": {"$ref": "#/$defs/steps"},
        }
        closed = {"additionalProperties": False} if adapter.Options.model_config.get("extra") == "forbid" else {}
        required = {"required": options["required"]} if options.get("required") else {}
        defs[f"source.{name}"] = {
            "description": inspect.getdoc(adapter) or name,
            "properties": own,
            **required,
            **closed,
        }
        condition = {"properties": {"adapter": {"const": name}}, "required": ["adapter"]}
        cases.append({"if": condition, "then": {"$ref": f"#/$defs/source.{name}"}})
    # A recipe that extends another may name only what it changes, so `adapter` is not required here.
    return {"type": "object", "properties": {"adapter": {"enum": names}}, "allOf": cases}


def _split(defs: Schema) -> Schema:
    share = {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, _VARIABLE]}
    about = "The splits beside train, each with its share of the records."
    return {
        "type": "object",
        "description": about,
        "propertyNames": {"pattern": "^\\w+$"},
        "properties": {"near": {"anyOf": [_ref(NearSettings, "split.near", defs), {"enum": ["off", False]}]}},
        "additionalProperties": share,
    }


def _ref(model: type[BaseModel], name: str, defs: Schema) -> Schema:
    """A reference to a model's schema; null will do where no key is required."""
    own = _opened(_of(model, name, defs))
    defs[name] = own if own.get("required") else _or_null(own)
    return {"$ref": f"#/$defs/{name}"}


def _of(model: type[BaseModel], name: str, defs: Schema) -> Schema:
    """A model's schema; the models in it become definitions whose names begin with this one's."""
    try:
        own = model.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
    except PydanticInvalidForJsonSchema:  # a plug-in's type that has no schema: everything will do
        own = {}
    for inner, definition in own.pop("$defs", {}).items():
        defs[f"{name}.{inner}"] = _opened(definition)
    defs[name] = own
    return own


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _opened(schema: Schema) -> Schema:
    """The schema, with a variable allowed wherever a value is checked."""
    result = dict(schema)
    for key in ("properties", "patternProperties"):
        if key in result:
            result[key] = {name: _opened(below) for name, below in result[key].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(result.get(key), dict):
            result[key] = _opened(result[key])
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if key in result:
            result[key] = [_opened(below) for below in result[key]]
    text = result.get("type") == "string" and set(result) <= _LOOSE
    checked = (
        result.get("type") in ("integer", "number", "boolean", "string", "array")
        or "enum" in result
        or "const" in result
    )
    if text or not checked:
        return result
    about = {key: result.pop(key) for key in _ABOUT if key in result}
    return {**about, "anyOf": [result, _VARIABLE]}
