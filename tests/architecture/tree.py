"""The tree in ARCHITECTURE.md: the files, each with the first line of what it says of itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from architecture.pages import ROOT

# Homes whose packages are shown module by module.
_PACKAGES = ("curate", "sources", "trainer", "reports")
# Folders without a module that could speak for them.
_FOLDERS = {
    "sources": "the home of the source adapters: catalogue and how to add one",
    "trainer": "the home of the trainer",
    "reports": "the home of the reports",
    "recipes": "recipes: data, never code; in the wheel they lie in curate/recipes",
    "recipes/lists": "lists that recipes read, each with its source",
    "recipes/train": "recipes of training runs, for `curate train`",
    "recipes/sample": "the small data set that the quickstart builds; its README counts the faults planted in it",
    "curate/planner/tables": "facts of models, cards and published runs, each row with its source",
    "tests": "mirror the homes above",
    "tests/architecture": "what holds the project together: imports, documentation, style, the wheel",
    "tests/cli": "the commands, as a user runs them",
    "tests/curate": "the engine",
    "tests/end_to_end": "whole builds, from recipe to version",
    "tests/hostile": "files, recipes, versions and texts of strangers that mean harm, and what must come of them",
    "tests/faults": "builds that are killed, starved and disturbed, and what they leave",
    "tests/recipes": "the recipes that curate ships",
    "tests/reports": "the reports",
    "tests/sources": "the contract that every source keeps: fixture rows and the examples that must come of them",
    "tests/support": "what tests share: a Hub on the loopback interface, the script that makes the sample",
    "tests/trainer": "the trainer",
    "benchmarks": "scripts that measure, with their last results",
    "benchmarks/results": "the last results, each with the machine that it ran on",
}
_WIDTH = 34


def tree() -> str:
    """The tree as a fenced block."""
    lines = [line for home in _PACKAGES for line in _home(home)]
    lines += ["", *_entry("recipes/", 0, _FOLDERS["recipes"])]
    lines += [line for path in _visible(ROOT / "recipes") for line in _entry(_shown(path), 1, _said(path))]
    for home in ("tests", "benchmarks"):
        if (ROOT / home).is_dir():
            lines += ["", *_entry(f"{home}/", 0, _FOLDERS[home])]
            lines += [
                line
                for path in _visible(ROOT / home)
                if path.is_dir() or path.suffix == ".py"
                for line in _entry(_shown(path), 1, _said(path))
            ]
    return "\n".join(["```", *lines[1:], "```"])


def _home(home: str) -> Iterator[str]:
    folder = ROOT / home
    yield ""
    yield from _entry(f"{home}/", 0, _said(folder))
    yield from _modules(folder, 1)


def _modules(folder: Path, depth: int) -> Iterator[str]:
    """The modules of a folder, and below each package its own."""
    for path in _visible(folder):
        if path.is_dir():
            yield from _entry(_shown(path), depth, _said(path))
            yield from _modules(path, depth + 1)
        elif path.suffix == ".py" and path.name != "__init__.py":
            yield from _entry(_shown(path), depth, _said(path))


def _visible(folder: Path) -> list[Path]:
    """What a reader would open, folders after files."""
    found = [path for path in folder.iterdir() if path.name[0] not in "._" or path.name == "__main__.py"]
    found += folder.glob("_[!_]*.py")
    kept = [path for path in found if not path.name.endswith(".lock.yaml") and not _empty(path)]
    return sorted(kept, key=lambda path: (path.is_dir(), path.name))


def _empty(path: Path) -> bool:
    return path.is_dir() and not any(below.is_file() and "__pycache__" not in below.parts for below in path.rglob("*"))


def _shown(path: Path) -> str:
    return f"{path.name}/" if path.is_dir() else path.name


def _entry(name: str, depth: int, words: str) -> list[str]:
    return [f"{'    ' * depth + name:<{_WIDTH}} {words}".rstrip()]


def _said(path: Path) -> str:
    """The first line of a module's docstring, of a page, or of a recipe's description."""
    where = path.relative_to(ROOT).as_posix()
    if where in _FOLDERS:
        return _FOLDERS[where]
    if path.is_dir():
        path /= "__init__.py"
        if not path.is_file():
            raise KeyError(f"{where}/ is not described: add it to _FOLDERS in tests/architecture/tree.py")
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        said = ast.get_docstring(ast.parse(text)) or ""
    elif path.suffix == ".yaml":
        said = next(
            (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("description:")), ""
        )
    else:
        said = text.lstrip("# ")
    first = said.strip().splitlines()[0] if said.strip() else ""
    if not first:
        raise ValueError(f"{where} says nothing of itself in its first line")
    return first
