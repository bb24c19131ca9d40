"""ROUGE-L against Google's rouge-score and against a table of lengths, on invented and on real texts."""

from __future__ import annotations

import csv
import json
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from rouge_score.rouge_scorer import RougeScorer

from curate.metric.rouge import rouge_l
from curate.metric.rouge.lcs import lengths
from curate.metric.rouge.token import numbered

WORDS = st.sampled_from(
    [
        "the",
        "cat",
        "cats",
        "Sat",
        "sitting",
        "on",
        "a_b",
        "x1",
        "北京",
        "東",
        "café",
        "İ",
        "\u212a",
        "ﬁ",
        "ΑΣ",
        ".",
        "-",
        "\n",
    ]
)
TEXT = st.lists(WORDS, max_size=15).map(" ".join) | st.text(max_size=20)


def theirs(prediction: str, references: list[str], *, stemmer: bool) -> dict[str, float]:
    score = RougeScorer(["rougeL"], use_stemmer=stemmer).score_multi(references, prediction)["rougeL"]
    return {"precision": score.precision, "recall": score.recall, "f": score.fmeasure}


def longest(one: list[int], other: list[int]) -> int:
    """The length of the longest common subsequence, by the table of all pairs of beginnings."""
    above = [0] * (len(other) + 1)
    for left in one:
        row = [0]
        for at, right in enumerate(other):
            row.append(above[at] + 1 if left == right else max(row[-1], above[at + 1]))
        above = row
    return above[-1]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TEXT, st.lists(TEXT, min_size=1, max_size=3)), min_size=1, max_size=4), st.booleans())
@example([("", [""]), ("a", ["", "a"]), ("...", ["..."]), ("北京", ["北京"])], False)  # noqa: FBT003
def test_equals_rouge_score(rows: list[tuple[str, list[str]]], stemmer: bool) -> None:  # noqa: FBT001
    predictions, references = zip(*rows, strict=True)
    found = rouge_l(pl.Series(predictions), pl.Series(references, dtype=pl.List(pl.String)), stemmer=stemmer)
    wanted = pl.DataFrame([theirs(*row, stemmer=stemmer) for row in rows], schema=found.schema)
    assert_frame_equal(found, wanted, rel_tol=0, abs_tol=1e-12)


NUMBERS = st.lists(st.integers(0, 6), max_size=200)


@settings(max_examples=100, deadline=None)
@given(st.lists(NUMBERS, min_size=2, max_size=4))
@example([[0] * 64, [0] * 64])
@example([[0] * 65, [0] * 129])
@example([[0, 1] * 96, [1, 0] * 96])
def test_length_equals_that_of_the_table(texts: list[list[int]]) -> None:
    begins = np.cumsum([0, *map(len, texts)])
    pairs = [(one, other) for one in range(len(texts)) for other in range(len(texts))]
    ones, others = (np.array(places) for places in zip(*pairs, strict=True))
    found = lengths(np.array(list(chain.from_iterable(texts)), dtype=np.int32), begins, ones, others, 7)
    assert found.tolist() == [longest(texts[one], texts[other]) for one, other in pairs]


def test_no_pairs_and_no_texts() -> None:
    none = np.zeros(0, np.int64)
    assert len(lengths(np.zeros(0, np.int32), np.zeros(1, np.int64), none, none, 1)) == 0
    empty = rouge_l(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.List(pl.String)))
    assert empty.shape == (0, 3)


def test_more_words_than_the_first_table_holds() -> None:
    words = [f"{'w' * (number % 12)}{number}" for number in range(9000)]
    numbers, begins = numbered(pl.Series([" ".join(words), " ".join(words[::-1])]), "rouge")
    assert begins.tolist() == [0, 9000, 18000]
    assert numbers[:9000].tolist() == list(range(9000)) == numbers[:8999:-1].tolist()


def test_long_words_are_told_apart_by_their_ends() -> None:
    words = [f"{'long' * 5}{end}" for end in "abc"] + ["1234567", "12345678", "123456789"]
    numbers, _ = numbered(pl.Series([" ".join(words + words)]), "rouge")
    assert numbers.tolist() == [*range(6), *range(6)]


@pytest.mark.parametrize(
    ("one", "other", "common", "whole"),
    [
        ("北京很大", "北京大", 3, (4, 3)),  # a character is a token
        ("Москва велика", "москва МАЛА", 1, (2, 2)),
        ("ＡＩ is", "ai is", 2, (2, 2)),  # full width
        ("cafe\u0301 noir", "café noir", 2, (2, 2)),
        ("a_b", "a b", 2, (2, 2)),
        ("ภาษา", "ภาษา", 4, (4, 4)),
        ("한국어 말", "한국어", 1, (2, 1)),  # Korean writes blanks
        ("𝒳 😀 \U0010ffff", "x", 1, (1, 1)),
    ],
)
def test_unicode_tokens(one: str, other: str, common: int, whole: tuple[int, int]) -> None:
    found = rouge_l(pl.Series([one]), pl.Series([[other]]), tokens="unicode").row(0)
    assert found[:2] == (common / whole[0], common / whole[1])


def test_result_depends_on_no_other_row_and_on_no_thread() -> None:
    rows = [("a b c d", ["a c", "d"]), ("", ["x"]), ("x y", ["y x", "x y"])] * 6000
    predictions, references = (pl.Series(column) for column in zip(*rows, strict=True))
    together = rouge_l(predictions, references, threads=2)
    assert_frame_equal(together, rouge_l(predictions, references))
    assert_frame_equal(together[:3], rouge_l(predictions[:3], references[:3]))
    assert_frame_equal(together[17_997:], together[:3])


def test_one_text_larger_than_a_span() -> None:
    text = "ab cd ef gh " * 800_000
    found = rouge_l(pl.Series(["ab", text, "gh"]), pl.Series([["ab"], ["cd"], ["x"]]))
    assert found["recall"].to_list() == [1.0, 1.0, 0.0]


def test_equals_rouge_score_on_real_texts(real_data: Path) -> None:
    with (real_data / "cnn_dailymail_val_subset" / "cnn_dailymail_validation_subset.csv").open(
        encoding="utf-8"
    ) as file:
        stories = [(row["highlights"], row["article"][:1500]) for _, row in zip(range(25), csv.DictReader(file))]  # noqa: B905
    chinese = json.loads(next((real_data / "alpaca_zh_translated").glob("*0-3252*")).read_text(encoding="utf-8"))
    answers = [str(value) for row in chinese[:60] for value in row.values()]
    pairs = [*stories, *pairwise(answers)]
    predictions, references = pl.Series([one for one, _ in pairs]), pl.Series([[other] for _, other in pairs])
    for stemmer in (False, True):
        wanted = [theirs(one, [other], stemmer=stemmer) for one, other in pairs]
        found = rouge_l(predictions, references, stemmer=stemmer)
        assert_frame_equal(found, pl.DataFrame(wanted, schema=found.schema), rel_tol=0, abs_tol=1e-9)
    assert rouge_l(predictions, references, tokens="unicode")["f"][-50:].mean() > found["f"][-50:].mean()  # type: ignore[operator]
