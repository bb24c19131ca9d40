"""Exact similarity against sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.minhash import Shingling, jaccard
from curate.minhash.shingling import shingles


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(plain=st.lists(st.text(st.sampled_from("ab é中"), max_size=60), min_size=2, max_size=6), ngram=st.integers(1, 4))
def test_jaccard_is_that_of_the_sets(texts_of: Callable[..., Any], plain: list[str], ngram: int) -> None:
    """Few letters, so that shingles repeat within and between texts."""
    shingling = Shingling(ngram=ngram)
    sets = [set(shingles(text, shingling)) for text in plain]
    pairs = [(one, other) for one in range(len(plain)) for other in range(len(plain))]
    expected = [len(sets[i] & sets[j]) / max(len(sets[i] | sets[j]), 1) for i, j in pairs]
    ones, others = np.array(pairs).T
    assert jaccard(texts_of(plain), ones, others, shingling).tolist() == expected


def test_long_texts(texts_of: Callable[..., Any], invent: Any, truth_of: Callable[..., Any], plain: Shingling) -> None:
    texts = [invent.text(words) for words in (3000, 1, 700)]
    texts += [invent.changed(text, 40) for text in texts]
    truth = truth_of(texts, 0)
    ones, others = np.array([(i, j) for i in range(6) for j in range(6)]).T
    expected = [truth.similarity(i, j) for i, j in zip(ones, others, strict=True)]
    assert jaccard(texts_of(texts), ones, others, plain, threads=2).tolist() == expected


def test_no_pairs_and_wrong_rows(texts_of: Callable[..., Any], plain: Shingling) -> None:
    nothing = np.zeros(0, np.int64)
    assert jaccard(texts_of(["a"]), nothing, nothing, plain).tolist() == []
    with pytest.raises(IndexError, match="rows 1 to 1, there are 1 texts"):
        jaccard(texts_of(["a"]), np.array([0]), np.array([1]), plain)
