"""What every source promises, checked for each that is found: a new source needs no line here, only its fixtures.

`rows/NAME.SUFFIX` (one or more) hold invented rows of the exact real shape, good and faulty; `rows/NAME.options` the
options where a source cannot do without. `golden/NAME.jsonl` is what must come out. `CURATE_GOLDEN=write pytest …`
writes it anew: read the diff.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from curate import plugin
from curate.example import CONTENT, ORIGINS
from curate.source import FAULT, About, Options, Source

HERE = Path(__file__).parent
NAMES = [name for name, path in plugin.names("sources").items() if path.startswith("curate_sources.")]
ALLOWED = {"curate.source", "curate.example", "polars", "polars_hash", "pydantic", "orjson"}

each = pytest.mark.parametrize("name", NAMES)


def options_of(name: str) -> dict[str, Any]:
    path = HERE / "rows" / f"{name}.options"
    return dict(orjson.loads(path.read_bytes())) if path.exists() else {}


def fixtures(name: str) -> list[Path]:
    found = sorted(path for path in (HERE / "rows").glob(f"{name}.*") if path.suffix != ".options")
    assert found, f"the source {name!r} has no fixture tests/sources/rows/{name}.*"
    return found


def test_there_are_sources() -> None:
    assert len(NAMES) >= 14


@each
def test_golden(name: str, load: Any) -> None:
    lines = []
    for path in fixtures(name):
        loaded = load(name, path, **options_of(name))
        examples = loaded.examples.drop("row").with_columns(row=loaded.examples["row"])
        made = [{"file": path.name, **row} for row in examples.iter_rows(named=True)]
        fallen = [{"file": path.name, **row} for row in loaded.faults.drop("file").iter_rows(named=True)]
        lines += sorted(made + fallen, key=lambda row: row["row"])
    text = "".join(json.dumps(_short(line), ensure_ascii=False) + "\n" for line in lines).replace(str(HERE), "")
    golden = HERE / "golden" / f"{name}.jsonl"
    if os.environ.get("CURATE_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert golden.exists(), f"the source {name!r} has no golden file tests/sources/golden/{name}.jsonl"
    assert text == golden.read_text(encoding="utf-8")


def _short(line: dict[str, Any]) -> dict[str, Any]:
    """Without what is null or empty, so that a golden file can be read."""
    return {
        key: _short(value) if isinstance(value, dict) else value
        for key, value in line.items()
        if value not in (None, "", [])
    }


@each
def test_rows_stand_alone(name: str, load: Any) -> None:
    """A row gives the same example whatever rows are beside it, and in whatever order."""
    kind = plugin.source(name)
    source = kind(kind.Options.model_validate(options_of(name)))
    for path in fixtures(name):
        for rows in load(name, path, **options_of(name)).rows:
            whole = source.examples(rows)
            assert whole.height == rows.height
            for at in range(1, rows.height):
                parts = [source.examples(rows.head(at)), source.examples(rows.slice(at))]
                assert pl.concat(parts).equals(whole), f"cut after row {at}"
            assert source.examples(rows.reverse()).reverse().equals(whole)


@each
def test_columns(name: str, load: Any) -> None:
    kind = plugin.source(name)
    source = kind(kind.Options.model_validate(options_of(name)))
    for path in fixtures(name):
        loaded = load(name, path, **options_of(name))
        for rows in loaded.rows:
            assert set(source.examples(rows).columns) <= {*CONTENT, FAULT}
        assert set(loaded.examples["origin"]) <= set(ORIGINS)
        for text in loaded.examples["meta"].drop_nulls():
            assert isinstance(orjson.loads(text), dict)
        for text in loaded.examples["tools"].drop_nulls():
            orjson.loads(text)
        heads = loaded.examples["references"].list.first().fill_null("")
        assert heads.equals(loaded.examples["output"].alias("references"))


@each
def test_about(name: str) -> None:
    kind = plugin.source(name)
    assert issubclass(kind, Source)
    about: About = kind.about
    assert about.title
    assert about.url.startswith("https://")
    assert about.license == about.license.lower()
    assert about.license
    assert about.origin in ORIGINS
    assert about.languages
    assert about.hub is None or about.hub.count("/") == 1
    assert kind.__doc__


@each
def test_options_are_described(name: str) -> None:
    options = plugin.source(name).Options
    assert issubclass(options, Options)
    assert options.model_config["extra"] == "forbid"
    for key, option in options.model_fields.items():
        assert option.description, f"option {key!r} of {name!r} has no description"


@each
def test_docstring_shows_rows_that_it_reads(name: str, load: Any, tmp_path: Path) -> None:
    module = importlib.import_module(plugin.names("sources")[name])
    shown = list(_objects(module.__doc__ or ""))
    assert shown, f"the docstring of {name!r} shows no row"
    for at, value in enumerate(shown):
        path = tmp_path / f"{at}.json"
        document = "Instances" in value or "data" in value
        path.write_bytes(orjson.dumps(value if document else [value]))
        loaded = load(name, path, **options_of(name))
        assert loaded.faults.is_empty(), loaded.faults["reason"].to_list()
        assert loaded.examples.height >= 1


def _objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects that stand in a text, each at the start of an indented line."""
    found, at, decoder = [], 0, json.JSONDecoder()
    while (at := text.find("\n    {", at)) >= 0:
        value, length = decoder.raw_decode(text[at + 5 :])
        found.append(value)
        at += 5 + length
    return found


def test_sources_import_the_schema_and_the_protocol_only() -> None:
    """And none another: each can be taken away alone."""
    home = Path(inspect.getfile(importlib.import_module("curate_sources"))).parent
    for path in sorted(home.glob("*.py")):
        for module in _imports(ast.parse(path.read_text(encoding="utf-8"))):
            top = module.split(".", 1)[0]
            shared = module.startswith("curate_sources._") or module == "curate_sources"
            assert module in ALLOWED or shared or top in sys.stdlib_module_names, f"{path.name} imports {module}"


def _imports(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


def test_readme_lists_the_sources() -> None:
    table = importlib.import_module("curate_sources._catalogue").table()
    readme = Path(__file__).parents[2] / "sources" / "README.md"
    assert table in readme.read_text(encoding="utf-8"), f"put this table into sources/README.md:\n{table}"
