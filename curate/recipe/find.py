"""Find recipes: a file, or one that curate ships."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import curate
from curate.document.fault import Faults, Mark, quoted
from curate.document.tree import Budget, read

_ENDINGS = (".yaml", ".yml")


def shipped() -> dict[str, Path]:
    """The recipes that come with curate: name to file, in alphabetical order."""
    package = Path(curate.__file__).parent
    folder = package / "recipes"  # in an installed wheel; beside the package in a checkout
    if not folder.is_dir():
        folder = package.parent / "recipes"
    files = (path for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(".lock.yaml"))
    return {path.stem: path for path in files}


def described() -> dict[str, str]:
    """The shipped recipes: name to description."""
    found = {}
    for name, path in shipped().items():
        root, _ = read(path, display(path), Faults(), Budget())
        description = root.get("description")
        found[name] = " ".join(str(description.value).split()) if description else ""
    return found


def locate(recipe: str | Path, faults: Faults, mark: Mark | None = None, folder: Path | None = None) -> Path:
    """The file of a recipe.

    Args:
        recipe: a file, or the name of a shipped recipe.
        faults: collects that there is none.
        mark: where the recipe is named; None: on the command line.
        folder: where a relative file is looked for; None: in the current folder.

    Raises:
        FaultyRecipeError: there is no such recipe; the message names a close one.
    """
    path = Path(recipe) if folder is None else folder / recipe
    known = shipped()
    name = str(recipe)
    mark = mark or Mark(name)
    try:
        if path.is_file():
            return path
        if name in known:
            return known[name]
        if path.is_dir():
            raise faults.stop(mark, "is a folder: name the recipe's file in it")
        beside = (
            [file.name for file in path.parent.iterdir() if file.suffix in _ENDINGS] if path.parent.is_dir() else []
        )
    except (OSError, ValueError) as error:  # a name that no file can have: too long, a NUL byte
        raise faults.stop(Mark(quoted(name)), f"no recipe can have this name: {error}") from None
    stem = name.removesuffix(".yaml").removesuffix(".yml")
    close = difflib.get_close_matches(path.name, beside, 1) or difflib.get_close_matches(stem, known, 1)
    guess = f", did you mean {close[0]!r}?" if close else ""
    raise faults.stop(
        mark, f"no such file, and no recipe {quoted(name)} is shipped{guess} (shipped: {', '.join(known) or 'none'})"
    )


def display(path: Path) -> str:
    """A file's name as errors show it: relative where it lies below the current folder."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return os.path.normpath(path)
