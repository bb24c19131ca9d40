"""`dedup` against records beside the mix: files that adapters read, and earlier versions."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from curate import plugin
from curate.build import Built, Request, plan_stages, resolve
from curate.build import build as make_again
from curate.cache import Cache
from curate.engine.local import LocalEngine
from curate.errors import CurateError, LockError
from curate.lock import lock_text
from curate.plan import plan
from curate.rebuild import rebuild
from curate.recipe import load
from support.build import make

WORDS = [f"{first}{second}" for first in ("ka", "lo", "mi", "ru") for second in ("ban", "dor", "fel", "gim", "sut")]
DEFINITION = "In this task you are given a sentence and must say whether its tone is friendly, hostile or neither."
SHAPES = [
    "{columns: prompt_completion, template: instruction_input_response}",
    "{columns: prompt_completion, template: chatml}",
    "{columns: text, template: alpaca}",
    "{columns: messages}",
]


def sentence(seed: int, words: int = 30) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))  # noqa: S311 - invented words


def row(number: int, given: str = "") -> dict[str, str]:
    return {"instruction": sentence(number), "input": given, "output": f"answer {number}"}


def near(number: int) -> dict[str, str]:
    """A record of which one word of the last ones is another."""
    words = sentence(number).split()
    return {"instruction": " ".join([*words[:-1], "changed"]), "input": "", "output": "other"}


def build(home: Path, rows: list[dict[str, str]], step: str, shape: str = SHAPES[0], name: str = "mix") -> Built:
    """Build records with one dedup step; versions lie in `out` beside the homes."""
    home.mkdir(exist_ok=True)
    (home / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    recipe = home / "recipe.yaml"
    recipe.write_text(
        f"version: 1\nname: {name}\nsources: {{rows: {{adapter: alpaca, path: rows.json}}}}\n"
        f"steps:\n  - dedup: {step}\nformat: {shape}\n",
        encoding="utf-8",
    )
    return make(recipe, out=home.parent / "out", cache=home.parent / "cache")


def ledger(built: Built) -> pl.DataFrame:
    return pl.read_parquet(built.path / "ledger" / "drops.parquet")


METHODS = ["method: exact, key: normalised", "method: minhash, threshold: 0.7"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("method", METHODS)
def test_an_earlier_version_is_not_repeated(tmp_path: Path, method: str, shape: str) -> None:
    """Whatever its format: its records go, by a rule of their own, with its record's id as their twin."""
    first = build(tmp_path / "1", [row(number, "with input" * (number % 2)) for number in range(8)], "{}", shape, "old")
    wanted = f"old@{first.manifest.version[:6]}"
    rows = [row(number, "with input" * (number % 2)) for number in range(4, 12)]
    second = build(tmp_path / "2", rows, f"{{{method}, against: [{wanted}]}}", SHAPES[0])
    gone = ledger(second)
    assert (second.manifest.rows_out, gone.height) == (4, 4)
    assert set(gone["rule"]) == {"against"}
    assert set(gone["reason"]) <= {f"duplicate of {wanted}", f"same words as {wanted}"}
    assert set(gone["similarity"]) == {1.0}
    held = pl.read_parquet(sorted((first.path / "data").glob("*.parquet")))
    assert set(gone["twin"]) < set(held["id"])
    # The version counts as an input, under the step that reads it, by the bytes of its files.
    (told,) = [one for one in second.manifest.inputs if one.source != "rows"]
    assert told.source == f"0.dedup.{wanted}"
    assert told.name == f"old@{first.manifest.version}/data/train-00000-of-00001.parquet"
    assert told.sha256 is not None
    assert told.sha256 in (second.path / "recipe.lock.yaml").read_text(encoding="utf-8")


def test_the_lock_holds_an_earlier_version(tmp_path: Path) -> None:
    """`curate lock` finds what a build wrote; a latest version that moved on is refused before anything is read."""
    out, rows = tmp_path / "out", [row(number) for number in range(4)]
    build(tmp_path / "1", rows[:1], "{}", name="old")
    built = build(tmp_path / "2", rows, "{against: [old]}")
    recipe, held = load(tmp_path / "2" / "recipe.yaml"), tmp_path / "2" / "recipe.lock.yaml"
    assert rebuild(built.path).faults == []
    request = Request(out=out, cache=tmp_path / "cache", workers=1, lock=held)
    engine = LocalEngine(tmp_path / "scratch")
    assert lock_text(resolve(recipe, plan_stages(recipe), engine, out)) == held.read_text(encoding="utf-8")
    assert make_again(recipe, request).reused
    cache = Cache(tmp_path / "cache")
    assert {step.state for step in plan(recipe, cache, out=out)} == {"cached"}
    newer = build(tmp_path / "1", rows[1:2], "{}", name="old")
    with pytest.raises(LockError, match=f"file 0.dedup.old: old@{newer.manifest.version}/data/train.*not have it"):
        make_again(recipe, request)
    step = next(step for step in plan(recipe, cache, out=out) if step.label == "0.dedup")
    assert step.why is not None
    assert step.why.startswith(f"old: old@{newer.manifest.version}/data/train-00000-of-00001.parquet new")
    assert rebuild(built.path).faults[0].startswith("nothing was built: file 0.dedup.old: ")


def test_near_duplicates_of_a_file(tmp_path: Path) -> None:
    """The twin of a record of a file is its place there; the rest is deduplicated as ever."""
    (tmp_path / "2").mkdir()
    held = [{"q": sentence(number)} for number in range(3)]
    (tmp_path / "2" / "held.jsonl").write_text("\n".join(map(json.dumps, held)), encoding="utf-8")
    against = "[{name: held, adapter: files, path: held.jsonl, columns: {instruction: q, output: q}}]"
    rows = [row(0), near(1), row(7), near(7), row(8)]
    step = f"{{method: minhash, threshold: 0.7, on: [instruction], against: {against}}}"
    built = build(tmp_path / "2", rows, step)
    gone = ledger(built).sort("twin")
    assert gone.filter(rule="against")["twin"].to_list() == ["held.jsonl row 0", "held.jsonl row 1"]
    assert gone.filter(rule="against")["reason"].to_list() == ["same words as held", "near-duplicate of held"]
    assert gone.filter(rule="against")["similarity"].to_list() == [1.0, pytest.approx(25 / 27)]
    assert gone.filter(rule="minhash").height == 1
    counts = built.manifest.stages[0].counts
    assert (counts["records"], counts["against"], counts["against.held"]) == (5, 2, 2)


def test_references_win_over_every_preference(tmp_path: Path) -> None:
    """A reference stays outside, so neither of two alike records survives it, whoever is preferred."""
    first = build(tmp_path / "1", [row(1)], "{}", name="old")
    step = f"{{method: minhash, threshold: 0.7, prefer: [longest], against: ['{first.path}']}}"
    built = build(tmp_path / "2", [near(1), {**near(1), "output": "long " * 40}, row(5)], step)
    assert built.manifest.rows_out == 1
    assert set(ledger(built)["rule"]) == {"against"}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shared_definition_is_no_evidence(tmp_path: Path, shape: str) -> None:
    """New inputs of an old task stay and its old ones go, even where the version joins definition and input."""
    long = f"{DEFINITION} {sentence(99, 80)}"
    old = [{"instruction": long, "input": sentence(number, 12), "output": "x"} for number in range(30)]
    first = build(tmp_path / "1", old, "{}", shape, "old")
    mix = [{"instruction": long, "input": sentence(number, 12), "output": "x"} for number in range(20, 60)]
    built = build(tmp_path / "2", mix, f"{{method: minhash, threshold: 0.7, against: [old@{first.manifest.version}]}}")
    gone = ledger(built)
    assert (gone.height, set(gone["rule"])) == (10, {"against"})


def test_another_reference_is_another_result(tmp_path: Path) -> None:
    """The same setting with other bytes behind it runs again; the same bytes elsewhere come from the cache."""
    held = tmp_path / "2" / "held.json"
    held.parent.mkdir()
    step = "{against: [{adapter: alpaca, path: held.json}]}"
    seen = []
    for rows in ([row(1)], [row(2)], [row(1)]):
        held.write_text(json.dumps(rows), encoding="utf-8")
        built = build(tmp_path / "2", [row(number) for number in range(4)], step)
        seen.append((ledger(built)["id"].item(), built.tallies[0].cached))
    assert seen[0] == (seen[2][0], 0)
    assert seen[1][0] != seen[0][0]
    assert seen[2][1] == built.tallies[0].pieces


def test_one_split_of_a_version(tmp_path: Path) -> None:
    first = build(
        tmp_path / "1", [row(number) for number in range(20)], "{}", f"{SHAPES[0]}\nsplit: {{test: 0.5}}", "old"
    )
    step = f"{{against: [{{version: old@{first.manifest.version}, split: test}}]}}"
    built = build(tmp_path / "2", [row(number) for number in range(20)], step)
    assert built.manifest.rows_out == first.manifest.splits["train"].rows == 10
    with pytest.raises(CurateError, match=r"has no split 'dev' \(it has: test, train\)"):
        build(tmp_path / "3", [row(1)], step.replace("split: test", "split: dev"))


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    """No such version, a damaged one, fields that its prompts do not give back, and the recipe itself."""
    flat = build(tmp_path / "1", [row(1)], "{}", SHAPES[1], "flat")
    for step, message in [
        ("{against: [nobody@12]}", "'nobody@12' is neither a version folder nor a dataset"),
        ("{against: [mix]}", "latest version of this very recipe"),
        ("{on: [system, instruction, input], against: [flat]}", "do not give back system"),
        ("{on: [instruction], against: [flat]}", "hold instruction and input as one text"),
    ]:
        with pytest.raises(CurateError, match=message):
            build(tmp_path / "2", [row(1)], step)
    (data,) = (flat.path / "data").glob("*.parquet")
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(CurateError, match="is missing or changed; look at it with `curate verify"):
        build(tmp_path / "2", [row(1)], "{against: [flat]}")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"adapter": "alpaca"}, "give either 'path' or 'hub'"),
        ({"adapter": "alpacka", "path": "x"}, "alpacka"),
        ({"version": ""}, "at least 1 character"),
        ({"version": "a", "path": "b"}, "Extra inputs"),
        ({"path": "b"}, "adapter"),
    ],
)
def test_entries_that_mean_nothing(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        plugin.stage("dedup").Settings.model_validate({"against": [entry]})


def test_two_sets_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="two sets are called 'a'"):
        plugin.stage("dedup").Settings.model_validate({"against": ["a", {"version": "a"}]})
