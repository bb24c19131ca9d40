"""`dedup`: who goes, who stays instead, and what counts as equal."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from curate.describe import warnings_of
from curate.passes import Tally
from curate.room import Room
from curate.stages.dedup import Step
from support.examples import apply, cuts, frame, stage

ORIGINS = ("human", "mixed", "unknown", "model")


def kept(tmp_path: Path, rows: list[dict[str, Any]], sources: tuple[str, ...] = ("a", "b"), **said: Any) -> list[str]:
    """The outputs of the records that stay."""
    left, _, _ = apply(stage("dedup", said, sources=sources), frame(rows), tmp_path)
    return sorted(left["output"])


def test_the_key_is_the_fields_not_their_concatenation(tmp_path: Path) -> None:
    """("ab", "c") and ("a", "bc") are different, ("ab", "c") twice is not."""
    rows = [
        {"instruction": "ab", "input": "c", "output": "1"},
        {"instruction": "a", "input": "bc", "output": "2"},
        {"instruction": "abc", "input": "", "output": "3"},
        {"instruction": "ab", "input": "c", "output": "4"},
    ]
    left, gone, tally = apply(stage("dedup", {}), frame(rows), tmp_path)
    assert (left.height, gone.height, tally.total_dropped) == (3, 1, 1)
    assert {"2", "3"} < set(left["output"])


def test_the_ledger_names_the_twin(tmp_path: Path) -> None:
    """A record that goes has the id of the one that stays, of another unit too, with similarity 1."""
    rows = [
        {"instruction": "x", "source": source, "output": source, "id": f"{n:032x}"}
        for n, source in [(9, "a"), (1, "b")]
    ]
    _, gone, tally = apply(stage("dedup", {}, sources=("a", "b")), frame(rows), tmp_path)
    evidence = gone.select("id", "rule", "reason", "twin", "similarity", "stage").to_dicts()
    said = {"rule": "exact", "reason": "duplicate", "similarity": 1.0, "stage": "0.dedup"}
    assert evidence == [{"id": f"{1:032x}", "twin": f"{9:032x}", **said}]
    assert tally.dropped["b"] == {"exact: duplicate": 1}


@pytest.mark.parametrize(
    ("prefer", "survivor"),
    [
        (["source_order"], "long model"),
        (["human"], "human"),
        (["longest"], "long model"),
        (["id"], "short"),
        (["human", "longest"], "human"),
        (["source_order", "id"], "short a"),
        ([], "short"),
    ],
)
def test_preferences(tmp_path: Path, prefer: list[str], survivor: str) -> None:
    """The first criterion decides, the next breaks its ties, the least id the last ones."""
    rows = [
        {"id": f"{1:032x}", "source": "b", "origin": "unknown", "output": "short"},
        {"id": f"{2:032x}", "source": "a", "origin": "model", "output": "short a"},
        {"id": f"{3:032x}", "source": "b", "origin": "human", "output": "human"},
        {"id": f"{4:032x}", "source": "a", "origin": "model", "output": "long model"},
    ]
    rows = [{"instruction": "same", **row} for row in rows]
    expected = "short a" if prefer == ["source_order"] else survivor
    assert kept(tmp_path, rows, prefer=prefer) == [expected]


def test_source_order_is_the_recipes_order(tmp_path: Path) -> None:
    """Not the alphabet decides but which source the recipe names first; a source that it does not name comes last."""
    rows = [{"instruction": "same", "source": name, "output": name} for name in ("a", "b", "zz")]
    assert kept(tmp_path, rows, sources=("b", "a")) == ["b"]
    assert kept(tmp_path, rows[::2], sources=("b", "a")) == ["a"]


@pytest.mark.parametrize(
    ("one", "two", "equal"),
    [
        ("What is  this?", " what\tis\nthis? ", True),
        ("ﬁne №1", "fine no1", True),
        ("STRASSE", "straße", False),
        ("Ｆｕｌｌ", "full", True),
        ("cafe\u0301", "café", True),
        ("a b", "ab", False),
        ("a\u00a0b", "A B", True),
        ("a\x1fb", "a b", False),
    ],
)
def test_normalised_keys(tmp_path: Path, one: str, two: str, *, equal: bool) -> None:
    """Case, compatibility forms and runs of blanks make no difference under `normalised`, but do raw."""
    rows = [{"instruction": text} for text in (one, two)]
    assert len(kept(tmp_path, rows, key="normalised")) == (1 if equal else 2)
    assert len(kept(tmp_path, rows)) == 2


def test_empty_keys(tmp_path: Path) -> None:
    """Records with nothing in the key's fields all stay, unless they shall match each other."""
    rows = [
        {"instruction": "q", "input": blank, "output": str(n)} for n, blank in enumerate(["", "", "  ", "\n", "x", "x"])
    ]
    assert len(kept(tmp_path, rows, on=["input"])) == 5
    assert len(kept(tmp_path, rows, on=["input"], empty="match")) == 4
    assert len(kept(tmp_path, rows, on=["input"], empty="match", key="normalised")) == 2


def test_warning_of_empty_keys(tmp_path: Path) -> None:
    """A key that is empty in more than half of the records is warned about, at half of them it is not."""
    rows = [{"instruction": "q", "input": "x" * n} for n in (0, 0, 0, 1, 2)]
    tally = apply(stage("dedup", {"on": ["input"]}), frame(rows), tmp_path)[2]
    assert dict(tally.counts) == {"records": 5, "empty_keys": 3, "largest_cluster": 0}
    warning = Step.warn(dict(tally.counts))
    assert warning is not None
    assert "empty in 3 of 5 records" in warning
    assert Step.warn({"records": 4, "empty_keys": 2}) is None
    assert Step.warn({}) is None


def test_the_warning_reaches_the_manifest(recipe_of_nothing: Any) -> None:
    """What the stage warns of stands in the manifest's warnings, with the step's label."""
    tally = Tally("2.dedup", "dedup", {"a": 10}, {}, {"records": 10, "empty_keys": 9})
    recipe, intake = recipe_of_nothing
    assert [text.split(":")[0] for text in warnings_of(recipe, intake, [tally])] == ["2.dedup"]


def test_a_source_that_is_mostly_copies_is_warned_of(recipe_of_nothing: Any) -> None:
    """More than half of a source's records gone as duplicates is told of, half of them is not."""
    recipe, intake = recipe_of_nothing
    for gone, said in ((6, ["2.dedup: 6 of the 10 records of source 'a' went as duplicates"]), (5, [])):
        tally = Tally(
            "2.dedup", "dedup", {"a": 10}, {"a": {"exact: duplicate": gone}}, {"records": 10, "empty_keys": 0}
        )
        assert [text.partition(": a copy")[0] for text in warnings_of(recipe, intake, [tally])] == said


def test_the_largest_cluster_is_that_of_all_buckets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of buckets are summed, but the largest cluster is the largest of any of them."""
    monkeypatch.setattr(Room, "pieces", lambda *_: 3)
    rows = [{"instruction": text} for text in ["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"]]
    tally = apply(stage("dedup", {}), frame(rows), tmp_path)[2]
    assert dict(tally.counts) == {"records": 10, "empty_keys": 0, "largest_cluster": 4}


@pytest.mark.parametrize("field", ["references", "history", "meta.topic", "task", "system"])
def test_any_field_can_be_the_key(tmp_path: Path, field: str) -> None:
    """Lists, dialogues and keys of meta make keys as texts do."""

    def row(text: str) -> dict[str, Any]:
        turn = {"role": "user", "content": text, "name": None, "tool_calls": None, "tool_call_id": None}
        return {
            "references": [text, "x"],
            "history": [turn],
            "meta": f'{{"topic": "{text}"}}',
            "task": text,
            "system": text,
        }

    rows = [{**row(text), "output": text} for text in ("one", "one", "two")]
    assert kept(tmp_path, rows, on=[field]) == ["one", "two"]


@pytest.mark.parametrize("said", [{"on": []}, {"on": ["instruktion"]}, {"method": "fuzzy"}, {"prefer": ["newest"]}])
def test_settings_that_mean_nothing(said: dict[str, Any]) -> None:
    """An unknown field, method or preference is a fault of the recipe."""
    with pytest.raises(ValidationError):
        stage("dedup", said)


def normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from("ab"),
            "origin": st.sampled_from(ORIGINS),
            "instruction": st.sampled_from(["", "x", "X ", "x y", "x  y"]),
            "output": st.text("o", max_size=3),
        }
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    prefer=st.lists(st.sampled_from(["source_order", "human", "longest", "id"]), max_size=3, unique=True),
    key=st.sampled_from(["raw", "normalised"]),
    empty=st.sampled_from(["keep", "match"]),
    seed=st.integers(0, 9),
)
def test_same_as_a_slow_statement(
    tmp_path: Path, rows: list[dict[str, Any]], prefer: list[str], key: str, empty: str, seed: int
) -> None:
    """Grouping by key and taking the least under the preferences gives the same survivors and twins, for any cut."""
    examples = frame(rows)
    rows = examples.to_dicts()
    best: dict[Any, dict[str, Any]] = {}

    def key_of(row: dict[str, Any]) -> Any:
        text = normal(row["instruction"]) if key == "normalised" else row["instruction"]
        return row["id"] if empty == "keep" and not text.strip() else ("key", text)

    def rank(row: dict[str, Any]) -> list[Any]:
        orders = {
            "source_order": "ba".index(row["source"]),
            "human": ORIGINS.index(row["origin"]),
            "longest": -len(row["instruction"] + row["output"]),
            "id": row["id"],
        }
        return [*(orders[name] for name in prefer), row["id"]]

    for row in sorted(rows, key=rank):
        best.setdefault(key_of(row), row)
    twins = {row["id"]: best[key_of(row)]["id"] for row in rows if best[key_of(row)]["id"] != row["id"]}
    said = {"on": ["instruction"], "prefer": prefer, "key": key, "empty": empty}
    left, gone, _ = apply(stage("dedup", said, sources=("b", "a")), examples, tmp_path, cuts(len(rows), seed, 4))
    assert left["id"].to_list() == sorted(row["id"] for row in best.values())
    assert dict(gone.select("id", "twin").iter_rows() if gone.height else []) == twins
