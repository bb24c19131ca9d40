"""The repetition filter, and its measures against plain Python."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from curate import repetition
from support.rules import judge, outputs, step

TEXTS = st.lists(st.text(alphabet="ab \n", max_size=60), min_size=1, max_size=4)


def top(words: list[str], size: int) -> float:
    """The share of characters in the most frequent n-gram that stands twice; of equally frequent ones the longest."""
    grams = Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
    most = max(grams.values(), default=0)
    if most < 2:
        return 0.0
    covered = max(most * len("".join(gram)) for gram, count in grams.items() if count == most)
    return min(covered / len("".join(words)), 1.0)


def duplicate(words: list[str], size: int) -> float:
    """The share of characters in n-grams that stood before."""
    seen: set[tuple[str, ...]] = set()
    inside = [False] * len(words)
    for at in range(len(words) - size + 1):
        gram = tuple(words[at : at + size])
        if gram in seen:
            inside[at : at + size] = [True] * size
        seen.add(gram)
    covered = sum(len(word) for word, counts in zip(words, inside, strict=True) if counts)
    return covered / max(len("".join(words)), 1)


def lines(text: str) -> tuple[float, float]:
    """The shares of repeated lines and of their characters."""
    stripped = [line.strip() for line in text.split("\n") if line.strip()]
    seen: set[str] = set()
    again = [line for line in stripped if line in seen or seen.add(line)]  # type: ignore[func-returns-value]
    size = len("".join(stripped))
    return (len(again) / len(stripped), len("".join(again)) / size) if stripped else (0.0, 0.0)


@given(TEXTS)
def test_measures_are_those_of_plain_python(texts: list[str]) -> None:
    found = repetition.gram_measures(pl.Series(texts, dtype=pl.String), {2, 3, 4, 5, 6})
    for at, text in enumerate(texts):
        for size in (2, 3, 4):
            assert found[size][at] == pytest.approx(top(text.split(), size))
        for size in (5, 6):
            assert found[size][at] == pytest.approx(duplicate(text.split(), size))


@given(TEXTS)
def test_line_measures_are_those_of_plain_python(texts: list[str]) -> None:
    found = repetition.line_measures(pl.Series(texts, dtype=pl.String))
    for at, text in enumerate(texts):
        assert found.row(at) == pytest.approx(lines(text))


LOOP = "I do not know what I should say about this. " * 10
PROSE = " ".join(f"word{number}" for number in range(60))


def test_loops_go_and_short_answers_stay() -> None:
    found = judge("filter.repetition", outputs(LOOP, PROSE, "yes yes yes", "", None))
    assert found == {0: ("top 2 gram", "0.2941", "max 0.2")}


def test_repeated_lines_go_but_not_brackets() -> None:
    verse = "\n".join(["All the king's horses"] * 4 + [f"line {number} is another one" for number in range(8)])
    code = "\n".join(
        line for number in range(12) for line in (f"if (x{number} > {number * 7}) {{", f"y{number}();", "}")
    )
    only = {name: None for name in step("filter.repetition").settings.limits() if name != "duplicate_lines"}
    found = judge("filter.repetition", outputs(verse, code), **{**only, "duplicate_lines": 0.2})
    assert found == {0: ("duplicate lines", "0.25", "max 0.2")}


def test_chinese_loops_are_seen() -> None:
    assert judge("filter.repetition", outputs("我不知道该说什么。" * 10)).keys() == {0}


def test_all_limits_off_is_refused() -> None:
    nothing = dict.fromkeys(step("filter.repetition").settings.limits())
    with pytest.raises(ValidationError, match="does nothing"):
        step("filter.repetition", **nothing)
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        step("filter.repetition", top_2_gram=1.5)
