"""`sample` by score: pool and buckets against a slow statement of them, and what a raised quota may do."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from curate.errors import CurateError
from support.examples import apply, cuts, frame, scored, stage

LOOSE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# The winners' quotas by decile of a task's accuracy.
QUOTAS = {
    "per": "task",
    "by": "accuracy",
    "edges": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    "quota": [350, 350, 300, 300, 250, 250, 200, 150, 100, 50],
    "pool": "failed",
}
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["a", "b"]),
            "task": st.sampled_from([None, "t1", "t2", "t3"]),
            "score": st.sampled_from([None, 0.0, 0.0, 0.25, 1.0]),
        }
    ),
    min_size=1,
    max_size=60,
).filter(lambda rows: any(row["score"] is not None for row in rows))


def examples(rows: list[dict[str, Any]], metric: str = "exact_match") -> pl.DataFrame:
    """Records with the scores of a score step."""
    return scored(frame(rows), metric, [row["score"] for row in rows])


def rank(record_id: str) -> int:
    return xxhash.xxh3_64_intdigest(f"42\x1f0.sample\x1f{record_id}".encode())


def slowly(rows: list[dict[str, Any]], said: dict[str, Any]) -> set[str]:
    """The ids that stay, said step by step: one list a group, sorted by rank."""
    tasks = defaultdict(list)
    for row in rows:
        if row["score"] is not None:
            tasks[row["source"], row["task"]].append(row["score"])
    groups = defaultdict(list)
    for row in rows:
        own, mean = row["score"], tasks.get((row["source"], row["task"]))
        value = own
        if said["per"] == "task":
            value = sum(mean) / len(mean) if mean else None
        if value is None or (said.get("pool") == "failed" and (own is None or own >= 1)):
            continue
        bucket = sum(value >= edge for edge in said["edges"])
        within = said.get("within", "task" if said["per"] == "task" else "all")
        key = {"task": (row["source"], row["task"]), "source": (row["source"],), "all": ()}[within]
        groups[bucket, key].append(row["id"])
    stay = set()
    for (bucket, _), ids in groups.items():
        if "quota" in said:
            number = said["quota"][bucket]
        else:
            number = math.floor(said["fraction"][bucket] * len(ids) + 0.5 * (said.get("rounding") != "down") + 1e-9)
        stay |= set(sorted(ids, key=rank)[:number])
    return stay


NUMBERS = st.one_of(
    st.fixed_dictionaries({"quota": st.lists(st.integers(0, 12), min_size=3, max_size=3)}),
    st.fixed_dictionaries(
        {
            "fraction": st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]), min_size=3, max_size=3),
            "rounding": st.sampled_from(["nearest", "down"]),
        }
    ),
)


@LOOSE
@given(
    rows=ROWS,
    per=st.sampled_from(["task", "record"]),
    more=st.fixed_dictionaries(
        {}, optional={"pool": st.just("failed"), "within": st.sampled_from(["task", "source", "all"])}
    ),
    numbers=NUMBERS,
    seed=st.integers(0, 9),
)
def test_same_as_a_slow_statement(
    tmp_path: Path, rows: list[dict[str, Any]], per: str, more: dict[str, Any], numbers: dict[str, Any], seed: int
) -> None:
    """Any buckets keep what the statement keeps, for any order of rows and any cut into units."""
    said = {"per": per, "edges": [0.2, 0.5], **more, **numbers}
    made = examples(rows)
    parts = cuts(made.height, seed, 3)
    left, gone, _ = apply(stage("sample", said, sources=("a", "b")), made, tmp_path, parts)
    told = [{**row, "score": score} for row, score in zip(made.to_dicts(), made["score_exact_match"], strict=True)]
    assert set(left["id"]) == slowly(told, said)
    assert left.height + gone.height == made.height


@LOOSE
@given(rows=ROWS, bucket=st.integers(0, 2), quota=st.lists(st.integers(0, 9), min_size=3, max_size=3))
def test_a_raised_quota_only_adds(tmp_path: Path, rows: list[dict[str, Any]], bucket: int, quota: list[int]) -> None:
    """Whoever is in with a quota is in with a higher one."""
    raised = [number + 3 * (place == bucket) for place, number in enumerate(quota)]
    few, many = (
        set(
            apply(
                stage("sample", {"per": "task", "edges": [0.2, 0.5], "quota": numbers, "pool": "failed"}),
                examples(rows),
                tmp_path,
            )[0]["id"]
        )
        for numbers in (quota, raised)
    )
    assert few <= many


def test_the_quotas_of_the_winners(tmp_path: Path) -> None:
    """Of a task with accuracy a, min(quota of a's decile, failed records) stay, and failed ones only."""
    rows = []
    for decile in range(11):
        right = decile * 40
        rows += [{"task": f"t{decile}", "score": float(place < right)} for place in range(400)]
    left, gone, _ = apply(stage("sample", QUOTAS), examples(rows), tmp_path)
    quotas = {f"t{decile}": quota for decile, quota in enumerate([*QUOTAS["quota"], 50])}
    kept = dict(left.group_by("task").len().iter_rows())
    assert kept == {task: min(quotas[task], 400 - 40 * int(task[1:])) for task in quotas if task != "t10"}
    assert set(gone.filter(pl.col("rule") == "pool")["reason"]) == {"not failed"}
    assert gone.filter(pl.col("reason") == "not failed").height == sum(row["score"] == 1 for row in rows)


def test_a_bucket_holds_its_lower_edge(tmp_path: Path) -> None:
    """0.3 as three of ten is the literal 0.3, and lies in the bucket that begins with it."""
    rows = [{"task": "t", "score": float(place < 3)} for place in range(10)]
    said = {"per": "task", "edges": [0.3], "quota": [0, 7]}
    assert apply(stage("sample", said), examples(rows), tmp_path)[0].height == 7


def test_evidence_and_counts(tmp_path: Path) -> None:
    """Who leaves by score says it, who leaves by quota its bucket, rank and cut-off; empty tasks are named."""
    rows = [{"task": "t", "score": score} for score in (0.0, 0.0, 0.0, 1.0)]
    rows += [{"task": "u", "score": None}, {"task": "t", "score": None}]
    said = {"per": "task", "edges": [0.5], "quota": [1, 1], "pool": "failed"}
    left, gone, tally = apply(stage("sample", said), examples(rows), tmp_path)
    assert left.height == 1
    found = gone.sort("reason", "value").select("rule", "reason", "value", "limit").rows()
    assert found == [
        ("bucket", "beyond the quota of below 0.5", "2", "1"),
        ("bucket", "beyond the quota of below 0.5", "3", "1"),
        ("pool", "not failed", "1.0", "below 1"),
        ("pool", "unscored", None, "accuracy"),
        ("pool", "unscored", None, "accuracy"),
    ]
    cut = gone.filter(pl.col("rule") == "bucket")
    assert cut["cutoff"].to_list() == [pytest.approx(rank(left["id"][0]) / 2**64)] * 2
    assert (cut["rank"] > cut["cutoff"]).all()
    assert tally.counts["unscored"] == 2
    assert tally.counts["unpredicted.u"] == 1
    assert tally.counts["kept.below 0.5"] == 1
    warning = stage("sample", said).warn(dict(tally.counts))
    assert warning == "2 records have no score and left; no prediction at all: u"


def test_many_tasks_without_predictions_are_counted(tmp_path: Path) -> None:
    """A warning names twenty tasks and counts the others."""
    rows = [{"task": f"t{number:02}", "score": None} for number in range(30)] + [{"task": "z", "score": 0.0}]
    what = stage("sample", {"pool": "failed"})
    tally = apply(what, examples(rows), tmp_path)[2]
    warning = what.warn(dict(tally.counts)) or ""
    assert "t00, t01" in warning
    assert warning.endswith("t19 and 10 more")


def test_nothing_scored_is_an_error(tmp_path: Path) -> None:
    """Neither a missing score step nor predictions that match nothing may empty a source silently."""
    for made in (frame([{}] * 3), examples([{"score": None}] * 3)):
        with pytest.raises(CurateError, match="not one of 3 records has a score by accuracy"):
            apply(stage("sample", {"pool": "failed"}), made, tmp_path)


def test_accuracy_is_the_right_or_wrong_metric(tmp_path: Path) -> None:
    """A record that only `math_equal` scored counts by it, one that both scored by `exact_match`."""
    made = frame({"task": task} for task in ("a", "b", "c"))
    made = scored(scored(made, "exact_match", [1.0, None, 0.0]), "math_equal", [0.0, 0.0, 1.0])
    left, _, _ = apply(stage("sample", {"pool": "failed"}), made, tmp_path)
    assert sorted(left["task"]) == ["b", "c"]


def test_graded_metrics_say_what_failed_is(tmp_path: Path) -> None:
    """ROUGE-L has no wrong: the recipe names the limit."""
    with pytest.raises(ValidationError, match="rouge_l is graded: say failed_below"):
        stage("sample", {"pool": "failed", "by": "rouge_l"})
    made = examples([{"score": score} for score in (0.1, 0.5, 0.9)], "rouge_l")
    left, _, _ = apply(stage("sample", {"pool": "failed", "by": "rouge_l", "failed_below": 0.5}), made, tmp_path)
    assert left.height == 1


def test_labels_of_reasons_cover_the_buckets(tmp_path: Path) -> None:
    """Each bucket has its own reason in the ledger, so that the report counts them apart."""
    edges = [0.2, 0.5, 0.8]
    made = examples([{"score": score} for score in (0.1, 0.3, 0.6, 0.9)], "rouge_l")
    said = {"per": "record", "by": "rouge_l", "edges": edges, "fraction": [0, 0, 0, 0]}
    gone = apply(stage("sample", said), made, tmp_path)[1]
    inner = [f"[{low:g}, {high:g})" for low, high in pairwise(edges)]
    assert set(gone["reason"]) == {f"beyond the share of {name}" for name in ["below 0.2", *inner, "0.8 and more"]}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"per": "task", "edges": [0.5]}, "either quota or fraction"),
        ({"per": "task", "quota": [1, 2]}, "buckets need per, edges"),
        ({"edges": [0.5], "quota": [1, 2], "take": 1}, "buckets need per, edges"),
        ({"per": "task", "edges": [0.5], "quota": [1, 2], "fraction": [0.1, 0.2]}, "either quota or fraction"),
        ({"per": "task", "edges": [0.5, 0.5], "quota": [1, 2, 3]}, "must rise"),
        ({"per": "task", "edges": [0.5, 0.6], "quota": [1, 2]}, "make 3 buckets, but quota has 2"),
        ({"within": "task", "take": 1}, "within belongs to buckets"),
        ({"failed_below": 0.5, "take": 1}, "failed_below belongs to pool"),
        ({"pool": "all"}, "says nothing"),
        ({"by": "rouge-l", "pool": "failed"}, "pattern"),
    ],
)
def test_settings_that_mean_nothing(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        stage("sample", said)
