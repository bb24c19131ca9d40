"""Target: what a place must be able to do so that versions can be published there and brought back.

A publish asks in this order: `present` (what is there now, and on what a change is based), `put` (all of it or
nothing), `check` (is it there as it left). A pull asks `find`, then `fetch`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from curate.publish.payload import File, Payload

CARD = "README.md"

# Tells whoever waits what is being done, in one line.
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Held:
    """A file that a place holds, by whichever digest the place knows.

    Args:
        bytes: its size.
        sha256: of its content, hex.
        blob: git's name of its content, hex (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects).
    """

    bytes: int
    sha256: str | None = None
    blob: str | None = None

    def same(self, file: File) -> bool:
        """Whether it is surely the same content; False where the place knows no digest."""
        if self.bytes != file.bytes or (self.sha256 is None and self.blob is None):
            return False
        return self.sha256 == file.sha256 if self.sha256 is not None else self.blob == file.blob


@dataclass(frozen=True)
class Present:
    """What a place holds now, where a version would go.

    Args:
        revision: what a change is based on, in the place's own words (the Hub's commit); None where nothing is there.
        files: by name, those that the new version would stand beside or replace.
        remove: names of those that belong to an earlier version and go when another takes its place.
        card: README.md as it is there, with what people wrote into it; None where there is none to keep.
        version: id of the version that stands there; None where none does.
        notes: what a user should know before anything is sent.
        shared: whether each version takes the place of the last, as on a branch of the Hub: then the card there is
            merged, and files of nobody's version may be in the way. Elsewhere a version that is there is never changed.
    """

    revision: str | None = None
    files: Mapping[str, Held] = field(default_factory=dict)
    remove: Sequence[str] = ()
    card: str | None = None
    version: str | None = None
    notes: Sequence[str] = ()
    shared: bool = False

    def has(self, file: File) -> bool:
        """Whether a file is surely there already."""
        held = self.files.get(file.name)
        return held is not None and held.same(file)


@dataclass(frozen=True)
class Receipt:
    """What a publish did.

    Args:
        place: where the version is to be had now: a folder, a URL.
        revision: names exactly this state there: a commit, or the version's id.
        sent: names of the files that were sent; empty where all was there already.
        removed: names of the files of an earlier version that are gone.
        notes: what a user should know of it.
    """

    place: str
    revision: str
    sent: Sequence[str] = ()
    removed: Sequence[str] = ()
    notes: Sequence[str] = ()


class Target(Protocol):
    """A place for the versions of one dataset.

    Every method raises `curate.errors.CurateError` where the place refuses or cannot be reached, in one line that
    says what to do, and never with a secret in it.
    """

    @property
    def name(self) -> str:
        """The target as a user writes it, without secrets."""

    def present(self, version: str) -> Present:
        """What is there now, where this version would go; nothing is changed.

        Args:
            version: the id of the version that is to be published.
        """

    def put(self, payload: Payload, present: Present, tell: Tell) -> Receipt:
        """Make the place hold the whole version, or leave it as it was.

        It may be killed at any moment and be called again. A version that is there already is left alone.

        Args:
            payload: what is to be there.
            present: what `present` said; where that no longer holds, nothing is changed.
            tell: is told what is being done.
        """

    def check(self, payload: Payload, receipt: Receipt) -> None:
        """Read back what the receipt names, past every cache, and hold its digests and row counts against the payload.

        Raises:
            CurateError: a file is missing or another.
        """

    def find(self, version: str | None) -> str:
        """The exact revision that a user means.

        Args:
            version: an id or the beginning of one, or what else names a state there (tag, branch, commit); None for
                the newest.
        """

    def fetch(self, revision: str, names: Sequence[str], folder: Path, tell: Tell) -> None:
        """Bring files of a revision into a folder, each under its own name; their digests are the caller's to check.

        Args:
            revision: as `find` gave it.
            names: of files, relative, with `/`.
            folder: of this machine; folders within it are made.
            tell: is told what is being done.
        """
