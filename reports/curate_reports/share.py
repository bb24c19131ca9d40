"""A count and what it is of the whole: the smallest fact of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """How many records have a property.

    Args:
        name: of the property: a licence, a language, a split.
        rows: that have it.
        share: of all, 0-1.
    """

    name: str
    rows: int
    share: float


def shares(counts: Mapping[str, int]) -> tuple[Share, ...]:
    """Counts as shares of their sum, the largest first, equal ones by name.

    >>> shares({"mit": 1, "apache-2.0": 3})[0]
    Share(name='apache-2.0', rows=3, share=0.75)
    """
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Share(name, rows, part(rows, total)) for name, rows in ranked)


def part(rows: int, total: int) -> float:
    """`rows` of `total`, 0 where there is nothing."""
    return rows / total if total else 0.0


def percent(share: float) -> str:
    """A share for people: small is not nothing, nearly all is not all.

    >>> percent(0.4223), percent(0.0001), percent(0.99999), percent(1.0), percent(0.0)
    ('42.2%', '<0.1%', '>99.9%', '100%', '0%')
    """
    if share in {0.0, 1.0}:
        return f"{share:.0%}"
    if share < 0.0005:
        return "<0.1%"
    return ">99.9%" if share >= 0.9995 else f"{share:.1%}"
