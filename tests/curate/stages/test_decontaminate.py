"""Decontamination: records that overlap an evaluation item go, or are noted, with item and words as evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from curate import plugin
from curate.build import Built, Request, build
from curate.cache import Cache
from curate.errors import CurateError, ExpectationError
from curate.explain import explain
from curate.plan import plan
from curate.recipe import load
from curate.verify import verify

QUESTION = "A baker sells twelve loaves in the morning and thirty more loaves before noon; how many loaves were sold?"
SHORT = "Which bird lays the largest egg?"
RECIPE = """
version: 1
name: clean
sources:
  mine: {adapter: alpaca, path: mine.json}
steps:
  - decontaminate:
      against:
        - {name: sums, adapter: files, path: held.jsonl, columns: {instruction: question, output: answer}}
format: {columns: prompt_completion, template: plain}
"""
ROWS = {
    "clean": ("Name three colours.", "Red, green and blue."),
    "as it stands": (QUESTION, "42"),
    "inside": (f"Please read this with care. {QUESTION.upper()} Answer with a number alone.", "42"),
    "short": (f"{SHORT.lower()[:-1]}", "The ostrich."),
    "in the answer": ("Write a riddle about a baker.", f"Here it is: {QUESTION}"),
}


def make(folder: Path, *sets: str) -> Built:
    return build(load(folder / "recipe.yaml", {}, sets), Request(out=folder / "out", cache=folder / "cache", workers=1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"instruction": asked, "input": "", "output": answer} for asked, answer in ROWS.values()]
    (tmp_path / "mine.json").write_text(json.dumps(rows), encoding="utf-8")
    held = [{"question": QUESTION, "answer": "42"}, {"question": SHORT, "answer": "ostrich"}]
    (tmp_path / "held.jsonl").write_text("\n".join(map(json.dumps, held)), encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def ledger(built: Built) -> list[dict[str, Any]]:
    return pl.read_parquet(built.path / "ledger/drops.parquet").to_dicts()


def test_overlaps_leave_with_their_evidence(folder: Path) -> None:
    """Questions whole, inside longer prompts, short, and in answers go; the ledger shows what met what."""
    built = make(folder)
    assert built.manifest.rows_out == 1
    found = {row["row"]: row for row in ledger(built)}
    assert {number: row["rule"] for number, row in found.items()} == {1: "equal", 2: "ngram", 3: "equal", 4: "ngram"}
    assert found[4]["reason"] == "overlaps sums in the completion"
    assert found[2]["value"].startswith("A BAKER SELLS TWELVE LOAVES")
    assert found[2]["similarity"] == 1.0
    assert all(row["twin"].startswith("sums:") for row in found.values())
    assert built.manifest.stages[0].counts == {"hits": 4, "hits.sums": 4}


def test_inputs_of_the_evaluation_are_locked(folder: Path) -> None:
    """The evaluation file stands in manifest and lock with its digest: another file is another build."""
    built = make(folder)
    assert [one.name for one in built.manifest.inputs if one.source == "0.decontaminate.sums"] == ["held.jsonl"]
    assert "0.decontaminate.sums" in (built.path / "recipe.lock.yaml").read_text(encoding="utf-8")
    (folder / "held.jsonl").write_text(json.dumps({"question": SHORT, "answer": "ostrich"}), encoding="utf-8")
    again = make(folder)
    assert again.manifest.rows_out == 4


def test_sides_can_be_chosen(folder: Path) -> None:
    """With the prompt alone, a question in an answer stays."""
    assert make(folder, "steps.0.decontaminate.sides=[prompt]").manifest.rows_out == 2


def test_report_keeps_the_records_and_notes_each_overlap(folder: Path) -> None:
    """`mode: report` drops nothing: record, rule, set, item, words and share of the item are in a file of their own."""
    built = make(folder, "steps.0.decontaminate.mode=report")
    assert built.manifest.rows_out == 5
    assert ledger(built) == []
    assert "ledger/notes.parquet" in built.manifest.files
    assert "`ledger/notes.parquet`" in (built.path / "README.md").read_text(encoding="utf-8")
    (warning,) = built.manifest.warnings
    assert warning.startswith("0.decontaminate: 4 records overlap an evaluation set and were kept")
    notes = pl.read_parquet(built.path / "ledger/notes.parquet")
    dropped = pl.read_parquet(make(folder).path / "ledger/drops.parquet")
    # The same evidence as where the records are dropped, but for the sides: here each is told.
    assert notes.sort("row").select(notes.columns).equals(dropped.sort("row").select(notes.columns))
    data = pl.read_parquet([built.path / name for info in built.manifest.splits.values() for name in info.files])
    assert set(notes["id"]) < set(data["id"])
    assert all(finding.ok for finding in verify(built.path))


def test_both_sides_are_noted(folder: Path) -> None:
    """A record that holds an item in prompt and output has two notes."""
    rows = [{"instruction": QUESTION, "input": "", "output": f"You asked: {QUESTION}"}]
    (folder / "mine.json").write_text(json.dumps(rows), encoding="utf-8")
    built = make(folder, "steps.0.decontaminate.mode=report")
    notes = pl.read_parquet(built.path / "ledger/notes.parquet")
    assert notes["reason"].to_list() == ["overlaps sums in the prompt", "overlaps sums in the completion"]
    assert built.manifest.stages[0].counts == {"hits": 1, "hits.sums": 1, "kept": 1}


def test_notes_are_of_records_in_the_dataset_alone(folder: Path) -> None:
    """What a later step drops is no contamination: neither noted nor counted against the recipe's limit."""
    text = RECIPE.replace("format:", "  - filter: {contains: {of: [output], lacks: [riddle, '42', ostrich]}}\nformat:")
    (folder / "recipe.yaml").write_text(f"{text}expect: {{contamination: 1}}\n", encoding="utf-8")
    built = make(folder, "steps.0.decontaminate.mode=report")
    notes = pl.read_parquet(built.path / "ledger/notes.parquet")
    assert (built.manifest.rows_out, notes.height) == (2, 1)
    assert [check.value for check in built.checks] == ["1"]
    assert notes["reason"].item() == "overlaps sums in the completion"
    (folder / "recipe.yaml").write_text(f"{text}expect: {{contamination: 0}}\n", encoding="utf-8")
    with pytest.raises(ExpectationError, match=r"contamination +0 +1\b"):
        make(folder, "steps.0.decontaminate.mode=report")


def test_explain_tells_what_was_noted_and_what_was_met(folder: Path) -> None:
    """The story of a record that stayed names the overlap at its step; so does that of one that went."""
    built = make(folder, "steps.0.decontaminate.mode=report")
    note = pl.read_parquet(built.path / "ledger/notes.parquet").filter(pl.col("row") == 2).to_dicts()[0]
    (story,) = explain(built.path, note["id"])
    said = f"overlaps sums in the prompt, 19 words in a row ({note['value']!r}), 100% of item {note['twin']}"
    assert story.steps[0] == f"came through 0.decontaminate, which noted ngram: {said}"
    (gone,) = explain(make(folder).path, note["id"])
    assert gone.steps == [f"dropped at 0.decontaminate by ngram: {said}"]


def test_expect_can_refuse_what_was_kept(folder: Path) -> None:
    """`expect: contamination` holds what is left against its limit."""
    text = (folder / "recipe.yaml").read_text(encoding="utf-8") + "expect: {contamination: 0}\n"
    (folder / "recipe.yaml").write_text(text, encoding="utf-8")
    assert make(folder).checks[0].ok
    with pytest.raises(ExpectationError, match=r"contamination +0 +4"):
        make(folder, "steps.0.decontaminate.mode=report")


def test_contamination_without_a_step_is_refused(folder: Path) -> None:
    """An expectation that nothing measured is broken, not passed over."""
    text = RECIPE.partition("steps:")[0] + "format: {template: plain}\nexpect: {contamination: 0}\n"
    (folder / "recipe.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ExpectationError, match="the recipe has no decontaminate step"):
        make(folder)


def test_plan_knows_the_step(folder: Path) -> None:
    """Before a build the step will run, after it it is cached."""
    recipe, cache = load(folder / "recipe.yaml"), Cache(folder / "cache")
    assert [step.state for step in plan(recipe, cache)][1:] == ["unknown", "unknown"]
    make(folder)
    assert [step.state for step in plan(recipe, cache)] == ["cached"] * 3


def test_an_empty_or_missing_set_fails(folder: Path) -> None:
    """Nothing to hold the data against is an error: silence would pass for cleanliness."""
    (folder / "held.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(CurateError, match="holds no records"):
        make(folder)
    (folder / "held.jsonl").unlink()
    with pytest.raises(CurateError, match=r"no file matches 'held\.jsonl'"):
        make(folder)


@pytest.mark.parametrize(
    ("against", "message"),
    [
        ([{"adapter": "mmul", "path": "x"}], "did you mean 'mmlu'"),
        ([{"adapter": "mmlu"}], "give either 'path' or 'hub'"),
        ([{"adapter": "mmlu", "path": "x", "fields": ["question"]}], "unknown field 'question'"),
        ([{"adapter": "gsm8k", "path": "x", "wording": 1}], "gsm8k: wording"),
        ([{"adapter": "mmlu", "path": "x"}, {"adapter": "mmlu", "path": "y"}], "two sets are called 'mmlu'"),
        ([], "at least 1 item"),
    ],
)
def test_what_cannot_be_meant_is_refused(against: list[dict[str, Any]], message: str) -> None:
    """Each fault of a set is said before any data is read."""
    with pytest.raises(ValidationError, match=message):
        plugin.stage("decontaminate").Settings.model_validate({"against": against})
