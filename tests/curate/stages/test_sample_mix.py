"""`sample: mix`: sizes by temperature, against the formula and what must hold of any sizes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from curate.stages._sample_mix import tempered
from support.examples import apply, frame, stage

SIZES = st.lists(st.integers(1, 1_000_000), min_size=1, max_size=8)
TEMPERATURES = st.sampled_from([0.5, 1.0, 2.0, 3.3, 100.0])


def parts(sizes: list[int], temperature: float, limit: int | None = None, take: int | None = None) -> list[int]:
    return tempered(np.asarray(sizes, dtype=np.float64), temperature, limit, take).tolist()


@settings(max_examples=300)
@given(sizes=SIZES, temperature=TEMPERATURES, limit=st.none() | st.integers(1, 1000))
def test_proportions_are_the_formula(sizes: list[int], temperature: float, limit: int | None) -> None:
    """Parts relate as min(size, K) ** (1/T) to within a row, none is larger than its size, and one is used up."""
    found = parts(sizes, temperature, limit)
    weights = [min(size, limit or size) ** (1 / temperature) for size in sizes]
    level = min(size / weight for size, weight in zip(sizes, weights, strict=True))
    for size, weight, rows in zip(sizes, weights, found, strict=True):
        assert rows <= size
        assert abs(rows - level * weight) <= 1 + 1e-6 * size
    assert any(rows == size for rows, size in zip(found, sizes, strict=True))


@settings(max_examples=300)
@given(sizes=SIZES, temperature=TEMPERATURES, take=st.integers(0, 2_000_000), more=st.integers(0, 100_000))
def test_take_is_met_and_a_larger_one_only_adds(sizes: list[int], temperature: float, take: int, more: int) -> None:
    """So many rows come, at most one a part fewer; a part that gives not all has its proportion to the others."""
    found, raised = parts(sizes, temperature, take=take), parts(sizes, temperature, take=take + more)
    wanted = min(take, sum(sizes))
    assert wanted - len(sizes) <= sum(found) <= wanted
    assert all(low <= high <= size for low, high, size in zip(found, raised, sizes, strict=True))
    open_parts = [
        (rows + 1) / size ** (1 / temperature) for rows, size in zip(found, sizes, strict=True) if rows < size
    ]
    for rows, size in zip(found, sizes, strict=True):
        if open_parts:
            assert rows / size ** (1 / temperature) <= min(open_parts) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("sizes", "temperature", "limit", "take", "expected"),
    [
        ([100, 10_000], 2, None, None, [100, 1000]),
        ([100, 10_000], 2, None, 110, [10, 100]),
        ([100, 10_000], 1, None, 1010, [10, 1000]),
        ([100, 10_000], 1, 100, None, [100, 100]),
        ([10, 1000, 1000], 1e9, None, 310, [10, 150, 150]),
        ([5, 5], 2, None, 100, [5, 5]),
        ([5, 5], 2, 0, 4, [0, 0]),
        ([], 2, None, None, []),
    ],
)
def test_by_hand(
    sizes: list[int], temperature: float, limit: int | None, take: int | None, expected: list[int]
) -> None:
    assert parts(sizes, temperature, limit, take) == expected


def test_square_root_of_sources(tmp_path: Path) -> None:
    """In a mixture: 4 and 64 rows at temperature 2 leave 4 and 16."""
    rows = [{"source": "a"}] * 4 + [{"source": "b"}] * 64
    left, gone, _ = apply(
        stage("sample", {"mix": {"by": "source", "temperature": 2}}, sources=("a", "b")), frame(rows), tmp_path
    )
    assert sorted(left["source"]) == ["a"] * 4 + ["b"] * 16
    assert set(gone["rule"]) == {"mix"}
    assert set(gone["limit"]) == {"16"}


def test_tasks_and_records_without_one(tmp_path: Path) -> None:
    """A source's records without a task are one part beside its tasks."""
    rows = [{"task": "t"}] * 9 + [{"task": None}] * 25 + [{"task": "u"}]
    left, _, _ = apply(stage("sample", {"mix": {"by": "task", "temperature": 2}}), frame(rows), tmp_path)
    kept = dict(left.group_by("task").len().iter_rows())
    assert kept == {"u": 1, "t": 3, None: 5}


def test_sources_are_mixed_in_the_mixture_only() -> None:
    """A source's own step sees one source: there is nothing to mix."""
    kind = type(stage("sample", {"take": 1}))
    said = {"mix": {"by": "source", "temperature": 2}}
    with pytest.raises(ValidationError, match="mix belongs to the recipe's own steps"):
        kind.Settings.model_validate(said, context={"source": "a"})
    by_task = {"mix": {"by": "task", "temperature": 2}}
    assert kind.Settings.model_validate(by_task, context={"source": "a"}).mix.temperature == 2


def test_temperature_is_positive() -> None:
    for temperature in (0, -1, math.nan):
        with pytest.raises(ValidationError):
            stage("sample", {"mix": {"by": "task", "temperature": temperature}})
