"""The table of sources in sources/README.md, made from what the adapters say of themselves."""

from __future__ import annotations

import importlib
import pkgutil

import curate_sources
from curate.source import About


def table() -> str:
    """A Markdown table of all sources of this package, one a line, in alphabetical order."""
    head = "| name | data | licence | origin | url |\n|---|---|---|---|---|"
    return "\n".join([head, *(_line(name, about) for name, about in _abouts())])


def _abouts() -> list[tuple[str, About]]:
    names = [module.name for module in pkgutil.iter_modules(curate_sources.__path__) if not module.name.startswith("_")]
    return [(name, importlib.import_module(f"curate_sources.{name}").Adapter.about) for name in sorted(names)]


def _line(name: str, about: About) -> str:
    return f"| `{name}` | {about.title} | {about.license} | {about.origin} | <{about.url}> |"
