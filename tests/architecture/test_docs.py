"""The documentation is true: what is generated is fresh, what is shown runs, and nothing is left out."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from architecture import console
from architecture.commands import commands, line, table
from architecture.pages import ROOT, between
from architecture.reference import reference
from architecture.tree import tree
from curate import plugin
from curate.recipe import load
from curate.recipe.model import Expect, Head, SourceKeys

REFERENCE = ROOT / "recipes" / "REFERENCE.md"
PAGES = sorted(path for pattern in ("*.md", "*/*.md", "recipes/sample/*.md") for path in ROOT.glob(pattern))
STALE = "is stale: run `make docs`"
RULES = {"filters": "filter", "transforms": "transform"}
# A rule or step as docstrings and pages show it between backticks.
SHOWN = re.compile(r"`((?:filter|transform|dedup|sample): \{.*?\})`(?!`)", re.DOTALL)
RECIPE = """\
version: 1
name: shown
sources: {{one: {{adapter: alpaca, path: rows.json}}}}
steps:
  - {step}
format: {{columns: prompt_completion, template: alpaca}}
"""


def plugins() -> list[tuple[str, str]]:
    return [(door, name) for door in ("sources", "stages", *RULES) for name in plugin.names(door)]


def test_tree_is_that_of_the_files() -> None:
    assert between(ROOT / "ARCHITECTURE.md", "tree") == tree(), f"ARCHITECTURE.md {STALE}"


def test_reference_is_that_of_the_code() -> None:
    assert between(REFERENCE, "reference") == reference(), f"recipes/REFERENCE.md {STALE}"


def test_table_of_commands_is_that_of_the_commands() -> None:
    assert between(console.PAGE, "commands") == table(), f"README.md {STALE}"


@pytest.mark.parametrize("name", commands())
def test_command_says_what_it_does(name: str) -> None:
    command = commands()[name]
    assert re.fullmatch(r"[A-Z].*\.", line(command)), "one sentence, from capital to full stop"
    silent = [param.name for param in command.params if not (getattr(param, "help", None) or param.name == "help")]
    assert silent == [], "an argument or option without help"


@pytest.mark.parametrize(("door", "name"), plugins())
def test_plugin_says_what_it_does(door: str, name: str) -> None:
    module = import_module(plugin.names(door)[name])
    made = (
        plugin.source(name) if door == "sources" else plugin.stage(f"{RULES[door]}.{name}" if door in RULES else name)
    )
    assert inspect.getdoc(module)
    assert made.__doc__


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("Top level", Head.model_fields),
        ("A source", [*SourceKeys.model_fields, "steps"]),
        ("Expectations", Expect.model_fields),
    ],
)
def test_reference_lists_every_key(heading: str, keys: list[str]) -> None:
    section = REFERENCE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    listed = {key for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert listed == set(keys)


def recipes() -> list[str]:
    """The whole recipes that pages show."""
    found = [block for page in PAGES for block in re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)]
    return [block for block in found if re.search(r"^version:", block, re.MULTILINE)]


@pytest.mark.parametrize("text", recipes())
def test_recipe_that_a_page_shows_is_valid(text: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    assert load(path).sources


def steps() -> list[str]:
    """The steps that docstrings and pages show."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    texts += [inspect.getdoc(plugin.stage(f"{RULES[door]}.{name}")) or "" for door, name in plugins() if door in RULES]
    found = [" ".join(step.split()) for text in texts for step in SHOWN.findall(text)]
    return sorted({step for step in found if "…" not in step and "{…" not in step})


@pytest.mark.parametrize("step", steps())
def test_step_that_a_page_shows_is_valid(step: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.format(step=step), encoding="utf-8")
    assert len(load(path).steps) == 1


def test_console_blocks_show_what_their_commands_print(tmp_path: Path) -> None:
    stale = [now for block in console.blocks() if not console.same(now := console.run(block, tmp_path), block)]
    assert stale == [], f"README.md {STALE}"


def test_links_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
