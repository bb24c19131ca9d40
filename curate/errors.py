"""Every error that a user can meet, as a tree.

CurateError               exit code 1
├── RecipeError           exit code 2: the recipe, or what the command line says of it
├── SourceFault           a file or row that does not fit its source
├── ExpectationError      exit code 3: the build broke an `expect:` of its recipe
├── LockError             what there is is not what a lock holds
├── AccountingError       a stage lost or invented records: a bug, never data
└── VersionError          a folder that is not the dataset version it should be
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

# Before the step's label in the note of an exception that rose in it.
STEP = "in step "


@contextmanager
def in_step(label: str) -> Iterator[None]:
    """Note on any exception that rises in the block at which step it did; the first note counts."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"{STEP}{label}")
        raise


class CurateError(Exception):
    """The root: its message says what was found, where, what is allowed and what to do."""

    exit_code = 1


class RecipeError(CurateError):
    """The recipe is wrong; the message lists every fault, each with file, line and column."""

    exit_code = 2


class SourceFault(CurateError):  # noqa: N818 - a fault of the data, which may be quarantined
    """A file that cannot be read as what it should be.

    Args:
        reason: what was found, and what was expected.
        line: 1-based line of the fault in the file, where one is known.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.reason = reason
        self.line = line


class ExpectationError(CurateError):
    """The finished build breaks an expectation that its recipe states.

    Args:
        message: what is broken, in words.
        checks: every expectation that was checked (`curate.expect.Check`).
    """

    exit_code = 3

    def __init__(self, message: str, checks: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.checks = list(checks)


class LockError(CurateError):
    """The inputs, packages or names of a recipe are not what its lock holds.

    Args:
        message: all of it, in words.
        differences: one by one (`curate.lock.Difference`).
    """

    def __init__(self, message: str, differences: Sequence[Any]) -> None:
        super().__init__(message)
        self.differences = list(differences)


class AccountingError(CurateError):
    """Records in and records out do not reconcile."""


class VersionError(CurateError):
    """A dataset version is damaged, missing or not one."""
