"""`split`: what must stay together does, the fractions are met, and neither order nor cuts matter."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from curate import plugin
from curate.stages.split import assign
from support.examples import apply, cuts, frame, stage

LOOSE = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PROMPT = st.sampled_from(["one", "One ", "two", "three four", "three\nfour", "five", "six", "ﬁve"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from("ab"),
            "task": st.sampled_from([None, "t1", "t2"]),
            "group": st.sampled_from([None, None, "g1", "g2", "g3"]),
            "instruction": PROMPT | st.uuids().map(str),
            "input": st.sampled_from(["", "", "x"]),
        }
    ),
    max_size=40,
)


def sides(tmp_path: Path, rows: list[dict[str, Any]], parts: Any = None, **fractions: float) -> dict[str, str]:
    """The side of each record by its id."""
    what = stage("split", {"fractions": fractions or {"test": 0.2}}, sources=("a", "b"))
    left, gone, _ = apply(what, frame(rows), tmp_path, parts)
    assert (left.height, gone.height) == (len(rows), 0)
    return named(left) if rows else {}


def named(left: pl.DataFrame) -> dict[str, str]:
    """The side of each record by its id: only those of another side than train are named."""
    split = pl.col("split").fill_null("train") if "split" in left.columns else pl.lit("train")
    return dict(left.select("id", split.alias("split")).iter_rows())


def normal(text: str) -> str:
    return " ".join(text.replace("ﬁ", "fi").lower().split())


def bonds(row: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What binds a record to others."""
    prompt = normal(f"{row['instruction']} {row['input']}")
    group = [("group", row["source"], row["group"])] if row["group"] is not None else []
    return [("prompt", prompt), *group]


def components(rows: list[dict[str, Any]]) -> list[set[str]]:
    """The ids that hang together, slowly."""
    found: list[tuple[set[Any], set[str]]] = []
    for row in rows:
        mine, ids = set(bonds(row)), {row["id"]}
        for other in [one for one in found if one[0] & mine]:
            mine, ids = mine | other[0], ids | other[1]
            found.remove(other)
        found.append((mine, ids))
    return [ids for _, ids in found]


@LOOSE
@given(
    rows=ROWS,
    fractions=st.sampled_from([{"test": 0.2}, {"test": 0.02}, {"dev": 0.3, "test": 0.3}, {"z": 0.5, "a": 0.1}]),
)
def test_same_as_a_slow_statement(tmp_path: Path, rows: list[dict[str, Any]], fractions: dict[str, float]) -> None:
    """Components go whole, by stratum and least id's rank, as many as come nearest; giants are passed over."""
    rows = frame(rows).to_dicts()
    by_id = {row["id"]: row for row in rows}
    strata: defaultdict[tuple[str, bool, str], list[tuple[int, set[str]]]] = defaultdict(list)
    for ids in components(rows):
        leader = by_id[min(ids)]
        rank = xxhash.xxh3_64_intdigest(f"42\x1f0.split\x1f{leader['id']}".encode())
        strata[leader["source"], leader["task"] is None, leader["task"] or ""].append((rank, ids))
    expected: dict[str, str] = {}
    owed = dict.fromkeys(sorted(fractions), 0.0)
    for _, units in sorted(strata.items()):
        waiting = [ids for _, ids in sorted(units, key=lambda unit: unit[0])]
        total = sum(map(len, waiting))
        for side in owed:
            owed[side] += fractions[side] * total
            fitting = [ids for ids in waiting if len(ids) <= max(1, 2 * owed[side])]
            sums = [sum(map(len, fitting[:n])) for n in range(len(fitting) + 1)]
            taken = min(range(len(sums)), key=lambda n: abs(sums[n] - owed[side]))
            expected.update((one, side) for ids in fitting[:taken] for one in ids)
            owed[side] -= sums[taken]
            waiting = [ids for ids in waiting if ids not in fitting[:taken]]
    expected = {row["id"]: expected.get(row["id"], "train") for row in rows}
    assert sides(tmp_path, rows, **fractions) == expected


@LOOSE
@given(rows=ROWS, seed=st.integers(0, 9))
def test_order_and_cuts_do_not_matter(tmp_path: Path, rows: list[dict[str, Any]], seed: int) -> None:
    """Any order of the rows and any cut into units gives each record the same side."""
    rows = frame(rows).to_dicts()
    assert sides(tmp_path, rows, cuts(len(rows), seed, 4), test=0.3) == sides(tmp_path, rows, test=0.3)


def test_the_order_of_the_fractions_does_not_matter(tmp_path: Path) -> None:
    """A mapping has no order, and the cache's key knows none: two recipes that say the same split alike."""
    rows = [{"instruction": str(n)} for n in range(100)]
    assert sides(tmp_path, rows, test=0.1, dev=0.3) == sides(tmp_path, rows, dev=0.3, test=0.1)


@LOOSE
@given(rows=ROWS)
def test_no_leak(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    """Neither a group nor a normalised prompt stands on two sides, however the prompt is cut into fields."""
    rows = frame(rows).to_dicts()
    side = sides(tmp_path, rows, test=0.3, dev=0.3)
    seen: defaultdict[Any, set[str]] = defaultdict(set)
    for row in rows:
        for bond in bonds(row):
            seen[bond].add(side[row["id"]])
    assert all(len(where) == 1 for where in seen.values())


def test_equal_prompts_in_other_fields_are_equal(tmp_path: Path) -> None:
    """A prompt is the same whichever of the fields holds it: 300 such pairs stay together."""
    rows = []
    for n in range(300):
        rows += [{"instruction": f"Translate: {n}", "input": ""}, {"instruction": "Translate:", "input": f"{n}"}]
    rows = frame(rows).to_dicts()
    side = sides(tmp_path, rows, test=0.5)
    assert all(side[one["id"]] == side[two["id"]] for one, two in zip(rows[::2], rows[1::2], strict=True))


def test_groups_mean_something_in_their_source_only(tmp_path: Path) -> None:
    """Two sources that both number their groups from 1 are not torn together: the sides are near the fraction."""
    rows = [{"source": source, "group": str(n), "instruction": f"{source}{n}"} for source in "ab" for n in range(100)]
    rows = frame(rows).to_dicts()
    side = sides(tmp_path, rows, test=0.5)
    groups = Counter((row["group"], side[row["id"]]) for row in rows)
    assert any(groups[str(n), "test"] == 1 for n in range(100))


@pytest.mark.parametrize("fraction", [0.02, 0.1, 0.5, 0.9])
def test_strata_are_balanced(tmp_path: Path, fraction: float) -> None:
    """Each task gives its part to within a record, and all together the fraction to within one."""
    sizes = {"t1": 400, "t2": 100, "t3": 7, None: 250}
    rows = [{"task": task, "instruction": f"{task} {n}"} for task, size in sizes.items() for n in range(size)]
    rows = frame(rows).to_dicts()
    side = sides(tmp_path, rows, test=fraction)
    taken = Counter(row["task"] for row in rows if side[row["id"]] == "test")
    for task, size in sizes.items():
        assert abs(taken[task] - fraction * size) <= 1
    assert abs(sum(taken.values()) - fraction * len(rows)) <= 1


def test_large_components(tmp_path: Path) -> None:
    """A component with most of the records goes to one side whole, and a test side is still made of the others."""
    rows = [{"group": "huge", "instruction": f"h{n}"} for n in range(900)] + [
        {"instruction": f"s{n}"} for n in range(100)
    ]
    side = sides(tmp_path, rows, test=0.05)
    rows = frame(rows).to_dicts()
    assert {side[row["id"]] for row in rows if row["group"]} == {"train"}
    assert 0 < Counter(side.values())["test"] <= 50


def test_records_without_a_prompt(tmp_path: Path) -> None:
    """Where there is no prompt the output is the text: equal ones stay together, others do not hang together."""
    rows = frame({"output": f"Some text {n % 100}"} for n in range(200)).to_dicts()
    side = sides(tmp_path, rows, test=0.2)
    assert Counter(side.values()) == {"train": 160, "test": 40}
    assert len({(row["output"], side[row["id"]]) for row in rows}) == 100


def test_clusters_stay_together(tmp_path: Path) -> None:
    """Records that an earlier step put into one cluster go to one side."""
    rows = frame({"instruction": str(n)} for n in range(60)).with_columns(
        cluster=pl.Series([f"c{n // 3}" for n in range(60)]), at=pl.int_range(60, dtype=pl.UInt32)
    )
    what = stage("split", {"fractions": {"test": 0.5}})
    outcome = what.decide(what.keys(rows).with_columns(unit=pl.lit(0, pl.UInt32)))  # type: ignore[attr-defined]
    split = rows.join(outcome.columns, on="at", how="left", maintain_order="left")["split"].to_list()
    assert all(len(set(split[n : n + 3])) == 1 for n in range(0, 60, 3))
    assert set(split) == {None, "test"}
    assert dict(outcome.counts) == {"components": 20, "largest_component": 3, "rows.test": 30, "wanted.test": 30}


def test_a_giant_does_not_take_the_place_of_a_side(tmp_path: Path) -> None:
    """One component of most rows goes to train, whatever its rank, and the side has its fraction of the others."""
    rows = [{"instruction": str(n), "group": "giant" if n < 70 else None} for n in range(100)]
    for salt in range(5):
        side = sides(tmp_path, [{**row, "input": str(salt)} for row in rows], test=0.1)
        assert Counter(side.values())["test"] == 10


def test_a_side_that_cannot_be_filled_is_warned_of() -> None:
    """Where whole components cannot make the fraction, the warning names rows and groups."""
    warn = plugin.stage("split").warn  # type: ignore[attr-defined]
    counts = {"components": 2, "largest_component": 50, "rows.test": 0, "wanted.test": 10}
    assert "has 0 rows, 10 were asked for" in warn(counts)
    assert warn({**counts, "rows.test": 9}) is None


@settings(max_examples=200)
@given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 30)), max_size=60),
    parts=st.lists(st.integers(1, 45), min_size=1, max_size=2),
)
def test_fractions_are_met_to_within_a_component(rows: list[tuple[str, int]], parts: list[int]) -> None:
    """However large the components: each side is off by no more than the largest one."""
    rows.sort(key=lambda row: row[0])
    units = pl.DataFrame(rows, schema={"stratum": pl.String, "rows": pl.Int64}, orient="row")
    fractions = {f"s{n}": part / 100 for n, part in enumerate(parts)}
    side = assign(units, fractions)
    sizes = np.array([size for _, size in rows])
    for number, (_, fraction) in enumerate(sorted(fractions.items()), 1):
        assert abs(sizes[side == number].sum() - fraction * sizes.sum()) <= max(sizes, default=0)


def test_seed_and_nothing(tmp_path: Path) -> None:
    """Another seed takes other records; no records are no fault."""
    examples = frame({"instruction": str(n)} for n in range(100))
    taken = [
        apply(stage("split", {"fractions": {"test": 0.3}}, seed=seed), examples, tmp_path)[0]["split"].to_list()
        for seed in (1, 1, 2)
    ]
    assert taken[0] == taken[1] != taken[2]
    assert sides(tmp_path, []) == {}


WORDS = [f"{first}{second}" for first in ("ka", "lo", "mi", "ru", "te") for second in ("ban", "dor", "fel", "gim")]


def sentence(seed: int, words: int = 40) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))  # noqa: S311 - invented words


def edited(text: str, *places: int) -> str:
    words = text.split()
    for place in places:
        words[place % len(words)] = f"changed{place}"
    return " ".join(words)


EDITED = st.builds(
    lambda base, places: edited(sentence(base, 30 + base), *places),
    st.integers(0, 3),
    st.sets(st.integers(0, 39), max_size=3).map(sorted),
)
EDITS = st.lists(
    st.fixed_dictionaries(
        {"instruction": EDITED | st.sampled_from(["Sum it up.", "", "Say why: " + sentence(50, 60)]), "input": EDITED}
    ),
    min_size=2,
    max_size=40,
)


def similar(one: dict[str, Any], two: dict[str, Any]) -> float:
    """The Jaccard similarity of the sets of runs of five words, slowly."""
    sets = []
    for row in (one, two):
        words = f"{row['instruction']} {row['input']}".lower().split()
        sets.append({tuple(words[at : at + 5]) for at in range(len(words) - 4)})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def torn(rows: list[dict[str, Any]], side: dict[str, str]) -> int:
    """How many pairs of near-duplicates stand on two sides."""
    pairs = itertools.combinations(rows, 2)
    return sum(side[one["id"]] != side[two["id"]] and similar(one, two) >= 0.8 for one, two in pairs)


@LOOSE
@given(rows=EDITS, seed=st.integers(0, 9))
def test_near_duplicates_stay_together(tmp_path: Path, rows: list[dict[str, Any]], seed: int) -> None:
    """No pair as similar as the threshold stands on two sides, whatever the order of the rows and the cut."""
    rows = frame(rows).to_dicts()
    side = sides(tmp_path, rows, test=0.5)
    assert torn(rows, side) == 0
    assert sides(tmp_path, rows, cuts(len(rows), seed, 4), test=0.5) == side


def run_near(tmp_path: Path, rows: list[dict[str, Any]], near: Any) -> tuple[dict[str, str], dict[str, int]]:
    what = stage("split", {"fractions": {"test": 0.5}, "near": near})
    left, _, tally = apply(what, frame(rows), tmp_path)
    return named(left), dict(tally.counts)


def test_the_search_can_be_left_out_and_set(tmp_path: Path) -> None:
    """Without it twins are torn apart; a lower threshold joins more; the counts tell how many."""
    rows = [
        {"instruction": text}
        for n in range(40)
        for text in (sentence(n, 60), edited(sentence(n, 60), 20), edited(sentence(n, 60), 5, 20, 35))
    ]
    listed = frame(rows).to_dicts()
    off, told = run_near(tmp_path, rows, None)
    assert torn(listed, off) > 10
    assert told["components"] == 120
    assert not [name for name in told if name.startswith("near.")]
    near, counts = run_near(tmp_path, rows, {})
    assert torn(listed, near) == 0
    assert (counts["near.records"], counts["near.joined"], counts["near.pairs"], counts["components"]) == (
        80,
        40,
        40,
        80,
    )
    loose = run_near(tmp_path, rows, {"threshold": 0.4})[1]
    assert (loose["near.largest"], loose["near.joined"], loose["components"]) == (3, 80, 40)
    assert run_near(tmp_path, rows, {"on": ["output"]})[1]["components"] == 120


def test_a_definition_glues_no_task_together(tmp_path: Path) -> None:
    """A long text that all records of a task share is no likeness, unless the recipe says so."""
    rows = [{"instruction": sentence(99, 90), "input": sentence(n, 9)} for n in range(60)]
    rows.append({"instruction": sentence(99, 90), "input": f"{sentence(3, 9)} too"})
    counts = run_near(tmp_path, rows, {})[1]
    assert (counts["near.joined"], counts["largest_component"]) == (1, 2)
    assert run_near(tmp_path, rows, {"shared": None})[1]["largest_component"] > 50


def test_near_dialogues_and_outputs(tmp_path: Path) -> None:
    """Earlier turns count as the prompt, so equal last words join nothing; without a prompt outputs are compared."""
    turns = [
        [{"role": "user", "content": sentence(n), "name": None, "tool_calls": None, "tool_call_id": None}]
        for n in range(30)
    ]
    rows: list[dict[str, Any]] = [
        {"instruction": "Go on, please, and tell me more.", "history": history} for history in turns
    ]
    assert run_near(tmp_path, rows, {})[1]["near.joined"] == 0
    bare = [{"output": sentence(n, 60)} for n in range(30)] + [{"output": edited(sentence(7, 60), 20)}]
    assert run_near(tmp_path, bare, {})[1]["near.joined"] == 1


def test_chains_are_warned_of() -> None:
    """Where near-duplicates make the group that leaves no room for a side, the warning says what to do."""
    warn = plugin.stage("split").warn  # type: ignore[attr-defined]
    counts = {"largest_component": 50, "near.largest": 48, "rows.test": 0, "wanted.test": 10}
    assert warn(counts).endswith("groups of up to 50 (48 of them near-duplicates: raise near.threshold)")
    assert warn({**counts, "near.largest": 20}).endswith("groups of up to 50")


@pytest.mark.parametrize(
    ("near", "message"),
    [
        ({"threshold": 0.1}, "greater than or equal to 0.3"),
        ({"on": ["prompt"]}, "unknown field 'prompt'"),
        (0.1, "NearSettings"),
    ],
)
def test_settings_of_near_that_cannot_be_meant(near: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        plugin.stage("split").Settings.model_validate({"fractions": {"test": 0.1}, "near": near})
