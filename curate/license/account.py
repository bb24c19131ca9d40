"""What a mix of licences allows and asks, and which records decide it.

Cautious where a licence is not known: nothing is allowed that no licence allows. Bookkeeping, not legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from curate.license.expression import allows, chosen
from curate.license.terms import LICENSES

Use = Literal["commercial", "derivatives", "attribution", "share_alike"]
ALLOWED: tuple[Use, ...] = ("commercial", "derivatives")
ASKED: tuple[Use, ...] = ("attribution", "share_alike")


@dataclass(frozen=True)
class Entry:
    """Records of one source under one licence.

    Args:
        source: its name in the recipe.
        said: the licence as the records have it.
        names: canonical names of the licences that hold together; of an expression with OR, the choice that allows
            most.
        rows: records.
    """

    source: str
    said: str
    names: tuple[str, ...]
    rows: int

    @property
    def known(self) -> bool:
        """Whether the terms of all its licences are known."""
        return all(name in LICENSES for name in self.names)

    def answer(self, use: Use) -> bool | None:
        """Whether the licence allows a use or asks for a thing; None where that is not known."""
        if use in ALLOWED:
            return allows(self.said, use)
        said = [getattr(LICENSES[name], use) for name in self.names if name in LICENSES]
        return True if True in said else False if self.known else None


@dataclass(frozen=True)
class Verdict:
    """What follows for the whole.

    Args:
        use: what was asked.
        value: of `commercial` and `derivatives`, whether every record allows it; of `attribution` and `share_alike`,
            whether any record asks for it. None where the licence of some records is not known and that decides.
        deciding: the records that decide: those that forbid or ask, else those of which nothing is known.
    """

    use: Use
    value: bool | None
    deciding: tuple[Entry, ...]


@dataclass(frozen=True)
class Account:
    """The licences of a mix.

    Args:
        entries: by source and licence, in the order given.
        verdicts: by use.
        clashes: pairs of licences that ask for share-alike, of which neither may stand for the other: no single
            licence can then cover a text that is made of both.
    """

    entries: tuple[Entry, ...]
    verdicts: Mapping[Use, Verdict]
    clashes: tuple[tuple[str, str], ...]


def account(rows: Mapping[tuple[str, str], int]) -> Account:
    """Conclude for a mix.

    Args:
        rows: records by source and licence.

    Example:
        >>> held = account({("maths", "MIT"): 600, ("alpaca", "cc-by-nc-4.0"): 50})
        >>> [(one.use, one.value) for one in held.verdicts.values()]
        [('commercial', False), ('derivatives', True), ('attribution', True), ('share_alike', False)]
    """
    entries = tuple(
        Entry(source, said, tuple(sorted(chosen(said))), count) for (source, said), count in rows.items() if count
    )
    verdicts = {use: _allowed(use, entries) for use in ALLOWED} | {use: _asked(use, entries) for use in ASKED}
    return Account(entries, verdicts, _clashes(entries))


def _allowed(use: Use, entries: tuple[Entry, ...]) -> Verdict:
    for value in (False, None):
        if deciding := tuple(one for one in entries if one.answer(use) is value):
            return Verdict(use, value, deciding)
    return Verdict(use, value=True, deciding=())


def _asked(use: Use, entries: tuple[Entry, ...]) -> Verdict:
    for value in (True, None):
        if deciding := tuple(one for one in entries if one.answer(use) is value):
            return Verdict(use, value, deciding)
    return Verdict(use, value=False, deciding=())


def _clashes(entries: tuple[Entry, ...]) -> tuple[tuple[str, str], ...]:
    alike = sorted({name for one in entries for name in one.names if name in LICENSES and LICENSES[name].share_alike})
    return tuple(
        (one, other)
        for at, one in enumerate(alike)
        for other in alike[at + 1 :]
        if not covers(one, other) and not covers(other, one)
    )


def covers(declared: str, asked: str) -> bool:
    """Whether what is made of a share-alike text may bear another licence instead of the text's own.

    Creative Commons' share-alike licences from 2.0 on allow later versions of themselves, and BY-SA 4.0 allows
    GPL-3.0 (https://creativecommons.org/share-your-work/licensing-considerations/compatible-licenses/).

    Args:
        declared: the licence of the whole, as a canonical name.
        asked: the text's licence, likewise.
    """
    if declared == asked:
        return True
    if (declared, asked) == ("gpl-3.0", "cc-by-sa-4.0"):
        return True
    (kind, version), (other, older) = _versioned(declared), _versioned(asked)
    if kind != other or not asked.startswith("cc-"):
        return False
    return older == "" or (older != "1.0" and version > older)


def _versioned(name: str) -> tuple[str, str]:
    """`cc-by-sa-4.0` as kind and version; no version is the empty text."""
    kind, _, version = name.rpartition("-")
    return (kind, version) if version[:1].isdigit() else (name, "")
