"""Losses from log-probabilities."""

from __future__ import annotations

from math import log

import polars as pl
import pytest

from curate.metric.loss import ifd, loss


def lists(*rows: list[float | None] | None) -> pl.Series:
    return pl.Series(list(rows), dtype=pl.List(pl.Float64))


def test_loss_is_the_mean_of_what_is_missing_to_certainty() -> None:
    found = loss(lists([log(0.5), log(0.25)], [0.0], [], None, [log(0.5), None]))
    assert found.to_list() == [pytest.approx(1.5 * log(2)), 0.0, None, None, None]


@pytest.mark.parametrize("value", [0.1, float("nan"), float("inf")])
def test_what_is_no_logarithm_of_a_probability_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="is no log-probability"):
        loss(lists([-1.0, value]))


def test_impossible_tokens_have_an_endless_loss() -> None:
    assert loss(lists([float("-inf")])).to_list() == [float("inf")]


def test_single_precision_is_summed_in_double() -> None:
    values = pl.Series([[-0.1] * 100_000], dtype=pl.List(pl.Float32))
    assert loss(values)[0] == pytest.approx(0.1, rel=1e-7)


def test_ifd_is_the_share_of_the_loss_that_the_prompt_leaves() -> None:
    found = ifd(pl.Series([1.0, 3.0, 1.0, None, 1.0]), pl.Series([2.0, 2.0, 0.0, 1.0, None]))
    assert found.to_list() == [0.5, 1.5, None, None, None]
    assert ifd(pl.Series([], dtype=pl.Float64), pl.Series([], dtype=pl.Float64)).to_list() == []
