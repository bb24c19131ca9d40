"""`curate.components` against a union-find."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.components import bonds_of, components


def union_find(rows: int, keys: list[list[int | None]]) -> list[int]:
    """The least row of each row's component, slowly."""
    parent = list(range(rows))

    def root(row: int) -> int:
        while parent[row] != row:
            row = parent[row]
        return row

    for key in keys:
        first: dict[int, int] = {}
        for row, value in enumerate(key):
            if value is not None:
                one, two = sorted((root(row), root(first.setdefault(value, row))))
                parent[two] = one
    return [root(row) for row in range(rows)]


def found(rows: int, keys: list[list[int | None]]) -> list[int]:
    return components(rows, bonds_of(pl.Series("key", key, dtype=pl.UInt64) for key in keys)).tolist()


@settings(max_examples=300)
@given(st.data())
def test_same_as_union_find(data: st.DataObject) -> None:
    """Any number of keys with any nulls gives the components that a union-find gives, labelled by their least row."""
    rows = data.draw(st.integers(0, 40))
    value = st.none() | st.integers(0, data.draw(st.sampled_from([1, 5, 20, 2**64 - 1])))
    keys = data.draw(st.lists(st.lists(value, min_size=rows, max_size=rows), max_size=4))
    assert found(rows, keys) == union_find(rows, keys)


def test_null_binds_to_nothing() -> None:
    """Rows without a key stay alone."""
    assert found(3, [[None, None, None]]) == [0, 1, 2]
    assert found(0, []) == []
    assert found(2, []) == [0, 1]


def chain(length: int) -> list[list[int | None]]:
    """Row i is bound to i+1 by one key, and that to i+2 by the other."""
    even: list[int | None] = [row // 2 for row in range(length)]
    odd: list[int | None] = [(row + 1) // 2 for row in range(length)]
    return [even, odd]


def renumbered(keys: list[list[int | None]], order: list[int]) -> list[list[int | None]]:
    return [[key[row] for row in order] for key in keys]


@pytest.mark.parametrize("order", ["forward", "backward", "shuffled", "inside_out"])
def test_a_long_chain_takes_few_rounds(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of 2**14 rows in any order is one component, found in a number of rounds that is logarithmic."""
    length = 2**14
    rows = list(range(length))
    if order == "backward":
        rows.reverse()
    elif order == "shuffled":
        random.Random(1).shuffle(rows)  # noqa: S311
    elif order == "inside_out":
        rows = sorted(rows, key=lambda row: abs(row - length // 2))
    rounds = 0
    equal = np.array_equal

    def counted(*arguments: Any) -> bool:
        nonlocal rounds
        rounds += 1
        return equal(*arguments)

    monkeypatch.setattr(np, "array_equal", counted)
    assert found(length, renumbered(chain(length), rows)) == [0] * length
    assert 1 < rounds <= 2 * math.log2(length)
