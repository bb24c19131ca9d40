"""`diff`: after each kind of change, which records differ and what is named as the cause."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import orjson
import polars as pl
import pytest

from curate.build import Request, build
from curate.diff import Diff, Group, diff
from curate.errors import VersionError
from curate.recipe import load
from support.build import RECIPE, make, write_data


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """The small recipe, not built."""
    return write_data(tmp_path / "x")


def kinds(found: Diff) -> Counter[str]:
    return Counter(dict(found.records.group_by("kind").len().iter_rows()))


def only(found: Diff, kind: str) -> Group:
    (group,) = [one for one in found.groups if one.kind == kind]
    return group


def rewrite(recipe: Path, old: str, new: str) -> None:
    text = recipe.read_text(encoding="utf-8")
    assert old in text
    recipe.write_text(text.replace(old, new), encoding="utf-8")


def holds(found: Diff, old: Path, new: Path) -> None:
    """What is true of every difference: its numbers are those of the versions' files."""
    one, other = (set(pl.read_parquet(path / "data", columns=["id"])["id"]) for path in (old, new))
    edited = found.records.filter(pl.col("old_id").is_not_null()).height
    assert found.added + edited == len(other - one)
    assert found.removed + edited == len(one - other)
    assert found.unchanged + found.changed - edited == len(one & other)
    assert kinds(found) == {
        kind: rows
        for kind, rows in (("added", found.added), ("removed", found.removed), ("changed", found.changed))
        if rows
    }
    for place, group in enumerate(found.groups):
        rows = found.records.filter(pl.col("group") == place)
        assert (group.records, set(rows["kind"])) == (rows.height, {group.kind})
        assert group.sources == dict(rows.group_by("source").len().sort("source").iter_rows())


def between(recipe: Path, *sets: str) -> Diff:
    old, new = make(recipe), make(recipe, *sets)
    found = diff(old.path, new.path)
    holds(found, old.path, new.path)
    return found


def test_a_version_and_itself(recipe: Path) -> None:
    """Nothing differs, and nothing was changed."""
    built = make(recipe)
    found = diff(built.path, built.path)
    assert (found.same, found.added, found.removed, found.changed) == (True, 0, 0, 0)
    assert found.unchanged == built.manifest.rows_out
    assert (found.changes, found.groups) == ([], [])


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ("steps.0.filter.words.max=50", "0.filter.words: max 30 → 50"),
        ("steps.1.dedup.key=raw", "1.dedup: key normalised → raw"),
        ("steps.2.sample.take=45", "2.sample: take 50 → 45"),
        ("sources.qa.steps.0.sample.max_per_task=15", "qa.0.sample: max_per_task 20 → 15"),
    ],
)
def test_one_setting_is_the_cause_of_all(recipe: Path, changed: str, text: str) -> None:
    """A changed setting of one step is the only change, and the cause of each difference: direct or at a later step."""
    found = between(recipe, changed)
    (change,) = found.changes
    assert (change.kind, change.text) == ("setting", text)
    assert found.groups
    assert {group.causes for group in found.groups} == {(0,)}
    assert change.direct > 0
    assert change.direct + change.consequence == found.added + found.removed + found.changed


def test_a_sample_that_refills(recipe: Path) -> None:
    """Records that a later sample takes in their place are named as a consequence at that sample."""
    looser = between(recipe, "sources.qa.steps.0.sample.max_per_task=10")
    assert looser.changes[0].place == "qa.0.sample"
    refilled = [group for group in looser.groups if group.kind == "added"]
    assert {group.via for group in refilled} == {"2.sample"}
    assert all(group.text == "consequence at 2.sample of qa.0.sample: max_per_task 20 → 10" for group in refilled)


def test_labels_that_shift(recipe: Path) -> None:
    """An inserted step shifts the labels behind it; steps are still known, and a sample that drew anew says why."""
    old = make(recipe)
    rewrite(recipe, "steps:\n  - filter: {words", "steps:\n  - filter: {empty: {}}\n  - filter: {words")
    new = make(recipe)
    found = diff(old.path, new.path)
    holds(found, old.path, new.path)
    (change,) = found.changes
    assert (change.kind, change.text, change.direct) == ("step added", "0.filter.empty added", 0)
    assert {group.via for group in found.groups if group.kind != "changed"} == {"3.sample (was 2.sample)"}
    assert {group.causes for group in found.groups} == {(0,)}
    back = diff(new.path, old.path)
    assert [one.text for one in back.changes] == ["0.filter.empty removed"]
    assert (back.added, back.removed) == (found.removed, found.added)


def test_a_step_that_moved(recipe: Path) -> None:
    """The same step at another place is one that moved, not one that went and one that came."""
    old = make(recipe)
    words, dedup = (
        "  - filter: {words: {of: [instruction, input], max: 30}}\n",
        "  - dedup: {on: [instruction], key: normalised}\n",
    )
    rewrite(recipe, words + dedup, dedup + words)
    found = diff(old.path, make(recipe, "steps.2.sample.take=45").path)
    assert [(one.kind, one.place) for one in found.changes] in (
        [("step moved", "1.filter.words (was 0.filter.words)"), ("setting", "2.sample")],
        [("step moved", "0.dedup (was 1.dedup)"), ("setting", "2.sample")],
    )
    assert {group.causes for group in found.groups if group.via is None} == {(1,)}


def test_a_file_more(recipe: Path) -> None:
    """Records of a new file are added because of it; those that it displaced from the sample, as a consequence."""
    old = make(recipe)
    rows = [{"q": f"New {n}?", "a": "Yes", "t": f"new{n}"} for n in range(5)]
    (recipe.parent / "qa" / "four.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    new = make(recipe)
    found = diff(old.path, new.path)
    holds(found, old.path, new.path)
    (change,) = found.changes
    assert (change.kind, change.text) == ("input", "source qa: input added (qa/four.jsonl)")
    added = only(found, "added")
    assert (added.via, added.sources) == (None, {"qa": added.records})
    assert all(group.via for group in found.groups if group.kind != "added")


def test_an_edited_answer(recipe: Path) -> None:
    """Another answer to the same prompt is a changed record, and the file is named."""
    old = make(recipe, "steps.2.sample.take=1000")
    path = recipe.parent / "more.json"
    rows = orjson.loads(path.read_bytes())
    rows[14]["output"] = "Done otherwise"
    path.write_bytes(orjson.dumps(rows))
    found = diff(old.path, make(recipe, "steps.2.sample.take=1000").path)
    assert (found.added, found.removed) == (0, 0)
    (change,) = found.changes
    assert change.text == "source more: input changed (more.json)"
    edited = found.records.filter(pl.col("old_id").is_not_null())
    assert edited.height == 1
    assert found.groups[edited["group"][0]].what == ("id",)
    assert found.groups[edited["group"][0]].causes == (0,)


def test_another_template(recipe: Path) -> None:
    """Every record has another prompt because of the format, and what it has a place for is added because of it."""
    found = between(recipe, "format.template=alpaca")
    assert (found.added, found.removed, found.unchanged) == (1, 0, 0)
    group = only(found, "changed")
    assert (group.what, group.via, group.text) == (("prompt",), None, "format: template plain → alpaca")
    assert only(found, "added").text == group.text


def test_another_licence(recipe: Path) -> None:
    """A source's word for its records is the cause where only the licence differs."""
    found = between(recipe, "sources.more.license=cc0-1.0")
    (change,) = found.changes
    assert (change.kind, change.text) == ("source", "source more: license cc-by-nc-4.0 → cc0-1.0")
    group = only(found, "changed")
    assert (group.what, set(group.sources), group.causes) == (("license",), {"more"}, (0,))


def test_another_seed(recipe: Path) -> None:
    """Samples and splits draw anew, and nothing else is the cause."""
    found = between(recipe, "seed=6")
    assert [one.text for one in found.changes] == ["seed 5 → 6"]
    assert found.added > 0 < found.removed
    assert {group.causes for group in found.groups} == {(0,)}


def test_a_source_more(recipe: Path) -> None:
    """All records of a new source are added because of it."""
    new = make(recipe)
    rewrite(recipe, "  more:\n    adapter: alpaca\n    path: more.json\n", "")
    old = make(recipe)
    found = diff(old.path, new.path)
    holds(found, old.path, new.path)
    assert [one.text for one in found.changes] == ["source more added"]
    direct = next(group for group in found.groups if group.kind == "added" and group.via is None)
    assert set(direct.sources) == {"more"}


def test_copies(recipe: Path) -> None:
    """More copies of a record that both have are added because of `repeat`, not because of what the record is."""
    old, new = make(recipe), make(recipe, "steps.2.sample.repeat=2")
    found = diff(old.path, new.path)
    holds(found, old.path, new.path)
    group = only(found, "added")
    assert group.records == old.manifest.splits["train"].rows
    assert group.text == "2.sample: repeat (not set) → 2"
    assert all(one.endswith("-2") for one in group.examples)


def test_a_trial(recipe: Path) -> None:
    """A build of a part of the data says so."""
    whole, home = make(recipe), recipe.parent
    trial = build(load(recipe), Request(out=home / "out", cache=home / "cache", limit=10))
    found = diff(whole.path, trial.path)
    assert [(one.kind, one.text) for one in found.changes] == [("limit", "--limit (not set) → 10")]
    assert all(group.causes == (0,) for group in found.groups)


def test_a_twins_story(tmp_path: Path) -> None:
    """Of two changes, a duplicate that comes back is a consequence of the one that took the record it was equal to."""
    rows = [{"instruction": f"Say {n}", "input": "", "output": "long " * 9 if n < 4 else "short"} for n in range(8)]
    again = [{"instruction": f"Say {n}", "input": "", "output": "twin"} for n in range(4)]
    (tmp_path / "one.json").write_bytes(orjson.dumps(rows))
    (tmp_path / "two.json").write_bytes(orjson.dumps(again))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "version: 1\nname: twins\nsources:\n"
        "  one: {adapter: alpaca, path: one.json}\n  two: {adapter: alpaca, path: two.json}\n"
        "steps:\n  - filter: {words: {of: [output], max: 20}}\n  - filter: {words: {of: [instruction], max: 20}}\n"
        "  - dedup: {on: [instruction]}\nformat: {columns: prompt_completion, template: plain}\n",
        encoding="utf-8",
    )
    old = make(recipe)
    new = make(recipe, "steps.0.filter.words.max=5", "steps.1.filter.words.max=19", "steps.2.dedup.prefer=[id]")
    found = diff(old.path, new.path)
    holds(found, old.path, new.path)
    added = only(found, "added")
    assert (added.sources, added.via) == ({"two": 4}, "2.dedup")
    assert added.text == "consequence at 2.dedup of 0.filter.words: max 20 → 5"
    assert only(found, "removed").text == "0.filter.words: max 20 → 5"
    unused = next(one for one in found.changes if one.place == "1.filter.words")
    assert (unused.direct, unused.consequence) == (0, 0)


def test_a_transform_upstream(recipe: Path) -> None:
    """A filter that is as it was decides otherwise because a transform before it changed the text."""
    rewrite(
        recipe,
        "steps:\n  - filter",
        "steps:\n  - transform: {replace: {of: [instruction], pattern: zzz, by: z}}\n  - filter",
    )
    old = make(recipe, "steps.3.sample.take=1000")
    new = make(recipe, "steps.3.sample.take=1000", "steps.0.transform.replace.pattern=(word )+")
    found = diff(old.path, new.path)
    added = only(found, "added")
    assert (added.records, added.via) == (3, "1.filter.words")
    assert added.causes == (0,)


def test_what_the_versions_do_not_record(recipe: Path) -> None:
    """A difference without a change is told as unexplained, never as something that it is not."""
    old, new = make(recipe), make(recipe, "steps.2.sample.take=45")
    path = new.path / "manifest.json"
    content = orjson.loads(path.read_bytes())
    content["stages"][3]["settings"]["take"] = 50
    path.write_bytes(orjson.dumps(content))
    found = diff(old.path, new.path)
    assert {group.text for group in found.groups} == {"nothing that the versions record explains it"}
    content["tool"]["polars"] = "0.1"
    path.write_bytes(orjson.dumps(content))
    assert all("package polars" in group.text for group in diff(old.path, new.path).groups)


def test_messages_and_other_columns(recipe: Path) -> None:
    """Versions of different columns are compared: every record differs in those that only one has."""
    found = between(recipe, "format={columns: messages}")
    (group,) = [one for one in found.groups if one.kind == "changed"]
    assert set(group.what) == {"prompt", "completion", "messages"}


def test_not_a_version(recipe: Path) -> None:
    """A folder that is none, or lacks its ledger, is told."""
    built = make(recipe)
    with pytest.raises(VersionError, match="is not a dataset version"):
        diff(built.path, recipe.parent)
    (built.path / "ledger/drops.parquet").unlink()
    with pytest.raises(VersionError, match="ledger/drops.parquet is missing"):
        diff(built.path, built.path)


def test_recipe_of_the_tests_has_the_labels() -> None:
    """The labels above are those of the recipe."""
    assert RECIPE.count("\n  - ") == 3
