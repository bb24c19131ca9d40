"""The scores of tasks: means that no order changes, and intervals that hold what they promise."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.score.table import summary, tasks

SCORES = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=30)


@given(SCORES, st.data())
def test_order_has_no_say(scores: list[float | None], chance: st.DataObject) -> None:
    def told(values: list[float | None]) -> pl.DataFrame:
        frame = pl.DataFrame({"score": values}, schema={"score": pl.Float64})
        frame = frame.with_columns(source=pl.lit("a"), task=pl.lit("t"))
        return tasks(frame, "m", binary=False, bounded=True)

    assert told(scores).equals(told(chance.draw(st.permutations(scores))))


def test_each_task_alone() -> None:
    rows = [("a", "t", 1.0), ("a", "t", 0.0), ("a", "t", None), ("a", None, None), ("b", "t", 1.0)]
    frame = pl.DataFrame(rows, schema=["source", "task", "score"], orient="row")
    found = tasks(frame, "exact_match", binary=True, bounded=True)
    assert found.select("source", "task", "records", "scored", "mean").rows() == [
        ("a", "t", 3, 2, 0.5),
        ("a", None, 1, 0, None),
        ("b", "t", 1, 1, 1.0),
    ]


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    # As statsmodels gives them for the method "wilson".
    [(0, 10, 0.0, 0.277533), (5, 10, 0.236593, 0.763407), (10, 10, 0.722467, 1.0), (3, 8, 0.136844, 0.694258)],
)
def test_wilson(right: int, n: int, low: float, high: float) -> None:
    scores = [1.0] * right + [0.0] * (n - right)
    assert summary(scores, binary=True, bounded=True) == pytest.approx((right / n, low, high), abs=1e-6)


def test_other_intervals() -> None:
    assert summary([], binary=False, bounded=True) == (None, None, None)
    assert summary([0.4], binary=False, bounded=True) == (0.4, None, None)
    mean, low, high = summary([0.0, 1.0, 0.0, 1.0], binary=False, bounded=True)
    assert (mean, low, high) == (0.5, 0.0, 1.0)
    mean, low, high = summary([1.0, 2.0, 3.0], binary=False, bounded=False)
    assert (mean, low, high) == pytest.approx((2.0, 2 - 1.959964 / 3**0.5, 2 + 1.959964 / 3**0.5))
