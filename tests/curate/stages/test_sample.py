"""`sample`: each rule against a slow statement of it, and what a raised number may do."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from curate.stages._sample_mix import shares
from support.examples import apply, cuts, frame, stage

LOOSE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SOURCES = ("a", "b", "c")
ROWS = st.lists(
    st.fixed_dictionaries({"source": st.sampled_from(SOURCES), "task": st.sampled_from([None, "t1", "t2", "t3"])}),
    max_size=60,
)


def rank(record_id: str, seed: int = 42) -> int:
    """The hashed rank of a record at the step `0.sample`."""
    return xxhash.xxh3_64_intdigest(f"{seed}\x1f0.sample\x1f{record_id}".encode())


def slowly(rows: list[dict[str, Any]], said: dict[str, Any]) -> list[str]:
    """The ids that stay: max_per_task, then keep, then take."""
    left = sorted(rows, key=lambda row: rank(row["id"]))
    if "max_per_task" in said:
        seen: defaultdict[Any, int] = defaultdict(int)
        chosen = []
        for row in left:
            seen[row["source"], row["task"]] += 1
            if row["task"] is None or seen[row["source"], row["task"]] <= said["max_per_task"]:
                chosen.append(row)
        left = chosen
    if "keep" in said:
        left = left[: math.floor(said["keep"] * len(left) + 1e-9)]
    if "take" in said:
        left = left[: said["take"]]
    return sorted(row["id"] for row in left)


@LOOSE
@given(
    rows=ROWS,
    said=st.fixed_dictionaries(
        {},
        optional={
            "max_per_task": st.integers(0, 20),
            "keep": st.sampled_from([0.0, 0.1, 0.29, 0.5, 0.999, 1.0]),
            "take": st.integers(0, 70),
        },
    ).filter(bool),
    seed=st.integers(0, 9),
)
def test_same_as_a_slow_statement(tmp_path: Path, rows: list[dict[str, Any]], said: dict[str, Any], seed: int) -> None:
    """One rule or several keep what a sort by rank keeps, for any order of rows and any cut into units."""
    examples = frame(rows)
    left, gone, tally = apply(
        stage("sample", said, sources=SOURCES), examples, tmp_path, cuts(examples.height, seed, 3)
    )
    assert left["id"].to_list() == slowly(examples.to_dicts(), said)
    assert left.height + gone.height == examples.height
    assert tally.total_dropped == gone.height
    assert set(gone["rule"] if gone.height else []) <= set(said)


@LOOSE
@given(rows=ROWS, rule=st.sampled_from(["max_per_task", "take"]), low=st.integers(0, 20), more=st.integers(1, 20))
def test_a_higher_number_only_adds(tmp_path: Path, rows: list[dict[str, Any]], rule: str, low: int, more: int) -> None:
    """Whoever is in with a number is in with a higher one."""
    examples = frame(rows)
    few, many = (
        set(apply(stage("sample", {rule: number}, sources=SOURCES), examples, tmp_path)[0]["id"])
        for number in (low, low + more)
    )
    assert few <= many


@LOOSE
@given(rows=ROWS, low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_higher_share_only_adds(tmp_path: Path, rows: list[dict[str, Any]], low: float, high: float) -> None:
    """The same for the share that is kept."""
    examples = frame(rows)
    few, many = (
        set(apply(stage("sample", {"keep": part}), examples, tmp_path)[0]["id"]) for part in sorted((low, high))
    )
    assert few <= many


def test_evidence(tmp_path: Path) -> None:
    """A record that goes has its place, its rank as a fraction, and the highest rank that stays."""
    examples = frame({"task": task} for task in ["t"] * 9 + [None] * 3)
    left, gone, _ = apply(stage("sample", {"max_per_task": 4}), examples, tmp_path)
    ids = sorted((row["id"] for row in examples.to_dicts() if row["task"]), key=rank)
    assert set(ids[:4]) < set(left["id"])
    found = {row["id"]: row for row in gone.to_dicts()}
    assert set(found) == set(ids[4:])
    for place, record_id in enumerate(ids[4:], 5):
        row = found[record_id]
        assert (row["rule"], row["value"], row["limit"]) == ("max_per_task", str(place), "4")
        assert row["rank"] == pytest.approx(rank(record_id) / 2**64)
        assert row["cutoff"] == pytest.approx(rank(ids[3]) / 2**64)
        assert row["rank"] > row["cutoff"]


def test_nothing_stays(tmp_path: Path) -> None:
    """A limit of none drops all, with the cut-off at 0; no records at all are no fault."""
    left, gone, _ = apply(stage("sample", {"take": 0}), frame([{}] * 5), tmp_path)
    assert (left.height, gone["cutoff"].to_list()) == (0, [0.0] * 5)
    assert apply(stage("sample", {"share": {"a": 0.5}}), frame([{}]).clear(), tmp_path, [])[2].total_dropped == 0


def test_tasks_of_two_sources_are_two_tasks(tmp_path: Path) -> None:
    """A task's name means something within its source only."""
    examples = frame({"source": source, "task": "t"} for source in "aabb")
    left, _, _ = apply(stage("sample", {"max_per_task": 1}, sources=("a", "b")), examples, tmp_path)
    assert sorted(left["source"]) == ["a", "b"]


def test_seed_and_label_choose_others(tmp_path: Path) -> None:
    """Another seed takes other records; the same seed the same."""
    examples = frame([{}] * 200)
    taken = [
        apply(stage("sample", {"take": 50}, seed=seed), examples, tmp_path)[0]["id"].to_list() for seed in (1, 1, 2)
    ]
    assert taken[0] == taken[1] != taken[2]


def test_repeat(tmp_path: Path) -> None:
    """`repeat` marks what is left, drops nothing, and multiplies with an earlier one."""
    examples = frame([{}] * 6)
    left, gone, _ = apply(stage("sample", {"repeat": 3, "take": 4}), examples, tmp_path)
    assert (left["repeat"].to_list(), gone.height) == ([3] * 4, 2)
    keys = stage("sample", {"repeat": 3})
    narrow = keys.keys(examples.with_columns(at=examples["row"].cast(int), repeat=2))  # type: ignore[attr-defined]
    assert keys.decide(narrow.with_columns(unit=0)).columns["repeat"].to_list() == [6] * 6  # type: ignore[attr-defined]
    assert "repeat" not in apply(stage("sample", {"repeat": 1}), examples, tmp_path)[0].columns


PARTS = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(1, 97), min_size=1).map(
    lambda parts: {name: part / 100 for name, part in parts.items()}
)


@settings(max_examples=400)
@given(
    sizes=st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e"]), st.integers(1, 100_000), min_size=1),
    wanted=PARTS.filter(lambda parts: sum(parts.values()) <= 1),
)
def test_shares(sizes: dict[str, int], wanted: dict[str, float]) -> None:
    """No source gives more than it has; those named have their share to within a row a source, and it is the most."""
    allowed = shares(sizes, wanted)
    assert set(allowed) == set(sizes)
    assert all(0 <= allowed[name] <= rows for name, rows in sizes.items())
    others = [name for name in sizes if name not in wanted]
    rest = 1 - sum(wanted.values())
    if not set(wanted) <= set(sizes) or bool(others) != (rest > 1e-9):
        return  # a part of the mixture has no rows at all: nothing can have its share
    total = sum(allowed.values())
    assert all(abs(allowed[name] - part * total) <= len(sizes) for name, part in wanted.items())
    # Largest: one of the parts is used up, to within a row.
    left = [sizes[name] - allowed[name] for name in wanted] + [sum(sizes[name] - allowed[name] for name in others)]
    assert min(left if others else left[:-1]) <= len(sizes)
    for name in others:
        fair = sizes[name] / sum(sizes[one] for one in others) * sum(allowed[one] for one in others)
        assert abs(allowed[name] - fair) <= len(sizes)


@pytest.mark.parametrize(
    ("sizes", "wanted", "expected"),
    [
        ({"a": 100, "b": 100}, {"a": 0.25}, {"a": 33, "b": 100}),
        ({"a": 10, "b": 1000}, {"a": 0.5}, {"a": 10, "b": 10}),
        ({"a": 10, "b": 1000, "c": 500}, {"a": 0.5}, {"a": 10, "b": 6, "c": 3}),
        ({"a": 100, "b": 300}, {"a": 0.5, "b": 0.5}, {"a": 100, "b": 100}),
        ({"a": 100, "b": 300, "c": 7}, {"a": 0.5, "b": 0.5}, {"a": 100, "b": 100, "c": 0}),
        ({"b": 5}, {"a": 0.5}, {"b": 5}),
    ],
)
def test_shares_by_hand(sizes: dict[str, int], wanted: dict[str, float], expected: dict[str, int]) -> None:
    """Cases that can be checked in the head; a named source without rows leaves the others whole."""
    assert shares(sizes, wanted) == expected


@LOOSE
@given(rows=ROWS, part=st.sampled_from([0.1, 0.25, 0.5, 0.9]), seed=st.integers(0, 9))
def test_share_takes_the_first_by_rank(tmp_path: Path, rows: list[dict[str, Any]], part: float, seed: int) -> None:
    """Each source keeps as many as its share allows, the first by rank, for any cut."""
    examples = frame(rows)
    sizes = {name: examples["source"].to_list().count(name) for name in SOURCES if name in examples["source"]}
    allowed = shares(sizes, {"a": part})
    ids = {
        name: sorted((row["id"] for row in examples.to_dicts() if row["source"] == name), key=rank) for name in sizes
    }
    expected = sorted(one for name in sizes for one in ids[name][: allowed[name]])
    left, _, _ = apply(
        stage("sample", {"share": {"a": part}}, sources=SOURCES), examples, tmp_path, cuts(len(rows), seed, 3)
    )
    assert left["id"].to_list() == expected


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"take": -1},
        {"keep": 1.1},
        {"share": {"a": 0}},
        {"share": {"a": 0.6, "b": 0.6}},
        {"repeat": 0},
        {"takes": 3},
    ],
)
def test_settings_that_mean_nothing(said: dict[str, Any]) -> None:
    """Numbers out of range, shares of more than all, and a sample that says nothing are faults of the recipe."""
    with pytest.raises(ValidationError):
        stage("sample", said)
