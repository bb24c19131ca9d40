"""What no linter counts: lengths, notes to do something later, docstrings, marks of typed packages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.pages import ROOT

HOMES = ("curate", "sources", "trainer", "reports", "tests", "benchmarks")
PACKAGES = ("curate", "sources/curate_sources", "trainer/curate_trainer", "reports/curate_reports")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# Written so that this file does not find itself.
LATER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def modules(*homes: str) -> list[Path]:
    return sorted(path for home in homes for path in (ROOT / home).rglob("*.py"))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def public(tree: ast.Module | ast.ClassDef, within: str) -> Iterator[tuple[str, str | None]]:
    """Public classes, functions and methods with their docstrings."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield f"{within}:{node.name}", ast.get_docstring(node)
            if isinstance(node, ast.ClassDef):
                yield from public(node, f"{within}:{node.name}")


def test_files_are_short() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*HOMES)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    long = {}
    for path in modules(*HOMES):
        for function in functions(ast.parse(path.read_text(encoding="utf-8"))):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > LONGEST_FUNCTION:
                long[f"{shown(path)}:{function.name}"] = length
    assert long == {}


def test_nothing_is_left_for_later() -> None:
    pages = [
        *modules(*HOMES),
        *ROOT.glob("*.md"),
        *ROOT.glob("*/*.md"),
        *ROOT.glob("recipes/*.yaml"),
        ROOT / "Makefile",
    ]
    found = [shown(path) for path in pages if LATER.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_everything_public_has_a_docstring() -> None:
    bare = []
    for path in modules("curate", "sources", "trainer", "reports"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = [(shown(path), ast.get_docstring(tree)), *public(tree, shown(path))]
        bare += [name for name, docstring in said if not docstring]
    assert bare == []


@pytest.mark.parametrize("package", PACKAGES)
def test_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("home", ["sources", "trainer", "reports", "recipes"])
def test_home_has_a_readme(home: str) -> None:
    assert (ROOT / home / "README.md").is_file()
