"""Final answers: the table of pairs, what must always hold, and what may not take long."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.metric.answer import equal
from curate.metric.answer.notation import LONGEST
from support.metric_pairs import DIFFERENT, SAME

ALPHABET = st.sampled_from(
    [
        *"0123456789.,+-*/^_=<>()[]{}|!%$xyie ",
        *(r"\frac", r"\sqrt", r"\pm", r"\pi", r"\text{cm}", r"\cup", r"\\", "sin"),
    ]
)
HOSTILE = [
    "(" * 500 + ")" * 500,
    r"\sqrt" * 160 + "2",
    "-" * 990 + "1",
    "|" * 900,
    r"\frac" * 180,
    r"\sin" * 240 + "x",
    "9^" * 400 + "9",
    "10^{10^{10^{10}}}",
    "1e999999999",
    "2^{" * 300 + "2" + "}" * 300,
    "x" + "!" * 900,
    "(x+y+z+w+a+b+c)^64(x+y)^64",
    "((((x+1)^2)^2)^2)^2" * 40,
    r"(\sqrt2+\sqrt3+\sqrt5+\sqrt7+\sqrt{11}+\sqrt{13}+\sqrt{17})^{64}",
    "+".join(f"1/({one}+{other})" for one in "abcdef" for other in "uvwxyz"),
    r"\sqrt{" + "9" * 980 + "}",
    r"\pm" * 300 + "1",
    "1," * 499 + "1",
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one: str, other: str) -> None:
    assert equal(one, other)
    assert equal(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one: str, other: str) -> None:
    assert not equal(one, other)
    assert not equal(other, one)


@given(st.fractions(max_denominator=1000), st.fractions(max_denominator=1000))
def test_rational_numbers_are_equal_exactly_where_they_are(one: Fraction, other: Fraction) -> None:
    written = rf"\frac{{{one.numerator}}}{{{one.denominator}}}"
    assert equal(written, f"{one.numerator}/{one.denominator}")
    assert equal(written, f"{other.numerator}/{other.denominator}") == (one == other)


@given(st.integers(1, 400), st.integers(1, 400), st.integers(-20, 20), st.integers(-20, 20))
def test_roots_are_equal_exactly_where_they_are(one: int, other: int, factor: int, by: int) -> None:
    same = factor * abs(factor) * one == by * abs(by) * other
    assert equal(rf"{factor}\sqrt{{{one}}}", rf"{by}\sqrt{{{other}}}") == same


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=4), st.integers(-50, 50))
def test_polynomials_are_equal_to_their_factors(roots: list[int], place: int) -> None:
    """Expanded by multiplication of coefficients here, by the algebra there."""
    coefficients = [1]
    for root in roots:
        longer = [0, *coefficients]
        for at, coefficient in enumerate(coefficients):
            longer[at] -= root * coefficient
        coefficients = longer
    written = "+".join(f"({coefficient})x^{{{power}}}" for power, coefficient in enumerate(coefficients))
    factored = "".join(f"(x-({root}))" for root in roots)
    assert equal(factored, written)
    assert not equal(factored, written + "+1")
    assert equal(
        factored.replace("x", f"({place})"), str(sum(c * place**power for power, c in enumerate(coefficients)))
    )


@settings(max_examples=300)
@given(st.lists(ALPHABET, max_size=25).map("".join), st.lists(ALPHABET, max_size=25).map("".join))
def test_any_text_is_like_itself_and_comparison_has_no_sides(one: str, other: str) -> None:
    assert equal(one, one) == bool(one.strip())
    assert equal(one, other) == equal(other, one)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_answer_takes_long(text: str) -> None:
    started = time.process_time()
    equal(text, text + "+0")
    assert time.process_time() - started < 5  # a tenth of it and less on a machine that has nothing else to do


def test_an_answer_that_is_too_long_is_compared_as_it_stands() -> None:
    text = "1+" * LONGEST + "1"
    assert equal(text, " " + text)
    assert not equal(text, text + "+0")


def test_tolerance() -> None:
    assert not equal("0.333", "1/3")
    assert equal("0.333", "1/3", tolerance=0.01)
    assert not equal("0.33", "1/3", tolerance=0.001)
    assert equal("3.14", r"\pi", tolerance=0.001)
    assert equal("1.414", r"\sqrt{2}", tolerance=0.001)
    assert not equal("x", "y", tolerance=0.5)
    assert equal("(0.333, 1)", r"(\frac13, 1)", tolerance=0.01)
