"""The small parts of the report: visible text, histograms, lines, openings."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from curate_reports.histogram import Bin, bar, binned, columns, edges, merged
from curate_reports.line import Grid, beside, words
from curate_reports.opening import bodies
from curate_reports.visible import clipped, visible

ALPACA = "Below is an instruction that describes a task{}. Write a response.\n\n### Instruction:\n{}\n\n### Response:"
QUESTIONS = [f"Question {number}: what comes next, and why?" for number in range(100)]


@given(st.text())
def test_everything_is_visible(text: str) -> None:
    shown = visible(text)
    assert not [one for one in shown if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]


@pytest.mark.parametrize("hidden", ["\u200d", "\u3164", "\u2800", "\U000e0101", "\ufeff", "\x85\x1c", "\ue000"])
def test_hidden_characters_are_code_points(hidden: str) -> None:
    assert f"<U+{ord(hidden[-1]):04X}>" in visible(f"a{hidden}b")


@given(st.text(), st.integers(1, 50))
def test_clipped_is_short(text: str, length: int) -> None:
    assert len(clipped(text, length)) <= length + 1


def test_what_can_be_seen_stays() -> None:
    text = "Grüße, 中文, مرحبا, 👍🏽, e\u0301, ❤\ufe0f"
    assert visible(text) == text


@given(st.dictionaries(st.integers(0, 2_000_000), st.integers(1, 9), max_size=50))
def test_bins_lose_nothing(counts: dict[int, int]) -> None:
    values = sorted(counts)
    bins = binned(values, [counts[value] for value in values])
    assert sum(one.rows for one in bins) == sum(counts.values())
    assert [one.low for one in bins] + [bins[-1].high] == edges(values[-1] if values else 0)
    for most in (1, 7, 60):
        few = merged(bins, most)
        assert len(few) <= most
        assert sum(one.rows for one in few) == sum(counts.values())


def test_bins_of_the_same_relative_width() -> None:
    found = edges(1_000_000)
    assert all(1.1 < high / low <= 1.25 for low, high in pairwise(found) if low >= 8)


def test_little_is_not_nothing() -> None:
    assert bar(1e-9, 10) == "▏"
    assert columns([1, 0, 1_000_000], 2) == ["  █", "▁ █"]
    assert merged([Bin(0, 1, 0)], 5) == []


@given(st.lists(st.text(), min_size=1, max_size=5), st.integers(40, 200))
def test_a_grid_fits(names: list[str], room: int) -> None:
    grid = Grid(["name", "rows", "share"])
    for name in names:
        grid.add(words(name), "1,000,000", "12.3%", part=0.5)
    for line in grid.lines(room):
        assert cell_len(line.plain) <= room
        assert "1,000,000" in line.plain or "rows" in line.plain


def test_blocks_flow() -> None:
    block = [Text("aaaa"), Text("b")]
    assert [line.plain for line in beside([block, block], 20)] == ["aaaa    aaaa", "b       b"]
    assert [line.plain for line in beside([block, block], 10)] == ["aaaa", "b", "", "aaaa", "b"]


@pytest.mark.parametrize(
    "template",
    [
        "{}",
        "### Instruction:\n{}\n\n### Response:\n",
        "<|im_start|>system\nBe brief<|im_end|>\n<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
        "A chat between a curious user and a robot. USER: {} ASSISTANT: ",
        "[INST] {} [/INST] ",
        "\n\n  Human:\n\n{}",
        "{}\nAnswer:\n",
    ],
)
def test_the_template_is_taken_off(template: str) -> None:
    found = bodies(pl.Series([template.format(question) for question in QUESTIONS])).to_list()
    # Where the questions themselves begin alike, that is shared as well.
    for body, question in zip(found, QUESTIONS, strict=True):
        assert body.startswith((question, question.removeprefix("Question ")))


def test_a_template_with_two_beginnings_is_taken_off() -> None:
    prompts = [ALPACA.format(", paired with an input" if n % 3 else "", n) for n in range(100)]
    assert [body.split("\n")[0] for body in bodies(pl.Series(prompts)).to_list()] == [str(n) for n in range(100)]


def test_a_dialogue_more_or_less_hides_no_template() -> None:
    prompts = [f"### Instruction:\n{question}" for question in QUESTIONS] + ["Something else"]
    assert bodies(pl.Series(prompts)).to_list()[-1] == "Something else"
    assert not bodies(pl.Series(prompts))[0].startswith("###")


def test_what_most_prompts_share_is_no_template() -> None:
    prompts = [f"Translate: {question}" for question in QUESTIONS[:80]] + QUESTIONS[80:]
    assert bodies(pl.Series(prompts)).to_list() == prompts


def test_no_prompts() -> None:
    assert bodies(pl.Series([], dtype=pl.String)).to_list() == []


def test_sections_that_some_prompts_lack_are_the_templates_too() -> None:
    asked = [f"{n} is a number that no other prompt has" for n in range(100)]
    heads = ["### Instruction:" if n % 3 else "### Input:" for n in range(100)]
    prompts = [f"{head}\n{text}\n\n### Response:\n" for head, text in zip(heads, asked, strict=True)]
    assert [body.split("\n")[0] for body in bodies(pl.Series(prompts)).to_list()] == asked


def test_no_word_is_cut_where_prompts_only_begin_alike() -> None:
    prompts = [f"### In{'formation' if n % 2 else 'quiry'} {n}: {'y' * n}" for n in range(100)]
    assert {body[:4] for body in bodies(pl.Series(prompts)).to_list()} == {"Info", "Inqu"}
