"""Where the licence that is declared for a whole promises more than the licences of its records allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from curate.license.account import ALLOWED, Account, Entry, covers
from curate.license.expression import Together, alternatives
from curate.license.terms import LICENSES

_WORDS = {
    "commercial": ("allows commercial use", "forbids it"),
    "derivatives": ("allows changed text to be passed on", "forbids it"),
}


@dataclass(frozen=True)
class Contradiction:
    """One promise that records do not keep.

    Args:
        declared: the licence that promises, as a canonical name.
        why: in words, without the records.
        entries: the records.
    """

    declared: str
    why: str
    entries: tuple[Entry, ...]

    @property
    def text(self) -> str:
        """In one line, with the records that decide."""
        named = "; ".join(f"{one.rows:,} records of {one.source!r} are {one.said!r}" for one in self.entries)
        return f"{self.why}: {named}"


def contradictions(declared: str, held: Account) -> tuple[Contradiction, ...]:
    """What a declared licence promises and the records do not keep; nothing where its own terms are not known.

    A licence with OR lets its readers choose, so each choice must be kept; of licences with AND, all bind the reader
    at once, so what one of them asks is asked.

    Args:
        declared: a licence, or an expression.
        held: the mix.
    """
    found = [
        one
        for names in alternatives(declared)
        if all(name in LICENSES for name in names)
        for one in _of(names, " AND ".join(sorted(names)), held.entries)
    ]
    return tuple(dict.fromkeys(found))


def _of(names: Together, said: str, entries: tuple[Entry, ...]) -> Iterator[Contradiction]:
    terms = [LICENSES[name] for name in names]
    for use in ALLOWED:
        if all(getattr(one, use) for one in terms):
            promise, breach = _WORDS[use]
            if wrong := tuple(one for one in entries if one.answer(use) is False):
                yield Contradiction(said, f"{said} {promise}, and the licence of these records {breach}", wrong)
    if not any(one.attribution for one in terms) and (
        wrong := tuple(one for one in entries if one.answer("attribution"))
    ):
        yield Contradiction(said, f"{said} asks for no attribution, and the licence of these records does", wrong)
    if wrong := tuple(one for one in entries if not _shared_alike(names, one)):
        yield Contradiction(said, f"the licence of these records asks for itself, and {said} is another", wrong)
    if wrong := tuple(one for one in entries if not one.known):
        yield Contradiction(said, f"nothing says that these records may be passed on as {said}", wrong)


def _shared_alike(names: Together, entry: Entry) -> bool:
    """Whether each licence of a record that asks for share-alike is met by one of the declared."""
    asked = [name for name in entry.names if name in LICENSES and LICENSES[name].share_alike]
    return all(any(covers(name, one) for name in names) for one in asked)
