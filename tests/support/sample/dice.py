"""Chance from a fixed seed, the same in every Python version.

Only `random.Random.random` is promised to give the same numbers in later versions, so everything is built on that one
method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that depend on nothing but the seed."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311 - sample data, not secrets

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self._random.random() < share

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.number(0, len(items) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a random order."""
        rest = list(items)
        return [rest.pop(self.number(0, len(rest) - 1)) for _ in range(len(rest))]

    def take(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, in a random order."""
        return self.shuffled(items)[:count]


def normalised(text: str) -> str:
    """The text in lower case with single blanks: two prompts that agree in this are the same prompt."""
    return " ".join(text.lower().split())


def distinct(count: int, make: Callable[[], T], key: Callable[[T], str]) -> list[T]:
    """Call `make` until `count` results with different keys have come.

    Raises:
        ValueError: the templates do not yield so many.
    """
    found: dict[str, T] = {}
    for _ in range(200 * count):
        thing = make()
        found.setdefault(normalised(key(thing)), thing)
        if len(found) == count:
            return list(found.values())
    raise ValueError(f"only {len(found)} of {count} different records: add templates")
