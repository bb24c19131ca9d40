"""Signatures are datasketch's, bit for bit."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.minhash import Shingling, Texts, datasketch_hash, export, signatures
from curate.minhash.shingling import shingles

SHINGLINGS = [
    Shingling(),
    Shingling(lower=False),
    Shingling(ngram=1, punctuation="drop"),
    Shingling(ngram=3, numbers="alike"),
    Shingling(ngram=7, lower=False, punctuation="drop", numbers="alike"),
]
# Letters of all lengths, cases that change length, blanks, digits, signs, scripts without blanks, combining marks,
# emoji.
ALPHABET = "ab AB  .,-'\"_$\t\n09éÜßẞİȺK\u0301\u3000\xa0\x85\x1c\u200b中文かカｶ안ไท9០ခ٣😀👩‍💻𐐀𠀀\U000e0041\0"


def reference(text: str, shingling: Shingling, num_perm: int = 128) -> tuple[np.ndarray, int]:
    found = shingles(text, shingling)
    minhash = MinHash(num_perm, hashfunc=datasketch_hash)
    minhash.update_batch(found)
    return minhash.hashvalues, len(found)


def check(texts: Texts, plain: list[str], shingling: Shingling) -> None:
    signed = signatures(texts, shingling)
    for row, text in enumerate(plain):
        values, number = reference(text, shingling)
        assert signed.shingles[row] == number, text
        np.testing.assert_array_equal(signed.values[row], values, err_msg=text)


@pytest.mark.parametrize("shingling", SHINGLINGS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(plain=st.lists(st.text(st.sampled_from(ALPHABET), max_size=90), max_size=5))
def test_signatures_are_datasketchs(
    texts_of: Callable[[Iterable[str]], Texts], shingling: Shingling, plain: list[str]
) -> None:
    check(texts_of(plain), plain, shingling)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(plain=st.lists(st.text(max_size=40), max_size=5))
def test_any_text(texts_of: Callable[[Iterable[str]], Texts], plain: list[str]) -> None:
    check(texts_of(plain), plain, Shingling())


def test_longer_texts(texts_of: Callable[[Iterable[str]], Texts], invent: Any) -> None:
    plain = [invent.text(words) for words in range(0, 300, 7)]
    check(texts_of(plain), plain, Shingling())


def test_words_of_all_lengths_at_all_places(texts_of: Callable[[Iterable[str]], Texts]) -> None:
    plain = [" " * blanks + "x" * letters + end for blanks in (0, 1, 5) for letters in range(130) for end in ("", " y")]
    check(texts_of(plain), plain, Shingling(ngram=1))


@pytest.mark.parametrize("num_perm", [1, 16, 64, 100, 256])
def test_signatures_of_other_lengths(texts_of: Callable[[Iterable[str]], Texts], num_perm: int) -> None:
    text = "one two three four five six seven"
    values, _ = reference(text, Shingling(), num_perm)
    np.testing.assert_array_equal(signatures(texts_of([text]), Shingling(), num_perm).values[0], values)


def test_export_goes_on_as_datasketch(texts_of: Callable[[Iterable[str]], Texts]) -> None:
    signed = signatures(texts_of(["a b c d e f", "a b c d e f g"]), Shingling())
    minhash = export(signed.values[0])
    minhash.update(b"c d e f g")
    assert minhash.jaccard(export(signed.values[1])) == 1.0


def test_a_text_without_tokens(texts_of: Callable[[Iterable[str]], Texts]) -> None:
    signed = signatures(texts_of(["", " \n", "..."]), Shingling(punctuation="drop"))
    assert (signed.values == 0xFFFFFFFF).all()
    assert not signed.shingles.any()


def test_equal_tokens_have_equal_hashes(texts_of: Callable[[Iterable[str]], Texts]) -> None:
    exact = signatures(
        texts_of(["One  two", "one two\n", "two one", "one", "onetwo", "中文", "中 文"]), Shingling()
    ).exact
    assert exact[0] == exact[1]
    assert exact[5] == exact[6]
    assert len(set(exact.tolist())) == 5


def test_threads_and_cuts_do_not_matter(texts_of: Callable[[Iterable[str]], Texts], invent: Any) -> None:
    plain = [invent.text(12) for _ in range(5000)]
    one, two = signatures(texts_of(plain), Shingling()), signatures(texts_of(plain), Shingling(), threads=3)
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.exact, two.exact)
    np.testing.assert_array_equal(one.shingles, two.shingles)


def test_estimates_are_near_the_truth(
    texts_of: Callable[[Iterable[str]], Texts], invent: Any, truth_of: Callable[..., Any], plain: Shingling
) -> None:
    """Within four standard deviations for each pair, and without bias over all."""
    texts = []
    for edits in (1, 2, 3, 5, 8, 12, 20) * 40:
        text = invent.text(100)
        texts += [text, invent.changed(text, edits)]
    values = signatures(texts_of(texts), plain).values
    truth = truth_of(texts, 0.01)
    errors = []
    for one in range(0, len(texts), 2):
        similarity = truth.similarity(one, one + 1)
        estimate = (values[one] == values[one + 1]).mean()
        errors.append((estimate - similarity) / np.sqrt(max(similarity * (1 - similarity), 0.01) / 128))
    assert np.abs(errors).max() < 4
    assert abs(np.mean(errors)) < 4 / np.sqrt(len(errors))


def test_texts_at_the_end_of_memory(plain: Shingling) -> None:
    """Nothing is read behind the page in which a text ends: here that would end the process."""
    page = mmap.PAGESIZE
    with mmap.mmap(-1, 2 * page) as memory:
        array = np.frombuffer(memory, np.uint8)
        end = array.ctypes.data + page
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        assert protect(ctypes.c_void_p(end), page, 0) == 0
        text = b"one two three four five six seven eight nine ten eleven twelve thirteen fourteen \xc3\xbc"
        for length in range(len(text) + 1):
            array[page - length : page] = np.frombuffer(text[len(text) - length :], np.uint8)
            texts = Texts(np.array([end - length]), np.array([length]))
            if length != 1:
                values, _ = reference(text[len(text) - length :].decode(), plain)
                np.testing.assert_array_equal(signatures(texts, plain).values[0], values)
        assert protect(ctypes.c_void_p(end), page, mmap.PROT_READ | mmap.PROT_WRITE) == 0
        del array


@pytest.mark.parametrize(
    "broken", [b"\xff", b"\xc3", b"ab \xe4\xb8", b"\x80\x80 a", b"\xf0\x9f\x98", b"\xf8\x80\x80\x80\x80"]
)
def test_broken_utf8_does_no_harm(broken: bytes) -> None:
    """Arrow does not check what it reads: whatever the bytes are, equal ones count as equal."""
    array = np.frombuffer(broken * 2, np.uint8)
    texts = Texts(array.ctypes.data + np.array([0, len(broken)]), np.array([len(broken)] * 2), (array,))
    exact = signatures(texts, Shingling()).exact
    assert exact[0] == exact[1]
