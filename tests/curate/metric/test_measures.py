"""Settings of the built-in metrics."""

from __future__ import annotations

import re
import string
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from curate import metric


def measured(name: str, prediction: str, *references: str, **settings: Any) -> float | None:
    found = metric.find(name)
    frame = pl.DataFrame({"prediction": [prediction], "references": [list(references)]})
    return found(found.Settings.model_validate(settings)).measure(frame)[0]


@pytest.mark.parametrize(
    ("one", "other", "settings", "right"),
    [
        (" Paris\n", "Paris", {}, 1),
        (" Paris", "Paris", {"strip": False}, 0),
        ("Paris", "Paris", {"strip": False}, 1),
        ("paris", "Paris", {}, 0),
        ("paris", "Paris", {"ignore": ["case"]}, 1),
        ("ÉCOLE", "école", {"ignore": ["case"]}, 1),
        ("Paris!", "Paris", {"ignore": ["case"]}, 0),
        ("Paris。", "Paris", {"ignore": ["punctuation"]}, 1),
        ("the Seine", "Seine", {"ignore": ["articles"]}, 1),
        ("theatre", "atre", {"ignore": ["articles"]}, 0),
        ("a  b", "a b", {}, 0),
        ("a \n b", "a b", {"ignore": ["blanks"]}, 1),
        ("cafe\u0301", "caf\u00e9", {}, 0),
        ("cafe\u0301", "caf\u00e9", {"unicode": "NFC"}, 1),
        ("\ufb01n", "fin", {"unicode": "NFC"}, 0),
        ("\ufb01n", "fin", {"unicode": "NFKC"}, 1),
        ("The  U.S.A.", "usa", {"ignore": "squad"}, 1),
        ("Paris。", "Paris", {"ignore": "squad"}, 0),  # the script knows ASCII punctuation only
        ("A", "the", {"ignore": "squad"}, 0),  # nothing would be left of either
        ("A", "a.", {"ignore": "squad"}, 0),
        ("A", "a", {"ignore": "squad"}, 1),
        ("-", "+", {"ignore": ["punctuation"]}, 0),
    ],
)
def test_exact_match(one: str, other: str, settings: dict[str, Any], right: int) -> None:
    assert measured("exact_match", one, other, **settings) == right


def squad(text: str) -> str:
    bare = "".join(sign for sign in text.lower() if sign not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


PIECES = st.lists(st.sampled_from(["The ", "a", " an", "cat", "CAT", ".", "-", " ", "é", "1.5", "\n"]), max_size=8).map(
    "".join
)


@given(PIECES, PIECES)
def test_squad_is_the_script_wherever_something_is_left(one: str, other: str) -> None:
    if squad(one) and squad(other):
        assert measured("exact_match", one, other, ignore="squad") == (squad(one) == squad(other))


@pytest.mark.parametrize("name", ["exact_match", "rouge_l"])
def test_empty_predictions_as_the_winners_counted_them(name: str) -> None:
    assert measured(name, " ", "something", empty=1.0) == 1.0
    assert measured(name, "", "", empty=1.0) == 1.0
    assert measured(name, "other", "something", empty=1.0) == 0.0


def test_empty_is_right_or_wrong() -> None:
    with pytest.raises(ValidationError, match=r"is 0\.5: a prediction is right"):
        measured("exact_match", "", "", empty=0.5)


def test_rouge_l_gives_what_is_asked_for() -> None:
    texts = ("the cat sat", "the cat sat on the mat")
    assert measured("rouge_l", *texts) == pytest.approx(2 / 3)
    assert measured("rouge_l", *texts, value="precision") == 1.0
    assert measured("rouge_l", *texts, value="recall") == 0.5
    assert measured("rouge_l", "sitting cats", "sit cat", stemmer=True) == 1.0
    assert measured("rouge_l", "sitting cats", "sit cat") == 0.0
    assert measured("rouge_l", "北京", "北方", tokens="unicode") == 0.5


def test_rouge_l_deletes_before_it_cuts() -> None:
    assert measured("rouge_l", "the U.S.", "the US") == 0.4
    assert measured("rouge_l", "the U.S.", "the US", delete=".") == 1.0
    assert measured("rouge_l", "...", "word", delete=".", empty=1.0) == 1.0  # nothing is left: an empty text
    assert measured("rouge_l", "word", "...", delete=".", empty=1.0) == 1.0
    assert measured("rouge_l", "...", "word", empty=1.0) == 0.0


def test_math_equal_takes_solutions_and_answers_alone() -> None:
    solution = "He has 3 + 4 = 7 apples.\n#### 7"
    assert measured("math_equal", solution, solution) == 1.0
    assert measured("math_equal", "7.0", solution) == 1.0
    assert measured("math_equal", r"so $\boxed{\frac{14}{2}}$", solution) == 1.0
    assert measured("math_equal", "He has 8.", solution) == 0.0
    assert measured("math_equal", "I do not know", solution) == 0.0


def test_math_equal_does_not_compare_a_part_of_what_was_said() -> None:
    assert measured("math_equal", "May 20", "June 20") == 0.0
    assert measured("math_equal", "june 20", "June 20") == 1.0
    assert measured("math_equal", "15", "1.5") == 0.0


def test_math_equal_looks_where_it_is_told() -> None:
    assert measured("math_equal", "It is 7", "7") == 1.0
    assert measured("math_equal", "It is 7", "7", ways=["boxed"]) == 0.0
    assert measured("math_equal", r"It is \boxed{7}", "7", ways=["boxed"]) == 1.0
    with pytest.raises(ValidationError, match="at least 1 item"):
        measured("math_equal", "7", "7", ways=[])


def test_math_equal_with_a_tolerance() -> None:
    assert measured("math_equal", "0.667", "2/3") == 0.0
    assert measured("math_equal", "0.667", "2/3", tolerance=0.001) == 1.0
