"""Word stems against NLTK."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer

from curate.metric.rouge.stem import stem

SUFFIXES = """
s es ies sses ss ed ied eed ing y ational tional enci anci izer bli abli alli entli eli ousli ization ation ator alism
iveness fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness al ance ence er ic able ible
ant ement ment ent sion tion ou ism ate iti ous ive ize e ll
"""
SUFFIX = st.sampled_from(SUFFIXES.split())
WORD = st.tuples(st.text("abeilosty1", max_size=6), st.lists(SUFFIX, max_size=3)).map(
    lambda parts: parts[0] + "".join(parts[1])
)
NLTK = PorterStemmer()


@settings(max_examples=500)
@given(WORD.filter(bool))
def test_equals_nltk(word: str) -> None:
    assert stem(word) == NLTK.stem(word)


def test_equals_nltk_on_real_words(real_data: Path) -> None:
    text = (real_data / "cnn_dailymail_val_subset" / "cnn_dailymail_validation_subset.csv").read_text(encoding="utf-8")
    words = sorted(set(re.findall("[a-z0-9]+", text.lower())))[::3]
    assert len(words) > 10_000
    assert {word: stem(word) for word in words} == {word: NLTK.stem(word) for word in words}
