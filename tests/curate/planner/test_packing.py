"""Packing: the same rows as best-fit decreasing laid out one example at a time."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.planner import lay_out, pack


def slowly(lengths: list[int], seq_len: int) -> int:
    """How many rows: longest first, each into the row with the least room that holds it."""
    room: list[int] = []
    for length in sorted((length for length in lengths if 0 < length <= seq_len), reverse=True):
        holding = [row for row, space in enumerate(room) if space >= length]
        if holding:
            room[min(holding, key=room.__getitem__)] -= length
        else:
            room.append(seq_len - length)
    return len(room)


@settings(max_examples=300)
@given(lengths=st.lists(st.integers(0, 40), max_size=80), seq_len=st.integers(1, 40))
def test_same_as_one_at_a_time(lengths: list[int], seq_len: int) -> None:
    found = pack(np.asarray(lengths, dtype=np.int64), seq_len)
    kept = [length for length in lengths if length <= seq_len]
    assert found.rows == slowly(lengths, seq_len)
    assert (found.tokens, found.too_long) == (sum(kept), len(lengths) - len(kept))
    assert found.tokens <= found.rows * seq_len
    assert 0 < found.efficiency <= 1


@pytest.mark.parametrize(("seq_len", "least"), [(1024, 0.985), (8192, 0.998)])
def test_efficiency_of_real_lengths(seq_len: int, least: float) -> None:
    """A long-tailed mix of some 240 tokens a record fills rows as the published packers do: 0.99 and 0.998."""
    lengths = np.random.default_rng(7).lognormal(5.2, 0.8, 20_000).astype(np.int64)
    found = pack(lengths[lengths <= seq_len], seq_len)
    assert least < found.efficiency <= 1


def test_no_records() -> None:
    assert pack(np.zeros(0, dtype=np.int64), 8192).efficiency == 1.0


@settings(max_examples=300)
@given(lengths=st.lists(st.integers(1, 40), max_size=80), seq_len=st.just(40))
def test_layout_keeps_all_and_overfills_nothing(lengths: list[int], seq_len: int) -> None:
    row, slot = lay_out(np.asarray(lengths, dtype=np.int32), seq_len)
    filled: dict[int, int] = {}
    places: dict[int, list[int]] = {}
    for size, one, place in zip(lengths, row.tolist(), slot.tolist(), strict=True):
        filled[one] = filled.get(one, 0) + size
        places.setdefault(one, []).append(place)
    assert all(size <= seq_len for size in filled.values())
    assert sorted(filled) == list(range(slowly(lengths, seq_len)))
    assert all(sorted(held) == list(range(len(held))) for held in places.values())


def test_of_equal_lengths_the_first_is_placed_first() -> None:
    row, slot = lay_out(np.asarray([2, 3, 2, 3, 2], dtype=np.int32), 5)
    assert row.tolist() == [0, 0, 1, 1, 2]
    assert slot.tolist() == [1, 0, 1, 0, 0]


def test_layout_refuses_what_no_row_holds() -> None:
    with pytest.raises(ValueError, match=r"lengths lie in 2\.\.9, a row holds 1\.\.8"):
        lay_out(np.asarray([2, 9]), 8)


def test_layout_of_many_is_quick() -> None:
    """200,000 examples take a tenth of a second on a free core; what grows with their square takes minutes."""
    lengths = np.random.default_rng(7).lognormal(5.2, 0.8, 200_000).astype(np.int64)
    started = time.process_time()
    lay_out(lengths[(lengths <= 8192) & (lengths > 0)], 8192)
    assert time.process_time() - started < 2
