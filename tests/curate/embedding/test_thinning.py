"""Thinning out is exact: the same as comparing all pairs in NumPy, whatever the threads, the blocks and the bound."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.embedding import norms, quantised, thin
from curate.embedding.bound import short, slack

thinning = importlib.import_module("curate.embedding.thinning")


def unit(rows: np.ndarray) -> np.ndarray:
    rows = np.asarray(rows, dtype=np.float64)
    return quantised((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))


def crowd(seed: int, count: int, width: int, noise: float = 0.3) -> np.ndarray:
    """Vectors of which half lie near one of the other half, in random order."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, width))
    half = count // 2
    if half:
        copied = random.integers(0, half, count - half)
        rows[half:] = rows[copied] + random.normal(size=(count - half, width)) * random.choice(
            [0, noise], (count - half, 1)
        )
    return unit(rows[random.permutation(count)])


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Of all pairs: dot products and squares in whole numbers."""
    whole = vectors.astype(np.int64)
    squares = (whole * whole).sum(axis=1).astype(np.float64)
    return np.minimum((whole @ whole.T) / np.sqrt(squares[:, None] * squares[None, :]), 1.0)


def by_hand(vectors: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Leaders and similarities, one row after the other."""
    near, kept = cosines(vectors), []
    leader, similarity = np.arange(len(vectors)), np.ones(len(vectors))
    for row in range(len(vectors)):
        best = int(np.argmax(near[row, kept])) if kept else -1
        if kept and near[row, kept[best]] >= threshold:
            leader[row], similarity[row] = kept[best], near[row, kept[best]]
        else:
            kept.append(row)
    return leader, similarity


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 300),
    width=st.sampled_from([1, 2, 3, 5, 16, 33, 64]),
    threshold=st.sampled_from([0.1, 0.5, 0.7, 0.9, 0.99, 1.0]),
)
def test_same_as_all_pairs(seed: int, count: int, width: int, threshold: float) -> None:
    vectors = crowd(seed, count, width)
    found = thin(vectors, threshold, threads=2)
    leader, similarity = by_hand(vectors, threshold)
    np.testing.assert_array_equal(found.leader, leader)
    np.testing.assert_array_equal(found.similarity, similarity)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), steps=st.integers(-3, 3))
def test_a_threshold_on_the_edge_of_a_cosine(seed: int, steps: int) -> None:
    """A pair's own cosine as the threshold, and the floats around it: `>=` is decided to the last bit."""
    vectors = crowd(seed, 40, 24)
    near = cosines(vectors)
    edge = float(np.sort(near[near < 1.0])[-7])
    for _ in range(abs(steps)):
        edge = float(np.nextafter(edge, np.sign(steps) * 2))
    leader, _ = by_hand(vectors, edge)
    np.testing.assert_array_equal(thin(vectors, edge).leader, leader)


def test_threads_and_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = crowd(5, 3000, 48)
    first = thin(vectors, 0.8)
    assert 1000 < first.kept.sum() < 2900
    for block, span, threads in ((2048, 128, 3), (100, 7, 2), (1, 1, 1), (5000, 5000, 1)):
        monkeypatch.setattr(thinning, "_BLOCK", block)
        monkeypatch.setattr(thinning, "_SPAN", span)
        again = thin(vectors, 0.8, threads=threads)
        np.testing.assert_array_equal(again.leader, first.leader)
        np.testing.assert_array_equal(again.similarity, first.similarity)


def test_the_width_of_the_short_vectors_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = crowd(6, 600, 40)
    leader, _ = by_hand(vectors, 0.7)
    for width in (3, 15, 39):
        monkeypatch.setattr("curate.embedding.bound._WIDTHS", (width,))
        np.testing.assert_array_equal(thin(vectors, 0.7).leader, leader)


def test_what_stays_is_apart_and_stays_again() -> None:
    """No two that stay are near, so that thinning out once more removes nothing."""
    vectors = crowd(7, 800, 12)
    kept = vectors[thin(vectors, 0.8).kept]
    near = cosines(kept)
    np.fill_diagonal(near, 0.0)
    assert near.max() < 0.8
    assert thin(kept, 0.8).kept.all()


def test_no_chains() -> None:
    """Of a row of vectors 20 degrees apart each is near its neighbours only: every other one stays."""
    angles = np.deg2rad(np.arange(0, 180, 20))
    found = thin(unit(np.stack([np.cos(angles), np.sin(angles)], axis=1)), 0.9)
    assert found.leader.tolist() == [0, 0, 2, 2, 4, 4, 6, 6, 8]


def test_of_equally_near_leaders_the_first_is_the_twin() -> None:
    vectors = unit(np.array([[1, 0, 0], [-1, 0, 0.0], [0, 1, 1], [0, 1, -1], [0, 1, 0]]))
    assert thin(vectors, 0.7).leader.tolist() == [0, 1, 2, 3, 2]


@pytest.mark.parametrize(("seed", "width"), [(1, 4), (2, 33), (3, 130)])
@pytest.mark.parametrize("threshold", [0.5, 0.95])
def test_the_bound_holds(seed: int, width: int, threshold: float) -> None:
    """The short vectors' products are never below the cosine by more than the slack."""
    vectors = crowd(seed, 400, width, noise=0.05)
    heads = short(vectors, norms(vectors), threshold)
    assert (cosines(vectors) - heads @ heads.T).max() <= slack(heads.shape[1])


def test_quantising_moves_cosines_little() -> None:
    rows = np.random.default_rng(3).normal(size=(300, 128))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    moved = np.abs(cosines(quantised(rows.astype(np.float32))) - np.minimum(rows @ rows.T, 1.0))
    assert moved.max() < 1e-4
    assert moved.mean() < 2e-5


def test_longest_vectors_do_not_overflow() -> None:
    """Whole numbers of 32 bits hold the dot product of a vector with itself, in any number of dimensions."""
    for width in (1, 2, 7, 1000):
        found = thin(unit(np.ones((2, width))), 1.0)
        assert found.leader.tolist() == [0, 0]
        assert found.similarity.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("threshold", [0.0, 0.05, 1.01, float("nan")])
def test_thresholds_out_of_range(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"0\.1 to 1 is allowed"):
        thin(crowd(1, 4, 4), threshold)


def test_zeros_are_refused() -> None:
    with pytest.raises(ValueError, match="vector 1 is zero"):
        thin(np.array([[1, 2], [0, 0]], dtype=np.int16), 0.9)


def test_none() -> None:
    assert thin(np.zeros((0, 8), dtype=np.int16), 0.9).leader.tolist() == []
