"""Documents near references, against exact truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from curate.minhash import Matches, Shingling, Texts, choose_bands, digest_texts, match


def found(texts: Texts, references: int, shingling: Shingling, **said: Any) -> Matches:
    given = {"leaders": 8, **said}
    digests = digest_texts(texts, shingling, *choose_bands(0.8))
    return match(digests, references, None if given.pop("blind", False) else texts, shingling, 0.8, **given)


@pytest.mark.parametrize("threads", [1, 3])
def test_what_is_near_a_reference_and_nothing_else(
    inventor: Any, texts_of: Any, truth_of: Any, plain: Shingling, threads: int
) -> None:
    """Nearly all documents at the threshold match, at their exact similarity; none below it does."""
    texts = inventor(3).corpus(3000)
    references = 900
    truth = truth_of(texts, 0.6)
    wanted = {
        one
        for pair, similarity in truth.pairs.items()
        for one, other in (pair, pair[::-1])
        if similarity >= 0.8 and one < len(texts) - references <= other
    }
    matches = found(texts_of(texts), references, plain, threads=threads)
    met = set(np.flatnonzero(matches.found).tolist())
    assert met <= wanted
    assert len(met) >= 0.98 * len(wanted) > 200
    for row in met:
        other = int(matches.reference[row])
        assert other >= len(texts) - references
        assert matches.similarity[row] == pytest.approx(truth.similarity(row, other))
        assert matches.similarity[row] >= 0.8


def test_nothing_hangs_together_over_others(texts_of: Any, plain: Shingling) -> None:
    """A document near a document near a reference is left alone."""
    words = [f"word{number}" for number in range(60)]
    near, far = list(words), list(words)
    near[0:4] = ["a", "b", "c", "d"]
    far[0:4], far[50:56] = near[0:4], ["e", "f", "g", "h", "i", "j"]
    matches = found(texts_of([" ".join(one) for one in (far, near, words)]), 1, plain)
    assert matches.reference.tolist() == [-1, 2, -1]


def test_copies_match_with_their_first(texts_of: Any, plain: Shingling) -> None:
    """Equal documents get the same reference, empty ones none."""
    text = " ".join(f"word{number}" for number in range(60))
    texts = texts_of([text + " end", "", text, text + " end", text, ""])
    matches = found(texts, 2, plain)
    assert matches.reference.tolist() == [4, -1, 4, 4, -1, -1]
    assert matches.similarity.tolist() == [pytest.approx(56 / 57), 0, 1, pytest.approx(56 / 57), 0, 0]


@pytest.mark.parametrize("references", [0, 3])
def test_nothing_on_one_side(texts_of: Any, plain: Shingling, references: int) -> None:
    assert not found(texts_of(["a b c", "a b c", "a b c"]), references, plain).found.any()


def test_unverified(texts_of: Any, plain: Shingling) -> None:
    """What meets in a band matches, at the similarity of the sketches."""
    text = " ".join(f"word{number}" for number in range(60))
    matches = found(texts_of([text + " end", text]), 1, plain, blind=True)
    assert matches.reference.tolist() == [1, -1]
    assert 0.9 < matches.similarity[0] <= 1
