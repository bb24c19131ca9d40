"""The JSON Schema accepts what the loader accepts, and catches a typo."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from curate import plugin
from curate.recipe.schema import schema

HERE = Path(__file__).parent
GOOD = YAML(typ="safe", pure=True).load((HERE / "contract.yaml").read_text(encoding="utf-8"))


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for below in value.values() for found in references(below)]
    return [found for below in value for found in references(below)] if isinstance(value, list) else []


def test_every_reference_leads_to_a_definition() -> None:
    found = schema()
    assert {name.removeprefix("#/$defs/") for name in references(found)} <= set(found["$defs"])


def test_every_plugin_is_in_it() -> None:
    found = schema()
    source = found["$defs"]["source"]
    assert source["properties"]["adapter"]["enum"] == list(plugin.names("sources"))
    steps = {
        name: entry["properties"][name] for entry in found["$defs"]["step"]["oneOf"] for name in entry["properties"]
    }
    assert set(steps) == {"filter", "transform", *plugin.names("stages")} - {"split", "format"}
    assert {name for rule in steps["filter"]["oneOf"] for name in rule["properties"]} == set(plugin.names("filters"))
    assert found["properties"]["format"] == {"$ref": "#/$defs/format"}


def test_scalars_may_be_variables(plugins: None) -> None:
    threshold = schema()["$defs"]["dedup"]["anyOf"][0]["properties"]["threshold"]
    assert threshold["default"] == 0.8
    assert threshold["anyOf"][0] == {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    assert threshold["anyOf"][1]["pattern"] == r"^\$\{vars\.[^{}]+\}$"


def test_a_model_without_a_schema_allows_everything(plugins: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from pydantic import BaseModel, ConfigDict  # noqa: PLC0415

    class Odd(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        thing: Faulty

    Odd.model_rebuild(_types_namespace={"Faulty": Faulty})
    monkeypatch.setattr(plugin.stage("sample"), "Settings", Odd)
    assert schema()["$defs"]["sample"] == {"anyOf": [{}, {"type": "null"}]}


class Faulty:
    """A type that JSON Schema knows nothing of."""


def test_validation() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    found = schema()
    jsonschema.Draft202012Validator.check_schema(found)
    validator = jsonschema.Draft202012Validator(found)
    assert not list(validator.iter_errors(GOOD))
    open_scalar = copy.deepcopy(GOOD)
    open_scalar["sources"]["ni"]["steps"][0]["sample"]["max_per_task"] = "${vars.n}"
    assert not list(validator.iter_errors(open_scalar))
    for spoil in (
        lambda tree: tree["sources"]["ni"]["steps"][0]["sample"].update(qouta=[1]),
        lambda tree: tree["sources"]["gsm8k"].update(pth="x"),
        lambda tree: tree["sources"]["gsm8k"].update(adapter="gsm9k"),
        lambda tree: tree["steps"].append({"filtr": {}}),
        lambda tree: tree["steps"].append({"filter": {"words": {"of": ["input"], "max": "many"}}}),
        lambda tree: tree.update(sede=1),
        lambda tree: tree.pop("format"),
    ):
        spoilt = copy.deepcopy(GOOD)
        spoil(spoilt)
        assert list(validator.iter_errors(spoilt))
