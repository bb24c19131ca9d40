"""Ids of parts, joined: exactly those of the parts, one beginning, one end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.tokenset.encode import Encoded, Encoder
from curate.tokenset.piece import Pieces
from curate.tokenset.tokenizer import ModelTokenizer, find
from support import tiny_tokenizer

TEXT = st.text(max_size=30)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> ModelTokenizer:
    return find(str(tiny_tokenizer.save(tmp_path_factory.mktemp("plain"))))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> ModelTokenizer:
    return find(str(tiny_tokenizer.save(tmp_path_factory.mktemp("begun"), bos=True)))


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> ModelTokenizer:
    return find(str(tiny_tokenizer.save(tmp_path_factory.mktemp("words"), words=True)))


def encoded(tokenizer: ModelTokenizer, pairs: list[tuple[str, str]], bos: int | None = None) -> Encoded:
    pieces = Pieces(
        [text for pair in pairs for text in pair],
        np.repeat(np.arange(len(pairs)), 2),
        np.tile([False, True], len(pairs)),
        np.tile([False, True], len(pairs)),
    )
    return Encoder(tokenizer, 2, bos).encode(pieces)


def rows(found: Encoded) -> list[tuple[list[int], list[bool]]]:
    ends = np.cumsum(found.lengths)[:-1]
    return [
        (one.tolist(), mask.tolist())
        for one, mask in zip(np.split(found.ids, ends), np.split(found.trained, ends), strict=True)
    ]


@given(pairs=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_a_row_is_its_parts_and_the_end(plain: ModelTokenizer, pairs: list[tuple[str, str]]) -> None:
    for (asked, answer), (ids, trained) in zip(pairs, rows(encoded(plain, pairs)), strict=True):
        first = plain.content.encode(asked, add_special_tokens=False).ids
        second = plain.plain.encode(answer, add_special_tokens=False).ids
        assert ids == [*first, *second, 2]
        assert trained[1:] == [*[False] * len(first), *[True] * len(second), True][1:]
        assert not trained[0] or len(ids) == 0


@pytest.mark.parametrize("asked", ["Q", "<s>Q", "<s><s><s>Q", ""])
def test_begins_once(begun: ModelTokenizer, asked: str) -> None:
    ((ids, trained),) = rows(encoded(begun, [(asked, "A")], bos=1))
    assert ids[0] == 1
    assert ids.count(1) == 1
    assert not trained[0]


@pytest.mark.parametrize(("asked", "beginnings"), [("Q", 0), ("<s>Q", 1), ("<s><s>Q", 1)])
def test_writes_no_beginning_that_the_tokenizer_does_not(plain: ModelTokenizer, asked: str, beginnings: int) -> None:
    ((ids, _),) = rows(encoded(plain, [(asked, "A")]))
    assert ids.count(1) == beginnings


def test_an_end_that_is_there_is_not_doubled_and_is_trained(plain: ModelTokenizer) -> None:
    pieces = Pieces(["Q", "A</s>"], np.asarray([0, 0]), np.asarray([False, True]), np.asarray([False, False]))
    ((ids, trained),) = rows(Encoder(plain, 2, None).encode(pieces))
    assert ids.count(2) == 1
    assert (ids[-1], trained[-1]) == (2, True)


def test_first_token_is_never_trained(plain: ModelTokenizer) -> None:
    """In a packed row it would have to be said by the example before it."""
    assert not encoded(plain, [("", "answer"), ("", "other")]).trained[[0]].any()
    assert [trained[0] for _, trained in rows(encoded(plain, [("", "one"), ("", "two")]))] == [False, False]


@pytest.mark.parametrize("asked", ["### Response:\n", "Answer:", "[INST] x [/INST] "])
@pytest.mark.parametrize("answer", ["Paris", " Paris", "\nParis", "5", "é", "- a\n- b"])
def test_text_of_all_tokens_is_prompt_and_answer(words: ModelTokenizer, asked: str, answer: str) -> None:
    """Where every text begins with the blank before a word, an answer does not get one that is not in it."""
    ((ids, _),) = rows(encoded(words, [(asked, answer)]))
    assert words.content.decode(ids, skip_special_tokens=False) == f"{asked}{answer}</s>"
    assert Encoder(words, 2, None).guarded


def test_a_guard_that_becomes_one_with_a_text_is_left_away(
    words: ModelTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = words.content.encode
    monkeypatch.setattr("curate.tokenset.encode._guard", lambda _: ("Pari", encode("Pari").ids))
    assert encode("Paris").ids[: len(encode("Pari").ids)] != encode("Pari").ids
    found = rows(encoded(words, [("Q", "s."), ("Q", "5"), ("Q", "s")]))
    behind = encode("Pari5").ids[len(encode("Pari").ids) :]
    assert [ids[len(encode("Q").ids) : -1] for ids, _ in found] == [encode("s.").ids, behind, encode("s").ids]


def test_no_guard_where_none_is_needed(plain: ModelTokenizer) -> None:
    assert not Encoder(plain, 2, None).guarded


def test_no_rows(plain: ModelTokenizer) -> None:
    assert encoded(plain, []).lengths.tolist() == []
