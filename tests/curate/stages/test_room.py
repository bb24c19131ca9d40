"""Global stages decide the same whatever memory they have: in memory, in many pieces, or with everything in files."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from curate.engine.local import LocalEngine
from curate.errors import CurateError
from curate.room import BASE, Room, Shelf
from support.examples import apply, frame, stage

WORDS = [f"{first}{second}" for first in ("ka", "lo", "mi", "ru") for second in ("ban", "dor", "fel")]
STAGES = {
    "exact": ("dedup", {"on": ["instruction"], "prefer": ["longest", "human"]}),
    "minhash": (
        "dedup",
        {"method": "minhash", "on": ["instruction", "input", "output"], "threshold": 0.6, "shared": 3},
    ),
    "unverified": ("dedup", {"method": "minhash", "on": ["output"], "threshold": 0.7, "verify": False}),
    "split": ("split", {"fractions": {"test": 0.3, "dev": 0.1}, "near": {"threshold": 0.6, "shared": 3}}),
}


def engine(folder: Path, limit: int) -> LocalEngine:
    return LocalEngine(folder / "scratch", room=Room(limit, folder / "scratch", 2, told=True))


def rows(seed: int, number: int) -> list[dict[str, Any]]:
    """Random texts of a few words; a third of them is an earlier one again, or one with a word changed."""
    chance = random.Random(seed)  # noqa: S311
    made: list[dict[str, Any]] = []
    for _ in range(number):
        text = " ".join(chance.choices(WORDS, k=chance.randint(0, 14)))
        if made and chance.random() < 0.35:
            words = str(chance.choice(made)["output"]).split(" ")
            words[chance.randrange(len(words))] = chance.choice(WORDS)
            text = " ".join(words)
        row = {"instruction": chance.choice(WORDS), "input": text[:20], "output": text}
        made.append(row | {"source": chance.choice("ab"), "task": chance.choice([None, "t1", "t2"])})
    return made


@pytest.mark.parametrize("name", STAGES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), number=st.integers(1, 150))
def test_the_same_in_no_room_at_all(tmp_path: Path, name: str, seed: int, number: int) -> None:
    """What stays, what goes and why, and all counts are equal."""
    what, said = STAGES[name]
    examples = frame(rows(seed, number))
    parts = [list(range(0, number, 2)), list(range(1, number, 2))] if number > 1 else None
    results = []
    for spare in (20_000, 1 << 40):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Room, "spare", spare)
            chosen = stage(what, said, sources=("a", "b"))
            results.append(apply(chosen, examples, tmp_path, parts, engine(tmp_path, 1 << 41)))
    (left, gone, tally), (more_left, more_gone, more) = results
    assert_frame_equal(left, more_left)
    assert_frame_equal(gone, more_gone)
    assert (tally.counts, tally.dropped) == (more.counts, more.dropped)


def test_little_room_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for nothing the large arrays lie in files; with much, none does."""
    made = []
    empty = Shelf.empty

    def watched(self: Shelf, *said: Any) -> Any:
        made.append(self.on_disk)
        return empty(self, *said)

    monkeypatch.setattr(Shelf, "empty", watched)
    examples = frame(rows(3, 60))
    for spare, on_disk in ((1000, True), (1 << 40, False)):
        made.clear()
        monkeypatch.setattr(Room, "spare", spare)
        apply(stage(*STAGES["minhash"], sources=("a", "b")), examples, tmp_path, None, engine(tmp_path, 1 << 41))
        assert set(made) == {on_disk}


@pytest.mark.parametrize(
    ("name", "said"), [STAGES["minhash"], STAGES["split"], ("sample", {"take": 3}), ("split", {"near": None})]
)
def test_what_cannot_fit_is_refused(tmp_path: Path, name: str, said: dict[str, Any]) -> None:
    """A step that must hold something of all records says so before it begins, with what it would take."""
    with pytest.raises(CurateError, match="bytes of each of 40 records: it needs 500.0 MB"):
        apply(stage(name, said), frame(rows(1, 40)), tmp_path, None, engine(tmp_path, BASE))
