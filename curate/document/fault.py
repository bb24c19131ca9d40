"""Faults of a document: each with its place, collected so that one run reports them all."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from curate.errors import RecipeError
from curate.wording import hidden

_MOST = 1000  # faults; a file with more is no recipe
_WIDEST = 160  # characters of a source line that an error shows


@dataclass(frozen=True, slots=True)
class Mark:
    """A place: the file as the user named it, and line and column from 1.

    Line 0 is a place that has no lines: the command line, a file that cannot be read.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        file = printable(self.file).replace("\n", " ")
        return f"{file}:{self.line}:{self.column}" if self.line else file


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a recipe."""

    mark: Mark
    message: str


class FaultyRecipeError(RecipeError):
    """A recipe with faults; the text shows each with its source line and a caret."""

    def __init__(self, faults: Iterable[Fault], text: str) -> None:
        super().__init__(text)
        self.faults = tuple(faults)


class Faults:
    """What was found so far, over all files of a recipe."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._found: dict[Fault, None] = {}  # a set that keeps its order
        self._told: frozenset[Mark] = frozenset()

    def __bool__(self) -> bool:
        return bool(self._found)

    def know(self, file: str, lines: list[str]) -> None:
        """Remember a file's lines, which the errors show."""
        self._lines.setdefault(file, lines)

    def add(self, mark: Mark, message: str) -> None:
        """Note a fault; the same fault at the same place counts once (an anchor is used in many places).

        Raises:
            FaultyRecipeError: there are too many to be of use.
        """
        if mark not in self._told:
            self._found[Fault(mark, message)] = None
        if len(self._found) > _MOST:
            raise self.error()

    def settle(self) -> None:
        """From now on, say nothing of the places that have a fault: an unknown variable is of no right type either."""
        self._told = frozenset(fault.mark for fault in self._found)

    def stop(self, mark: Mark, message: str) -> FaultyRecipeError:
        """Note a fault after which nothing more can be read; the caller raises what comes back."""
        self.add(mark, message)
        return self.error()

    def check(self) -> None:
        """Raise if there is any fault.

        Raises:
            FaultyRecipeError: with all of them, those of the command line first, then file by file and line by line.
        """
        if self:
            raise self.error()

    def error(self) -> FaultyRecipeError:
        """The error that lists all faults."""
        place = {file: number for number, file in enumerate(self._lines, 1)}
        ordered = sorted(
            self._found, key=lambda fault: (place.get(fault.mark.file, 0), fault.mark.line, fault.mark.column)
        )
        return FaultyRecipeError(ordered, "\n".join(self._show(fault) for fault in ordered))

    def _show(self, fault: Fault) -> str:
        head = f"{fault.mark}: {fault.message}"
        lines = self._lines.get(fault.mark.file, [])
        if not 0 < fault.mark.line <= len(lines):
            return head
        line, column = lines[fault.mark.line - 1], max(fault.mark.column - 1, 0)
        if not line.strip():
            return head
        start = max(0, min(column, len(line)) - _WIDEST // 2) if len(line) > _WIDEST else 0
        shown = printable(line[start : start + _WIDEST])
        return f"{head}\n    {shown.rstrip()}\n    {_blank(shown[: column - start])}^"


def printable(text: str) -> str:
    """The text without what could move the cursor or hide other text, as wide as it was: a caret stands below it."""
    return "".join("\N{REPLACEMENT CHARACTER}" if hidden(c) and c not in "\t\n" else c for c in text)


def _blank(text: str) -> str:
    """As wide as the text on a terminal."""
    return "".join("\t" if c == "\t" else "  " if unicodedata.east_asian_width(c) in "WF" else " " for c in text)


def hint(name: object, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` where a known name is close, else nothing.

    Example:
        >>> hint("filtr", ["dedup", "filter"])
        ", did you mean 'filter'?"
    """
    close = difflib.get_close_matches(str(name)[:100], list(known), 1)
    return f", did you mean {close[0]!r}?" if close else ""


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The message for a name that is none of the known ones."""
    known = list(known)
    return f"unknown {kind} {quoted(name)}{hint(name, known)} (known: {', '.join(known) or 'none'})"


def quoted(name: object) -> str:
    """A name in quotes, cut where it is absurdly long, with nothing in it that a terminal would obey."""
    text = str(name)
    return repr(text if len(text) <= 60 else text[:59] + "…")


def found(value: Any) -> str:  # noqa: ANN401 - anything that YAML can say
    """A value as an error message shows it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    return quoted(value) if isinstance(value, str) else str(value)[:60]
