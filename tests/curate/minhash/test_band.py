"""Bands: the formula, and what meets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from curate.minhash import (
    Digests,
    Shingling,
    band_hashes,
    choose_bands,
    digest,
    digest_texts,
    hit_probability,
    signatures,
)


def test_hit_probability() -> None:
    assert hit_probability(0.8, 16, 8) == pytest.approx(1 - (1 - 0.8**8) ** 16)
    assert hit_probability(1.0, 1, 128) == 1.0
    assert hit_probability(0.0, 16, 8) == 0.0


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99, 1.0])
@pytest.mark.parametrize("num_perm", [64, 128, 256])
@pytest.mark.parametrize("recall", [0.5, 0.9, 0.95, 0.99])
def test_the_cheapest_bands_that_find_enough(threshold: float, num_perm: int, recall: float) -> None:
    bands, rows = choose_bands(threshold, num_perm, recall)
    assert bands * rows <= num_perm
    assert hit_probability(threshold, bands, rows) >= recall
    assert hit_probability(threshold, bands - 1, rows) < recall
    assert hit_probability(threshold, num_perm // (rows + 1), rows + 1) < recall


def test_what_cannot_be_found_is_refused() -> None:
    with pytest.raises(ValueError, match=r"16 values find .* 0\.1 .* at most 0\.815, 0\.95"):
        choose_bands(0.1, 16)
    with pytest.raises(ValueError, match="threshold is 0"):
        choose_bands(0)


def test_bands_are_equal_where_their_values_are() -> None:
    generator = np.random.default_rng(1)
    values = generator.integers(0, 1 << 32, (500, 128), dtype=np.uint32)
    other = values.copy()
    changed = generator.integers(0, 128, 500)
    other[np.arange(500), changed] ^= 1
    one, two = band_hashes(values, 15, 8), band_hashes(other, 15, 8)
    expected = np.ones((500, 15), bool)
    inside = changed < 120
    expected[np.flatnonzero(inside), changed[inside] // 8] = False
    np.testing.assert_array_equal(one == two, expected)


def test_bands_of_equal_values_differ() -> None:
    """Two bands of one text never share a bucket by their values alone."""
    assert len(set(band_hashes(np.zeros((1, 128), np.uint32), 16, 8)[0].tolist())) == 16


def test_more_bands_than_values_are_refused() -> None:
    with pytest.raises(ValueError, match="17 bands of 8 rows need 136 values"):
        band_hashes(np.zeros((1, 128), np.uint32), 17, 8)


def test_digests_without_keeping_signatures(invent: Any, texts_of: Callable[..., Any], plain: Shingling) -> None:
    texts = texts_of([invent.text(20) for _ in range(3000)])
    signed = signatures(texts, plain)
    one, two = digest(signed, 16, 8), digest_texts(texts, plain, 16, 8, threads=2)
    for name in ("bands", "sketch", "exact", "shingles"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    np.testing.assert_array_equal(one.sketch, signed.values & 0xFF)
    np.testing.assert_array_equal(one.bands, band_hashes(signed.values, 16, 8))


@pytest.mark.parametrize("rows", [4, 8])
def test_texts_meet_as_often_as_the_formula_says(
    invent: Any, texts_of: Callable[..., Any], truth_of: Callable[..., Any], plain: Shingling, rows: int
) -> None:
    """Per step of similarity, within four standard deviations."""
    texts = []
    for edits in (1, 2, 3, 4, 6, 9, 13) * 150:
        text = invent.text(90)
        texts += [text, invent.changed(text, edits)]
    bands = 128 // rows
    hashes = band_hashes(signatures(texts_of(texts), plain).values, bands, rows)
    met = (hashes[0::2] == hashes[1::2]).any(axis=1)
    truth = truth_of(texts, 0.99)
    similarity = np.array([truth.similarity(row, row + 1) for row in range(0, len(texts), 2)])
    chance = np.array([hit_probability(s, bands, rows) for s in similarity])
    for low in np.arange(0.2, 1.0, 0.1):
        inside = (similarity >= low) & (similarity < low + 0.1)
        spread = np.sqrt((chance * (1 - chance))[inside].sum())
        assert abs(met[inside].sum() - chance[inside].sum()) <= 4 * spread + 0.5


def test_digests_of_other_types_are_packed_or_refused() -> None:
    bands, sketch, exact = np.zeros((4, 8), np.uint32), np.zeros((4, 16), np.uint8), np.zeros(4, np.uint64)
    digests = Digests(bands[:, ::2], sketch, exact, np.zeros(4, np.uint16))
    assert digests.bands.flags.c_contiguous
    assert digests.shingles.dtype == np.uint32
    with pytest.raises(TypeError, match="int64"):
        Digests(bands, sketch, exact, np.zeros(4, np.int64))
    with pytest.raises(ValueError, match="4 bands, 4 sketch, 4 exact, 3 shingles"):
        Digests(bands, sketch, exact, np.zeros(3, np.uint32))
    with pytest.raises(TypeError, match="uint64"):
        band_hashes(np.zeros((1, 8), np.uint64), 2, 4)
