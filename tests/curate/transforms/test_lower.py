"""Lower case for a hashed share."""

from __future__ import annotations

from support.rules import change, step

ROWS = [{"instruction": "ÄB", "input": "C", "output": "D"}] * 2000


def test_all() -> None:
    found = change("transform.lower", ROWS[:1])
    assert found == {0: {"instruction": "äb", "input": "c"}}


def test_a_share_by_rank() -> None:
    fewer, more = (set(change("transform.lower", ROWS, probability=share)) for share in (0.3, 0.5))
    assert 540 < len(fewer) < 660
    assert 930 < len(more) < 1070
    assert fewer < more


def test_key_depends_on_label_and_seed() -> None:
    assert step("transform.lower").key()["place"] == {"label": "1.transform.lower", "seed": 42}
