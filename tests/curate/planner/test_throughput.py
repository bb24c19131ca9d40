"""Speed and time of a QLoRA run: published figures, the tables, and what must hold of any card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.planner import affordable_tokens, card, digest, flops_per_token, hours, shape, throughput
from curate.planner.table import rows

MISTRAL, CARD = shape("7B"), card("rtx4090")


def test_operations_of_the_winners_run() -> None:
    """45.8 billion a token, counted independently; 1 % either way for the mean length, which is not published."""
    assert flops_per_token(MISTRAL, 128, 300) == pytest.approx(45.8e9, rel=0.015)


def test_an_a100_is_busy_to_43_percent() -> None:
    """What the makers of Qwen report: that share of 312 TFLOPS lies between no attention and all of 8192 tokens."""
    least, most = (2939 * flops_per_token(shape("qwen-7b"), 64, length) / card("a100").flops for length in (0, 8192))
    assert 0.38 < least < 0.43 < most < 0.5


def test_the_band_of_the_winners_card() -> None:
    """Their own run: 1,000 to 2,500 tokens a second, 1,700 expected; 3 epochs of 49M tokens then take 16 to 24 h."""
    band = throughput(MISTRAL, CARD)
    assert (band.low, band.expected, band.high) == pytest.approx((1000, 1700, 2500), rel=1e-6)
    assert band.measured
    assert hours(49e6, 3, band.expected) == pytest.approx(24, abs=0.1)
    assert hours(49e6, 3, band.high) == pytest.approx(16.3, abs=0.1)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["setup"][:30]) for row in rows("throughput")])
def test_each_row_of_the_table(row: dict[str, str]) -> None:
    """A packed run lies in its own card's band, within 10 % of its middle; unpacked runs are warnings, or slower."""
    found = throughput(shape(row["model"]), card(row["gpu"]), int(row["lora_rank"]), float(row["mean_length"]))
    if row["packed"] == "1":
        assert found.low <= float(row["expected"]) * (1 + 1e-9)
        assert float(row["expected"]) <= found.high * (1 + 1e-9)
        assert found.expected == pytest.approx(float(row["expected"]), rel=0.1)
    else:
        assert float(row["expected"]) not in (found.low, found.expected, found.high)


@pytest.mark.parametrize("name", ["models", "cards", "throughput"])
def test_every_fact_has_its_source(name: str) -> None:
    assert all(row["source"].startswith("https://") for row in rows(name))
    assert len(digest()) == 64


@pytest.mark.parametrize("name", [row["name"] for row in rows("cards")])
def test_every_card_has_a_band(name: str) -> None:
    """Low, expected, high, in this order, and none beyond what its vendor says is possible."""
    band = throughput(MISTRAL, card(name))
    assert 0 < band.low < band.expected < band.high
    assert band.high * flops_per_token(MISTRAL, 128, 240) < card(name).flops
    assert band.sources


def test_larger_models_are_slower() -> None:
    speeds = [throughput(shape(name), CARD).expected for name in ("135M", "1.5B", "7B", "13B", "70B")]
    assert speeds == sorted(speeds, reverse=True)


@given(speed=st.floats(1, 1e5), time=st.floats(0.1, 1000), epochs=st.floats(0.5, 10), packing=st.floats(0.5, 1.0))
def test_tokens_are_the_inverse_of_hours(speed: float, time: float, epochs: float, packing: float) -> None:
    tokens = affordable_tokens(speed, time, epochs, packing)
    assert hours(tokens, epochs, speed, packing) <= time * (1 + 1e-9)
    assert hours(tokens + 2, epochs, speed, packing) > time * (1 - 1e-9)
