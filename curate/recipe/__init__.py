"""Recipes: YAML text -> a validated `Recipe`, or one error that lists every fault with its place.

Reading order: `curate.document` (YAML -> tree with places), resolve and variables (several texts -> one tree), model
(what is valid), steps and assemble (the tree -> a Recipe).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from curate.document.fault import Fault, Faults, FaultyRecipeError, Mark
from curate.recipe.assemble import assemble
from curate.recipe.find import described, shipped
from curate.recipe.model import Expect, OnError, Recipe, SourceSpec, Step
from curate.recipe.resolve import resolve

__all__ = [
    "Expect",
    "Fault",
    "FaultyRecipeError",
    "Mark",
    "OnError",
    "Recipe",
    "SourceSpec",
    "Step",
    "assigned",
    "described",
    "load",
    "shipped",
]


def load(recipe: str | Path, variables: Mapping[str, str] = {}, sets: Sequence[str] = ()) -> Recipe:
    """Read and check a recipe.

    Args:
        recipe: a file, or the name of a shipped recipe.
        variables: values of the recipe's `vars`, as the command line's `-v NAME=VALUE` gives them.
        sets: `path.to.key=value` each, the value in YAML; lists are indexed by number.

    Raises:
        FaultyRecipeError: a RecipeError whose text lists all faults, each with its place, source line and caret.
    """
    faults = Faults()
    resolved = resolve(recipe, variables, sets, faults)
    faults.settle()
    return assemble(resolved, faults)


def assigned(pairs: Iterable[str]) -> dict[str, str]:
    """The variables of `-v NAME=VALUE` options.

    Raises:
        FaultyRecipeError: one has no `=`.
    """
    faults = Faults()
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if equals and name:
            found[name.strip()] = value
        else:
            faults.add(Mark(f"-v {pair}"), "expected NAME=VALUE")
    faults.check()
    return found
