r"""The final answer in what models and authors write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curate.metric.answer import equal, expected, final
from curate.metric.answer.reader import read

MARKED = [
    (r"We get $x=5$. So it is \boxed{5}.", "5"),
    (r"\boxed{1}, then \boxed{\frac{1}{2}}", r"\frac{1}{2}"),
    (r"first \boxed 7 apples", "7"),
    (r"\fbox{7}", "7"),
    (r"so \boxed{a{b}c} and more", "a{b}c"),
    (r"\boxed{\{1,2\}}", r"\{1,2\}"),
    (r"unclosed \boxed{12", "12"),
    ("She has 3 + 4 = <<3+4=7>>7 apples.\n#### 7", "7"),
    ("#### 1\n#### 2\nmore", "2"),
    ("The answer is 42.", "42"),
    ("The answer is: 42", "42"),
    ("The answer is $42$.", "42"),
    ("The answer is 3.5.", "3.5"),
    (r"Therefore, the final answer is $\frac{1}{2}$. I hope it is correct.", r"\frac{1}{2}"),
    ("**Answer:** 3.5", "3.5"),
    ("The answer is 5 apples because he ate 3.", "5"),
    ("The answer is 1,234 dollars, which is less than 2,000.", "1,234"),
    (r"The answer is 28\%.", r"28\%"),
    ("The answer is $28$%.", "$28$%"),
    ("The answer is (B).", "(B)"),
    ("answer is option C", "C"),
    ("Answer: x = 5", "x = 5"),
    ("The answer is 3. No wait, the answer is 4.", "4"),
    ("He pays $18.", "$18"),
    ("It takes 3 hours and 45 minutes", "45"),
    ("first line 9\nso 3/4 of it", "3/4"),
    ("42", "42"),
    (r"\frac{1}{2}", r"\frac{1}{2}"),
    ("Evelyn", "Evelyn"),
    ("so the total is $x^2+1$", "x^2+1"),
    ("It is -5 degrees", "-5"),
    ("7 - 2 makes five, and 10-5 too: 5", "5"),
    ("no digits\nin two lines", None),
    ("", None),
    ("  \n ", None),
]


@pytest.mark.parametrize(("text", "answer"), MARKED)
def test_final(text: str, answer: str | None) -> None:
    assert final(text) == answer


def test_only_the_ways_that_are_asked_for() -> None:
    text = "It is 4.\n#### 5\nThe answer is 6"
    assert final(text, ["boxed"]) is None
    assert final(text, ["hash"]) == "5"
    assert final(text, ["phrase", "hash"]) == "6"


def test_a_short_reference_is_an_answer_as_a_whole() -> None:
    assert expected("June 20") == "June 20"
    assert expected("So it was.\n#### 20") == "20"
    assert expected("It was a long story " * 10 + "until 20") == "20"
    assert expected(" ") is None


def test_a_million_characters_without_an_answer_cost_no_time() -> None:
    for text in ("\\boxed{" * 150_000, "answer is " * 100_000, "$" * 999_999, "#" * 1_000_000, "\\(" * 500_000):
        final(text)


def solutions(path: Path) -> list[str]:
    return [json.loads(line)["solution"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_real_answers_of_math_are_read(real_data: Path) -> None:
    """All that is not read are words: names, days, letters of choices."""
    answers = {final(text) for text in solutions(real_data / "math_hendrycks_test" / "math" / "test.jsonl")}
    assert len(answers) == 2043
    assert None not in answers
    unread = [answer for answer in answers if answer is not None and read(answer) is None]
    assert all("text" in answer or "mbox" in answer for answer in unread)
    assert len(unread) < 45


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"\frac", r"\dfrac"),
        (r"\frac", r"\tfrac"),
        (" ", r"\,"),
        ("", " "),
        ("(", r"\left("),
        (r"\sqrt", r"\!\sqrt"),
        ("$", ""),
        (r"\text", r"\mathrm"),
    ],
)
def test_real_answers_of_math_stay_the_same_in_other_looks(real_data: Path, old: str, new: str) -> None:
    answers = {final(text) or "" for text in solutions(real_data / "math_hendrycks_test" / "math" / "test.jsonl")}
    turned = {answer: answer.replace(old, new) if old else f" ${answer}$ ." for answer in sorted(answers)}
    assert [answer for answer, other in turned.items() if "\\ " not in answer and not equal(answer, other)] == []
