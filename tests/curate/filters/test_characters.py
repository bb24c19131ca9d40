"""The character filter."""

from __future__ import annotations

from support.rules import judge, outputs


def test_code_points_are_counted() -> None:
    found = judge("filter.characters", outputs("", "é", "光合作用", "👍🏿", None), of=["output"], min=2, max=3)
    assert found == {
        0: ("too short", "0", "min 2"),
        1: ("too short", "1", "min 2"),
        2: ("too long", "4", "max 3"),
        4: ("too short", "0", "min 2"),
    }
