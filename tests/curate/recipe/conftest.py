"""Fixtures of the recipe tests."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from curate.recipe import Recipe, load
from support.recipes import CLASSES, PLUGINS, Loader


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the plug-ins above in the place of curate's own."""
    known: dict[str, dict[str, str]] = {}
    for door, offered in PLUGINS.items():
        known[door] = {}
        for name, (attribute, model) in offered.items():
            module = ModuleType(f"_recipe_test_{door}_{name}")
            cls = type("Plugin", (), {attribute: model, "__doc__": f"The {name} of the tests."})
            setattr(module, CLASSES[door], cls)
            monkeypatch.setitem(sys.modules, module.__name__, module)
            known[door][name] = module.__name__
    for names in ("curate.door.names", "curate.plugin.names"):
        monkeypatch.setattr(names, known.__getitem__)


@pytest.fixture
def parse(tmp_path: Path, plugins: None, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """Writes a text to recipe.yaml in the current folder, an empty one, and loads it."""
    monkeypatch.chdir(tmp_path)

    def loaded(text: str | bytes, variables: dict[str, str] | None = None, sets: tuple[str, ...] = ()) -> Recipe:
        raw = text if isinstance(text, bytes) else text.encode()
        Path("recipe.yaml").write_bytes(raw)
        return load("recipe.yaml", variables or {}, sets)

    return loaded
