r"""Whether two final answers are the same.

The rules, in words:

- Numbers and expressions are compared exactly: 0.5 is 1/2 and \frac{\sqrt{2}}{2} is 1/\sqrt{2}, 0.33 is not 1/3.
- A unit may be missing; two known ones must be the same. 50% is 50, and it is 1/2; but 50 is not 0.5.
- `x = 5` is 5, `x \in [1, 2)` is [1, 2).
- Lists and sets have no order, tuples and intervals do, and [1, 2] is not (1, 2).
- What is no mathematics is compared as text, without case, blanks, signs at its ends and LaTeX around it.
- The letter of a choice may stand in brackets or before its text: (B), B. and B) 12 are B.
"""

from __future__ import annotations

import re
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache

from curate.metric.answer import algebra
from curate.metric.answer.algebra import Algebra, Expression, TooLargeError
from curate.metric.answer.approximate import approximate
from curate.metric.answer.notation import LONGEST, plain, unwrapped
from curate.metric.answer.reader import read
from curate.metric.answer.value import Collection, Quantity, Relation, Value

_CHOICE = re.compile(r"\(?([A-Z])\)?[.:]?")
_CHOSEN = re.compile(r"(?:option |choice |answer )?(?:\(([A-Za-z])\)|([A-Z])(?:[).:]|$))", re.IGNORECASE)
_LOOSE = re.compile(r"(?<!\d)[\s{}\"'`.;:!?$\\]+|[\s{}\"'`.;:!?$\\]+(?!\d)")  # between digits they mean something
_MOST_PAIRS = 64  # items of a list that are held against each other; longer ones are compared in their order
_TURNED = {">": "<", ">=": "<="}

_read = lru_cache(maxsize=1 << 14)(read)


def equal(one: str, other: str, tolerance: float = 0.0) -> bool:
    """Whether two answers are the same.

    Args:
        one: an answer alone, without the words around it (`curate.metric.answer.extract`).
        other: another one.
        tolerance: by which share of the larger number two numbers may differ.
    """
    if one.strip() == other.strip() or max(len(one), len(other)) > LONGEST:
        return one.strip() == other.strip() != ""
    chosen = _chosen(one, other)
    if chosen is not None:
        return chosen
    first, second = _read(one), _read(other)
    if first is not None and second is not None:
        with suppress(TooLargeError, ZeroDivisionError):
            return Comparison(tolerance).same(first, second)
    return alike(one, other)


def _chosen(one: str, other: str) -> bool | None:
    """Whether the same choice is named; None where neither answer is the letter of one."""
    one, other = unwrapped(plain(one)), unwrapped(plain(other))
    for letter, said in ((one, other), (other, one)):
        found = _CHOICE.fullmatch(letter)
        named = _CHOSEN.match(said)
        if found is not None and named is not None:
            return found[1] == (named[1] or named[2]).upper() and (bool(named[1]) or (named[2] or "").isupper())
    return None


def alike(one: str, other: str) -> bool:
    """Whether two answers in words are the same text; what stands between commas may be in any order."""
    first, second = (sorted(_LOOSE.sub("", part) for part in _words(text).split(",")) for text in (one, other))
    return first == second != [""]


def in_words(answer: str) -> bool:
    """Whether an answer is no mathematics that is known here."""
    return _read(answer) is None


def _words(text: str) -> str:
    return unwrapped(plain(text)).lower().replace(" and ", ",").replace(", ,", ",")


class Comparison:
    """A comparison of two values, with one budget for all its steps.

    Args:
        tolerance: by which share of the larger number two numbers may differ.
    """

    def __init__(self, tolerance: float) -> None:
        self._tolerance = tolerance
        self._algebra = Algebra()

    def same(self, one: Value, other: Value) -> bool:
        """Whether two values are the same answer."""
        one, other = _single(one), _single(other)
        if isinstance(one, Relation) and isinstance(other, Relation):
            return self._relations(one, other)
        one, other = _told(one), _told(other)
        if isinstance(one, Quantity) and isinstance(other, Quantity):
            return self._quantities(one, other)
        if isinstance(one, Collection) and isinstance(other, Collection):
            return self._collections(one, other)
        return False

    def _quantities(self, one: Quantity, other: Quantity) -> bool:
        if one.units and other.units and one.units != other.units:
            return False
        if self._expressions(one.expression, other.expression):
            return True
        shares = [held.units == ("%",) for held in (one, other)]
        if shares[0] == shares[1]:
            return False
        share, whole = (one, other) if shares[0] else (other, one)
        hundredth = self._algebra.multiply(share.expression, algebra.number(Fraction(1, 100)))
        return self._expressions(hundredth, whole.expression)

    def _expressions(self, one: Expression, other: Expression) -> bool:
        if self._algebra.equal(one, other):
            return True
        if not self._tolerance:
            return False
        first, second = approximate(one), approximate(other)
        return (
            first is not None
            and second is not None
            and abs(first - second) <= self._tolerance * max(abs(first), abs(second))
        )

    def _collections(self, one: Collection, other: Collection) -> bool:
        if one.kind != other.kind or len(one.items) != len(other.items):
            return False
        if one.kind in {"list", "union"} and len(one.items) <= _MOST_PAIRS:
            return self._unordered(one, other)
        return all(self.same(*pair) for pair in zip(one.items, other.items, strict=True))

    def _unordered(self, one: Collection, other: Collection) -> bool:
        left = list(other.items)
        for item in one.items:
            place = next((place for place, held in enumerate(left) if self.same(item, held)), None)
            if place is None:
                return False
            del left[place]
        return True

    def _relations(self, one: Relation, other: Relation) -> bool:
        one, other = _turned(one), _turned(other)
        if one.signs != other.signs:
            return False
        if all(self.same(*pair) for pair in zip(one.sides, other.sides, strict=True)):
            return True
        if one.signs == ("!=",):
            return all(self.same(*pair) for pair in zip(one.sides, other.sides[::-1], strict=True))
        return one.signs == ("=",) and self._equations(one, other)

    def _equations(self, one: Relation, other: Relation) -> bool:
        """Whether two equations differ by a factor only."""
        differences = []
        for held in (one, other):
            left, right = held.sides
            if not isinstance(left, Quantity) or not isinstance(right, Quantity):
                return False
            differences.append(self._algebra.add(left.expression, self._algebra.negate(right.expression)))
        first, second = differences
        if not first.over or not second.over:
            return False
        mono = min(first.over)
        scale = second.over.get(mono)
        if scale is None:
            return False
        scaled = self._algebra.multiply(first, algebra.number(scale / first.over[mono]))
        return self._algebra.equal(scaled, second)


def _single(value: Value) -> Value:
    r"""A set of one as its element, and both readings of a plus-minus sign as one list: `0, \pm 1` is 0, 1, -1."""
    if not isinstance(value, Collection):
        return value
    items = value.items
    if value.kind == "either":
        read_twice = [part for item in items for part in _listed(item)]
        items = tuple(part for place, part in enumerate(read_twice) if part not in read_twice[:place])
    elif value.kind not in {"list", "{}"}:
        return value
    return _single(items[0]) if len(items) == 1 else Collection("list", items)


def _listed(value: Value) -> tuple[Value, ...]:
    return value.items if isinstance(value, Collection) and value.kind in {"list", "{}"} else (value,)


def _told(value: Value) -> Value:
    """What a relation says of a symbol: 5 of `x = 5`, and of `x = 2 + 3 = 5`."""
    if isinstance(value, Relation) and set(value.signs) <= {"=", "in"} and _is_name(value.sides[0]):
        return _single(value.sides[-1])
    return value


def _is_name(value: Value) -> bool:
    """Whether it is a symbol, or a function of one: f(x) is read as a product of the two."""
    if isinstance(value, Collection):
        return value.kind == "()" and all(_is_name(item) for item in value.items)
    if not isinstance(value, Quantity) or len(value.expression.over) != 1:
        return False
    ((mono, factor),) = value.expression.over.items()
    return factor == 1 and 1 <= len(mono) <= 2 and all(what[0] == "name" and abs(exp) == 1 for what, exp in mono)


def _turned(relation: Relation) -> Relation:
    """The same relation with its greater side last."""
    if relation.signs and relation.signs[0] in _TURNED:
        signs = tuple(_TURNED.get(sign, sign) for sign in reversed(relation.signs))
        return Relation(signs, relation.sides[::-1])
    return relation
