"""Confidence intervals: known values, and what must hold for any sample."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.metric.interval import share_interval


def test_known_values() -> None:
    """Wilson's interval as published in R's `binom` and `PropCIs` for 81 of 263, and for none of ten."""
    assert share_interval(81, 263) == pytest.approx((0.2552841, 0.3662081), abs=2e-5)
    assert share_interval(0, 10) == pytest.approx((0.0, 0.2775328), abs=1e-6)


def test_nothing_and_everything_sampled() -> None:
    assert share_interval(0, 0) == (0.0, 1.0)
    assert share_interval(0, 0, 50) == (0.0, 1.0)
    assert share_interval(30, 50, 50) == (0.6, 0.6)


@given(st.data(), st.integers(1, 10_000), st.floats(0.5, 0.999))
def test_holds_for_any_sample(data: st.DataObject, population: int, confidence: float) -> None:
    sampled = data.draw(st.integers(1, population))
    right = data.draw(st.integers(0, sampled))
    found = share_interval(right, sampled, population, confidence)
    share = right / sampled
    assert 0 <= found.low <= share <= found.high <= 1
    assert right / population <= found.low + 1e-12
    assert found.high <= (right + population - sampled) / population + 1e-12
    # A finite population says no less than an endless one, and a higher confidence is bought with width.
    endless = share_interval(right, sampled, None, confidence)
    assert endless.low <= found.low + 1e-12
    assert found.high <= endless.high + 1e-12
    surer = share_interval(right, sampled, population, (1 + confidence) / 2)
    assert surer.low <= found.low + 1e-12
    assert found.high <= surer.high + 1e-12
    # Right and wrong are two names.
    mirrored = share_interval(sampled - right, sampled, population, confidence)
    assert mirrored == pytest.approx((1 - found.high, 1 - found.low), abs=1e-12)


@pytest.mark.parametrize(
    ("population", "rights", "sampled"), [(400, 120, 60), (400, 20, 60), (60, 30, 30), (1000, 970, 100)]
)
def test_holds_the_share_nearly_as_often_as_it_says(population: int, rights: int, sampled: int) -> None:
    """Over all samples, each with its hypergeometric chance."""
    total = comb(population, sampled)
    covered = 0.0
    for right in range(max(0, sampled - population + rights), min(rights, sampled) + 1):
        found = share_interval(right, sampled, population)
        if found.low <= rights / population <= found.high:
            covered += comb(rights, right) * comb(population - rights, sampled - right) / total
    assert 0.93 < covered <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, 2), "3 right outcomes of 2 sampled"),
        ((-1, 2), "-1 right outcomes"),
        ((1, 3, 2), "3 outcomes sampled of 2"),
        ((1, 2, 3, 1.0), "confidence is 1.0"),
    ],
)
def test_numbers_that_contradict_each_other(arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        share_interval(*arguments)
