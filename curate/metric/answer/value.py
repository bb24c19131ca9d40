"""What an answer may be: a number or expression, several values, or a relation between some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, Union

from curate.metric.answer.algebra import Expression

Value: TypeAlias = Union["Quantity", "Collection", "Relation"]


@dataclass(frozen=True)
class Quantity:
    """An expression, with the units that are known of it (`curate.metric.answer.unit`)."""

    expression: Expression
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collection:
    """Several values.

    Args:
        kind: without order are `list`, `{}`, `union` and `either` (two readings of a plus-minus sign). With an order
            are the brackets around them (`()`, `[)`, …), `ratio`, `matrix` and its `row`.
        items: the values.
    """

    kind: str
    items: tuple[Value, ...]


@dataclass(frozen=True)
class Relation:
    """Values with relations between them: `=`, `<`, `<=`, `>`, `>=`, `!=`, `in`; one sign less than sides."""

    signs: tuple[str, ...]
    sides: tuple[Value, ...]
