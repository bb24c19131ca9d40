"""The shipped recipes are valid, and say how to run them."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.recipe import load, shipped

RECIPES = [pytest.param(path, id=name) for name, path in shipped().items() if not name.endswith(".lock")]


@pytest.mark.parametrize("path", RECIPES)
def test_recipe_loads(path: Path) -> None:
    assert load(path).name == path.stem


@pytest.mark.parametrize("path", RECIPES)
def test_recipe_opens_with_its_command(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith(f"# curate build {path.stem}")


@pytest.mark.parametrize("path", RECIPES)
def test_recipe_is_listed_in_the_readme(path: Path) -> None:
    assert f"[`{path.name}`]({path.name})" in (path.parent / "README.md").read_text(encoding="utf-8")


def test_real_mix_names_folders_that_the_data_has(real_data: Path) -> None:
    recipe = load("real-mix", {"data": str(real_data)})
    for source in recipe.sources.values():
        for path in source.path:
            assert any(real_data.glob(str(Path(path).relative_to(real_data)))), path
