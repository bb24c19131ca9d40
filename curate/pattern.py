"""Files that a pattern matches: each once, whatever links lead to it, and nothing that is no file."""

from __future__ import annotations

import glob
import os
import stat
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from curate.errors import CurateError

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def match(pattern: str, base: Path, *, folders: bool = False) -> dict[str, Path]:
    r"""Files that a pattern matches: relative to the recipe's folder, and where that finds nothing, to the current one.

    `**` and folders lead into linked folders too, but into each real folder once: links in a circle end.

    Args:
        pattern: a glob, `**` included.
        base: the recipe's folder.
        folders: a matched folder stands for itself; else for all files in it, hidden ones left out.

    Returns:
        Paths by name: as the pattern gave it, with forward slashes; bytes of a name that are no UTF-8 as `\xff`.

    Raises:
        CurateError: what matches is neither file nor folder, or a folder cannot be read.
    """
    for folder in dict.fromkeys((base, Path.cwd())):
        found = _Found()
        named = {name.rstrip("/") or name: folder / name for name in _names(folder, pattern)}
        # Folders last, links to folders after all: what lies in them is called by the shortest way that leads to it.
        for name, path in sorted(named.items(), key=lambda one: (_far(one[1]), one[0])):
            if folders and path.is_dir():
                found.add(name, path)
            else:
                for below in files(path):
                    found.add(f"{name}/{below}" if below else name, path / below)
        if found.paths:
            return found.paths
    return {}


def files(path: Path) -> Iterator[str]:
    """The files in a folder and the folders in it, hidden ones left out: paths from there, or "" where it is a file.

    Raises:
        CurateError: something is neither file nor folder, or cannot be read.
    """
    if not path.is_dir():
        _check(path)
        yield ""
        return
    for inside in _folders(path):
        for entry in _entries(path / inside):
            if not _is_folder(entry):
                _check(Path(entry.path))
                yield os.path.join(inside, entry.name)  # noqa: PTH118 - names stay as they are


def _far(path: Path) -> int:
    """A file, a folder, a link to a folder."""
    return 0 if not path.is_dir() else 2 if path.is_symlink() else 1


class _Found:
    """The files so far, by name."""

    def __init__(self) -> None:
        self.paths: dict[str, Path] = {}
        self._places: set[tuple[int, int, str]] = set()
        self._folders: dict[Path, tuple[int, int]] = {}

    def add(self, name: str, path: Path) -> None:
        """Take a file, unless its folder was reached by another way before."""
        shown = os.fsencode(name).decode("utf-8", "backslashreplace")
        shown = shown.replace("\\", "/") if os.sep == "\\" else shown
        if shown in self.paths and self.paths[shown] != path:
            raise CurateError(f"two files are called {shown!r} once what is not UTF-8 is written out: rename one")
        if path.parent not in self._folders:
            status = path.parent.stat()
            self._folders[path.parent] = (status.st_dev, status.st_ino)
        place = (*self._folders[path.parent], path.name)
        if place not in self._places:
            self._places.add(place)
            self.paths[shown] = path


def _names(folder: Path, pattern: str) -> Iterator[str]:
    """What a pattern matches, as `glob.glob` says it, which would follow links in a circle forty times around."""
    head, found, tail = _parted(pattern)
    if not found:
        yield from glob.glob(pattern, root_dir=folder)  # noqa: PTH207 - root_dir keeps names as written
        return
    for top in glob.glob(head, root_dir=folder) if head else [""]:  # noqa: PTH207 - as above
        for inside in _folders(folder / top):
            where = os.path.join(top, inside)  # noqa: PTH118 - as above
            if tail:
                yield from (os.path.join(where, name) for name in _names(folder / where, tail))  # noqa: PTH118
            else:
                yield from (os.path.join(where, entry.name) for entry in _entries(folder / where))  # noqa: PTH118


def _parted(pattern: str) -> tuple[str, bool, str]:
    """What stands before and after the first `**`; several in a row are one."""
    parts = pattern.split("/")
    if "**" not in parts:
        return pattern, False, ""
    at = parts.index("**")
    rest = parts[at + 1 :]
    while rest and rest[0] == "**":
        rest = rest[1:]
    head = "/".join(parts[:at]) or ("/" if pattern.startswith("/") else "")
    return head, True, "/".join(rest)


def _folders(top: Path) -> Iterator[str]:
    """A folder (as "") and those below it, hidden ones left out: each real one once, those behind links last."""
    seen: set[tuple[int, int]] = set()
    left, links = deque([""]), deque[str]()
    while left or links:
        name = (left or links).popleft()
        path = top / name
        if not path.is_dir():
            continue
        status = path.stat()
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        yield name
        for entry in _entries(path):
            if _is_folder(entry):
                (links if entry.is_symlink() else left).append(os.path.join(name, entry.name))  # noqa: PTH118


def _entries(path: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder and is not hidden, by name."""
    try:
        with os.scandir(path) as entries:
            return sorted((one for one in entries if not one.name.startswith(".")), key=lambda one: one.name)
    except OSError as error:
        raise CurateError(f"{path}: the folder cannot be read: {error.strerror or error}") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _check(path: Path) -> None:
    """Refuse what is no file: reading a pipe or a device may never end, and behind a dead link there may be data."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        what = "a link that leads nowhere" if path.is_symlink() else f"not readable: {error.strerror or error}"
    else:
        if stat.S_ISREG(mode):
            return
        what = next((name for test, name in _KINDS if test(mode)), "neither file nor folder")
    raise CurateError(f"{path} is {what}, no file: take it away, or write a pattern that leaves it out")
