"""Why a record is in one version and not in the other.

A record's way through two versions is the same until one of them drops it, or never had it: that place decides.

direct        what decides there was itself changed: the step's settings, its being there, the seed that it draws
              with, the input that the record came from.
consequence   the step is as it was, but what it sees is not. Where the ledger names a twin (the record that stays
              instead), the twin's own story is the cause; else every change that had an effect further up is, for a
              step that compares records, and every change that can alter a text, for a step that looks at one record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curate.diff.align import Pair
from curate.diff.change import Made, is_random
from curate.diff.read import ABSENT, KEPT

_LOOKS_AT_ONE = ("filter", "transform", "decontaminate", "format")
# Columns that a source's own word fills.
_DECLARED = ("license", "origin")
_FORMATTED = ("prompt", "completion", "text", "messages", "tools")
NOTHING = "nothing that the versions record explains it"


@dataclass(frozen=True)
class Case:
    """Records that differ alike.

    Args:
        source: theirs.
        at: the place that decides, or ABSENT.
        ranked: the step decided by hashed rank.
        twin_source: of the record that stays instead, where there is one, and
        twin_at: where that one ended in the other version, if before `at`; else None.
    """

    source: str
    at: int
    ranked: bool = False
    twin_source: str | None = None
    twin_at: int | None = None


@dataclass(frozen=True)
class Cause:
    """Numbers of changes, and the step at which they show if that is not their own."""

    changes: tuple[int, ...]
    via: int | None = None


class Explainer:
    """Finds causes; cases must be asked for in the order of their places, as later ones build on earlier ones."""

    def __init__(self, pairs: Sequence[Pair], made: Sequence[Made]) -> None:
        self._pairs = pairs
        self._made = made
        self._touched: set[tuple[int, str, tuple[int, ...]]] = set()

    def case(self, case: Case) -> Cause:
        """The cause of one case; it counts as an effect for the steps behind it."""
        cause = self._absent(case.source) if case.at == ABSENT else self._at_step(case)
        self._touched.add((case.at, case.source, cause.changes))
        return cause

    def content(self, source: str, columns: Iterable[str]) -> Cause:
        """The cause of another content in both versions' record: of any of these columns."""
        found: set[int] = set()
        via: set[int | None] = set()
        for column in columns:
            cause = self._column(source, column)
            found.update(cause.changes)
            via.add(cause.via)
        return Cause(tuple(sorted(found)), via.pop() if len(via) == 1 else None)

    def copies(self, source: str) -> Cause:
        """The cause of more or fewer copies of a record that both versions hold."""
        steps = [at for at, pair in enumerate(self._pairs) if pair.name == "sample"]
        direct = [
            one.change.number
            for one in self._made
            if one.at in steps
            and self._reaches(one, source)
            and (one.change.kind != "setting" or any(said.key == "repeat" for said in one.change.settings))
        ]
        return Cause(tuple(direct)) if direct else self._split(source)

    def fallback(self) -> Cause:
        """Other packages, where nothing in recipe and inputs can be the cause."""
        return Cause(tuple(one.change.number for one in self._made if one.change.kind == "package"))

    def _absent(self, source: str) -> Cause:
        mine = [one for one in self._made if one.at == ABSENT and one.scope == source]
        whole = [one for one in mine if one.change.kind in ("source added", "source removed")]
        found = whole or [*(one for one in self._made if one.change.kind == "limit"), *mine]
        return Cause(tuple(one.change.number for one in found)) if found else self.fallback()

    def _at_step(self, case: Case) -> Cause:
        direct = self._direct(case.at, ranked=case.ranked, twin=case.twin_source is not None)
        if case.twin_at is not None and case.twin_source is not None:
            twin = self._absent(case.twin_source) if case.twin_at == ABSENT else self._story(case)
            if twin.changes:
                return Cause(twin.changes, case.at)
        if direct:
            return Cause(tuple(direct))
        found = self._upstream(case.at, case.source)
        return Cause(tuple(found), case.at) if found else self.fallback()

    def _story(self, case: Case) -> Cause:
        """What became of the twin at an earlier step."""
        at = case.twin_at if case.twin_at is not None else ABSENT
        direct = self._direct(at)
        return Cause(tuple(direct or self._upstream(at, case.twin_source or case.source)))

    def _direct(self, at: int, *, ranked: bool = False, twin: bool = False) -> list[int]:
        pair = self._pairs[at]
        found = [one.change.number for one in self._made if one.at == at and one.change.kind != "template"]
        if ranked or is_random(pair.name):
            found += [one.change.number for one in self._made if one.change.kind == "seed"]
        if twin and pair.name == "dedup":
            found += [one.change.number for one in self._made if one.change.kind == "order"]
        return sorted(found)

    def _upstream(self, at: int, source: str) -> list[int]:
        """The changes that can be why a step which is as it was decides otherwise."""
        pair = self._pairs[at]
        altering = {one.change.number for one in self._altering(at, source, alone=pair.scope is not None)}
        if pair.name.partition(".")[0] in _LOOKS_AT_ONE:
            alone = {one.change.number for one in self._altering(at, source, alone=True)}
            if alone:
                return sorted(alone)
        found = altering | {
            number
            for place, name, changes in self._touched
            if place < at and (pair.scope is None or name == source)
            for number in changes
        }
        if pair.shifted and is_random(pair.name):
            found |= {
                one.change.number
                for one in self._made
                if one.scope == pair.scope and ABSENT < one.at <= at and one.change.kind.startswith("step")
            }
        return sorted(found)

    def _altering(self, at: int, source: str, *, alone: bool) -> list[Made]:
        """Changes before a place that can alter what a row says: of this source, or of any."""
        return [
            one
            for one in self._made
            if one.content
            and one.at < at
            and one.change.kind != "package"
            and (not alone or self._reaches(one, source))
        ]

    @staticmethod
    def _reaches(one: Made, source: str) -> bool:
        return one.scope is None or one.scope == source

    def _column(self, source: str, column: str) -> Cause:
        if column == "split":
            return self._split(source)
        mine = [one for one in self._made if one.content and self._reaches(one, source)]
        inputs = [one for one in mine if one.change.kind in ("input", "source")]
        steps = [
            one for one in mine if one.at != ABSENT and (column in _FORMATTED or self._pairs[one.at].name != "format")
        ]
        if column in _DECLARED:
            said = [one for one in inputs if any(setting.key == column for setting in one.change.settings)]
            found = said or [one for one in inputs if one.change.kind == "input"] or steps
        elif column in _FORMATTED:
            # The text is part of the id, so a record that kept its id came in with the same text.
            found = steps or inputs
        else:
            found = [*inputs, *steps]
        return Cause(tuple(one.change.number for one in found)) if found else self.fallback()

    def _split(self, source: str) -> Cause:
        at = next((at for at, pair in enumerate(self._pairs) if pair.name == "split"), None)
        if at is None:
            return self.fallback()
        direct = self._direct(at)
        if direct:
            return Cause(tuple(direct))
        found = self._upstream(min(at, KEPT), source)
        return Cause(tuple(found), at) if found else self.fallback()
