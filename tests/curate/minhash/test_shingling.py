"""Tokens and shingles in plain Python."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.minhash import Shingling, Texts, nfc, signatures
from curate.minhash.shingling import BLANK, TABLE, WORD, kind, plain, shingles, tables, tokens


def test_blanks_end_words() -> None:
    assert tokens("  one\ttwo\n three\u3000four\xa0five\x85six ", Shingling()) == [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
    ]


def test_separators_that_are_no_white_space_do_not() -> None:
    assert tokens("one\x1ctwo\u200bthree", Shingling()) == ["one\x1ctwo\u200bthree"]


def test_scripts_without_blanks_are_cut_by_character() -> None:
    assert tokens("中文 abc字ไทย ခ\u102cか", Shingling()) == [
        "中",
        "文",
        "abc",
        "字",
        "ไ",
        "ท",
        "ย",
        "ခ",
        "\u102c",
        "か",
    ]


def test_korean_writes_blanks() -> None:
    assert tokens("안녕하세요 여러분", Shingling()) == ["안녕하세요", "여러분"]


@pytest.mark.parametrize(
    ("shingling", "expected"),
    [
        (Shingling(), ["it's", "1,200", "€!", "ünï"]),
        (Shingling(lower=False), ["It's", "1,200", "€!", "ÜNÏ"]),
        (Shingling(punctuation="drop"), ["it", "s", "1", "200", "ünï"]),
        (Shingling(numbers="alike"), ["it's", "0,000", "€!", "ünï"]),
    ],
)
def test_normal_form(shingling: Shingling, expected: list[str]) -> None:
    assert tokens("It's 1,200 €! ÜNÏ", shingling) == expected


def test_letters_that_become_two_stay() -> None:
    assert tokens("İstanbul", Shingling()) == ["İstanbul"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n", []),
        ("one", [b"one"]),
        ("a b", [b"a b"]),
        ("a b c", [b"a b c"]),
        ("a b c d", [b"a b c", b"b c d"]),
    ],
)
def test_a_short_text_is_one_shingle(text: str, expected: list[bytes]) -> None:
    assert shingles(text, Shingling(ngram=3)) == expected


def test_an_ngram_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="ngram is 0"):
        Shingling(ngram=0)


@pytest.mark.parametrize("shingling", [Shingling(), Shingling(lower=False, punctuation="drop", numbers="alike")])
def test_tables_say_what_the_functions_say(shingling: Shingling) -> None:
    kinds, becomes = tables(shingling)
    for code in [*range(0x3200), *range(0x3200, TABLE, 7)]:
        character = chr(code)
        expected = kind(character)
        if expected == 2:
            expected = BLANK if shingling.punctuation == "drop" else WORD
        assert kinds[code] == expected, hex(code)
        assert chr(becomes[code]) == plain(character, shingling), hex(code)


@settings(max_examples=50)
@given(st.lists(st.text(max_size=20)))
def test_nfc_is_unicodes(texts: list[str]) -> None:
    assert nfc(pl.Series("x", texts, pl.String)).to_list() == [unicodedata.normalize("NFC", text) for text in texts]


def test_nfc_keeps_nulls_and_the_name() -> None:
    series = nfc(pl.Series("x", ["e\u0301", None, "plain"]))
    assert (series.name, series.to_list()) == ("x", ["é", None, "plain"])


def test_forms_of_one_letter_differ_without_nfc(texts_of: Callable[[Iterable[str]], Texts]) -> None:
    exact = signatures(texts_of(["caf\u00e9", "cafe\u0301"]), Shingling()).exact
    assert exact[0] != exact[1]
