"""`plan` and `head`: what would run, and records at every stage."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from curate.cache import Cache
from curate.errors import CurateError
from curate.head import head_of_recipe, head_of_version
from curate.plan import Planned, plan
from curate.recipe import load
from support.build import make, write_data

LABELS = ["ingest", "qa.0.sample", "0.filter.words", "1.dedup", "2.sample", "split", "format"]


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """The small recipe, not built."""
    return write_data(tmp_path / "x")


def planned(recipe: Path, *sets: str) -> dict[str, Planned]:
    found = plan(load(recipe, {}, sets), Cache(recipe.parent / "cache"))
    assert [step.label for step in found] == LABELS
    return {step.label: step for step in found}


def states(recipe: Path, *sets: str) -> list[str]:
    return [step.state for step in planned(recipe, *sets).values()]


def test_nothing_is_there(recipe: Path) -> None:
    """Before the first build all runs, nothing is known of it, and the plan writes nothing."""
    assert states(recipe) == ["will run", *["unknown"] * 6]
    assert not list((recipe.parent / "cache").rglob("*.json"))
    assert planned(recipe)["ingest"].why == "this recipe was not built with this cache before"


def test_all_is_there(recipe: Path) -> None:
    """After a build every step is cached, with its rows."""
    built = make(recipe)
    steps = planned(recipe)
    assert {step.state for step in steps.values()} == {"cached"}
    assert steps["ingest"].rows_out == built.manifest.rows_in
    assert steps["format"].rows_out == built.manifest.rows_out
    for stage in built.manifest.stages:
        step = steps[stage.label]
        assert step.rows_in == sum(stage.rows_in.values())
        assert (step.rows_in or 0) - (step.rows_out or 0) == sum(sum(why.values()) for why in stage.dropped.values())


@pytest.mark.parametrize(
    ("changed", "first", "why"),
    [
        ("sources.qa.steps.0.sample.max_per_task=19", "qa.0.sample", "max_per_task 20 → 19"),
        ("steps.0.filter.words.max=41", "0.filter.words", "max 30 → 41"),
        ("steps.1.dedup.key=raw", "1.dedup", "key normalised → raw"),
        ("steps.2.sample.take=49", "2.sample", "take 50 → 49"),
        ("split.test=0.3", "split", "fractions.test 0.2 → 0.3"),
        ("format.template=alpaca", "format", "template plain → alpaca"),
        ("seed=6", "qa.0.sample", "seed 5 → 6"),
        ("sources.more.license=mit", "ingest", "source more: license (not set) → mit"),
    ],
)
def test_after_an_edit(recipe: Path, changed: str, first: str, why: str) -> None:
    """Steps before the edited one are cached, it will run, what follows is unknown; a build brings all back."""
    before = make(recipe)
    found = states(recipe, changed)
    place = LABELS.index(first)
    assert found == ["cached"] * place + ["will run"] + ["unknown"] * (len(LABELS) - place - 1)
    reasons = {label: step.why for label, step in planned(recipe, changed).items()}
    assert reasons[first] == why
    assert {reasons[label] for label in LABELS[:place]} <= {None}
    assert {reasons[label] for label in LABELS[place + 1 :]} <= {f"waits for {first}"}
    after = make(recipe, changed)
    assert set(states(recipe, changed)) == set(states(recipe)) == {"cached"}
    assert after.path != before.path


def test_another_file(recipe: Path) -> None:
    """One more file: only it is read, and what it changes is done again."""
    make(recipe)
    (recipe.parent / "qa" / "four.jsonl").write_text('{"q": "New?", "a": "Yes", "t": "new"}\n', encoding="utf-8")
    ingest = planned(recipe)["ingest"]
    assert (ingest.state, ingest.why) == ("will run", "source qa: qa/four.jsonl new")
    built = make(recipe, "steps.2.sample.take=60")
    assert built.manifest.sources["qa"].rows_in == 62
    assert "new" in set(pl.read_parquet(built.path / "data")["task"])


def test_nothing_matches(recipe: Path) -> None:
    """A pattern that matches no file is told, with where it was looked for."""
    with pytest.raises(CurateError, match=r"source 'qa': no file matches '.*nowhere/\*.json' \(looked in"):
        planned(recipe, "sources.qa.path=nowhere/*.json")


@pytest.mark.parametrize("label", [None, *LABELS[1:]])
def test_head_at_every_stage(recipe: Path, label: str | None) -> None:
    """After each step: at most n records of a source, with the columns that are there by then."""
    shown = head_of_recipe(load(recipe), label, 2, Cache(recipe.parent / "cache"))
    sources = [row["source"] for row in shown]
    assert sources == (["qa"] * 2 if label == "qa.0.sample" else ["qa"] * 2 + ["more"] * 2)
    assert all(("prompt" in row) == (label == "format") for row in shown)
    assert all(("split" in row) == (label in ("split", "format")) for row in shown)
    assert not (recipe.parent / "out").exists()


def test_head_of_a_step_that_is_not_there(recipe: Path) -> None:
    """The error lists the labels."""
    with pytest.raises(CurateError, match=r"no step is called 'dedup' \(there are: qa.0.sample, 0.filter.words"):
        head_of_recipe(load(recipe), "dedup", 2, Cache(recipe.parent / "cache"))


def test_head_of_a_version(recipe: Path) -> None:
    """The first rows of each split, or of one."""
    built = make(recipe)
    shown = head_of_version(built.path, 3)
    assert [row["split"] for row in shown] == ["test"] * 3 + ["train"] * 3
    data = pl.read_parquet(built.path / "data/train-00000-of-00001.parquet").head(3).to_dicts()
    assert head_of_version(built.path, 3, "train") == [{"split": "train", **row} for row in data]
    with pytest.raises(CurateError, match=r"no split 'dev' .* \(there are: test, train\)"):
        head_of_version(built.path, 1, "dev")


def test_why_where_nothing_changed(recipe: Path) -> None:
    """A step whose results are gone says so; one behind a step that was inserted names what is another."""
    make(recipe)
    for path in (recipe.parent / "cache" / "units").rglob("*"):
        if path.is_file() and b'"kind":"split"' in path.read_bytes():
            path.unlink()
    split = planned(recipe)["split"]
    assert (split.state, split.why) == ("will run", "nothing it depends on changed: its results were pruned")


def test_why_another_code_version(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule whose code is of another version says so."""
    make(recipe)
    monkeypatch.setattr("curate.filters.words.Rule.version", 99)
    why = planned(recipe)["0.filter.words"].why
    assert why is not None
    assert why.startswith("code version ")
    assert why.endswith(" → 99")
