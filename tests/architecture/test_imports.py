"""The architecture holds: layers, and what is imported when."""

from __future__ import annotations

import json
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import curate
from architecture.pages import ROOT

# What a command line that only shows its help must not load: together they take seconds.
HEAVY = {"polars", "pyarrow", "datasets", "torch", "transformers", "huggingface_hub", "numpy", "pydantic", "pandas"}
# What no module may load by being imported.
LAZY = {"datasets", "torch", "transformers", "huggingface_hub", "ray", "s3fs", "pandas"}
# Of the engine, what sources see.
SOURCES_SEE = {"example", "source"}
# Of the engine, what trainer and reports see: what describes and measures a finished version.
READERS_SEE = {
    "arrow",
    "diff",
    "document",
    "door",
    "errors",
    "example",
    "explain",
    "hashing",
    "identifier",
    "language",
    "license",
    "manifest",
    "metric",
    "planner",
    "repetition",
    "sandbox",
    "template",
    "terminal",
    "text",
    "tokens",
    "tokenset",
    "version",
    "wording",
    "yaml_text",
}

MODULES = {module.name for module in pkgutil.iter_modules(curate.__path__)}


@pytest.fixture(scope="module")
def contracts() -> dict[str, dict[str, Any]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        listed = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract for contract in listed}


def loaded(*command: str) -> set[str]:
    """The top-level modules that a Python process imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command],
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE)}


def test_contracts_are_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_contracts_have_no_exceptions(contracts: dict[str, dict[str, Any]]) -> None:
    assert [name for name, contract in contracts.items() if "ignore_imports" in contract] == []


@pytest.mark.parametrize(("contract", "seen"), [("source", SOURCES_SEE), ("readers", READERS_SEE)])
def test_each_module_is_either_seen_or_forbidden(
    contract: str, seen: set[str], contracts: dict[str, dict[str, Any]]
) -> None:
    forbidden = {name.removeprefix("curate.") for name in contracts[contract]["forbidden_modules"]}
    assert forbidden == MODULES - seen


def test_picture_of_the_layers_is_the_contract(contracts: dict[str, dict[str, Any]]) -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = page.partition("## Layers")[2].partition("```\n")[2].partition("```")[0]
    picture = [re.split(r" {3,}", line)[0].split() for line in drawn.splitlines()]
    assert picture == [re.split(r"[ |:]+", layer) for layer in contracts["layers"]["layers"]][1:]


@pytest.mark.parametrize("command", [("-c", "import curate.cli"), ("-m", "curate", "--help")])
def test_command_line_starts_without_heavy_modules(command: tuple[str, ...]) -> None:
    names = loaded(*command)
    assert "typer" in names
    assert names & HEAVY == set()


def test_modules_import_heavy_ones_where_they_use_them() -> None:
    script = """
import importlib, json, pkgutil, sys
for package in ("curate", "curate_sources", "curate_trainer", "curate_reports"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if module.name != "curate.__main__":
            importlib.import_module(module.name)
print(json.dumps(list(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) & LAZY == set()


def test_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "curate", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"curate {curate.__version__}\n"
