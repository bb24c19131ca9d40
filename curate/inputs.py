"""Inputs: what the sources of a recipe resolve to, as files with digests and Hub data sets with commits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from curate import plugin
from curate.engine import Engine
from curate.errors import CurateError
from curate.pattern import match
from curate.pins import pinned
from curate.recipe import Recipe, SourceSpec
from curate.source import Source

# Path within the folder, inode, size, times of change of content and of state: of each file.
Stamp = tuple[tuple[str, int, int, int, int], ...]


@dataclass(frozen=True)
class InputFile:
    """A file that a source reads, or a folder that is read as one data set.

    Args:
        source: the source's name in the recipe.
        name: the path as the recipe's pattern matched it, with the variable that it begins with; what people see.
        path: where it lies.
        size: bytes, and
        sha256: digest, of the file as it lies there (compressed, if it is); of a folder's files together.
        stamp: of the file's state when it was digested (`stamp_of`).
    """

    source: str
    name: str
    path: Path
    size: int
    sha256: str
    stamp: Stamp = ()


@dataclass(frozen=True)
class HubInput:
    """A Hub data set that a source reads.

    Args:
        source: the source's name in the recipe.
        asked: as the recipe says it, `owner/name` or `owner/name@revision`.
        repo: `owner/name`.
        commit: the full sha that this stands for: the lock's word, else the Hub's.
    """

    source: str
    asked: str
    repo: str
    commit: str

    @property
    def name(self) -> str:
        """What people see."""
        return f"hf://{self.repo}@{self.commit}"


def adapter_of(spec: SourceSpec) -> Source:
    """The adapter that a source of the recipe names, with its options."""
    return plugin.source(spec.adapter)(spec.options)


def find_hub(recipe: Recipe, *, fresh: bool = False) -> list[HubInput]:
    """The Hub data sets of a recipe, each pinned to a commit: the one in the lock beside the recipe, else today's.

    Args:
        recipe: names them.
        fresh: ask the Hub, whatever the lock says.

    Raises:
        CurateError: one is not there, or cannot be asked for.
    """
    from curate.reader.hub import resolve  # noqa: PLC0415 - most recipes read no Hub

    found = []
    for spec in recipe.sources.values():
        if spec.hub is not None:
            repo, _, revision = spec.hub.partition("@")
            known = None if fresh else pinned(recipe.path, spec.name, spec.hub)
            commit = known or resolve(repo, revision or None)
            found.append(HubInput(spec.name, spec.hub, repo, commit))
    return found


def find_files(recipe: Recipe, engine: Engine) -> list[InputFile]:
    """The files that the recipe's patterns match and their sources want, digested.

    Raises:
        CurateError: a pattern matches no file; the message says where it looked.
    """
    found: list[tuple[str, str, Path]] = []
    missing: list[str] = []
    for spec in recipe.sources.values():
        adapter = adapter_of(spec)
        names: dict[str, Path] = {}
        for pattern in spec.path:
            matched = match(pattern, recipe.base, folders=adapter.folders)
            if not matched:
                looked = " or ".join(dict.fromkeys(str(folder) for folder in (recipe.base, Path.cwd())))
                missing.append(f"source {spec.name!r}: no file matches {pattern!r} (looked in {looked})")
            names.update((recipe.named(name), path) for name, path in matched.items() if adapter.wants(path))
        found += [(spec.name, name, path) for name, path in sorted(names.items())]
    if missing:
        raise CurateError("\n".join(missing))
    digests = engine.map("digest files", [path for _, _, path in found], _digested)
    return [InputFile(source, name, path, *rest) for (source, name, path), rest in zip(found, digests, strict=True)]


def stamp_of(path: Path) -> Stamp:
    """What the system says of a file, or of all files of a folder: inode, size and times. A write changes it.

    Raises:
        OSError: it is not there.
    """
    files = [one for one in sorted(path.rglob("*")) if one.is_file()] if path.is_dir() else [path]
    found = [(one.relative_to(path).as_posix(), one.stat()) for one in files]
    return tuple((name, said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns) for name, said in found)


def unchanged(path: Path, stamp: Stamp, sha256: str) -> bool:
    """Whether a file or folder is as it was when it was digested.

    Args:
        path: the file or folder.
        stamp: from then; without one, or where it differs, the content is digested again.
        sha256: from then.
    """
    try:
        return stamp_of(path) == stamp or _sha256(path)[1] == sha256
    except OSError:
        return False


def _digested(path: Path) -> tuple[int, str, Stamp]:
    """Size, digest and stamp; the stamp is taken first, so that a write during the digesting shows in it."""
    stamp = stamp_of(path)
    return *_sha256(path), stamp


def _sha256(path: Path) -> tuple[int, str]:
    """Size and digest of a file, or of all files of a folder."""
    if path.is_dir():
        inside = {one.relative_to(path).as_posix(): _sha256(one) for one in sorted(path.rglob("*")) if one.is_file()}
        together = hashlib.sha256(repr(sorted(inside.items())).encode())
        return sum(size for size, _ in inside.values()), together.hexdigest()
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
