"""`expect`: every expectation at its edge, and a build that breaks one."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import polars as pl
import pytest

from curate.errors import ExpectationError, RecipeError
from curate.expect import Survey, check
from curate.passes import Tally
from curate.recipe import Expect
from curate.rows import Seal
from support.build import make, write_data

SEAL = Seal(
    0,
    {"train": 60, "test": 20},
    {},
    {},
    {
        ("a", "train", "mit", "human"): 40,
        ("a", "test", "mit", "human"): 20,
        ("b", "train", "unknown", "model"): 20,
    },
)
TALLIES = [
    Tally("a.0.sample", "sample", {"a": 100}, {"a": {"x: y": 20}}),
    Tally("0.filter.words", "filter.words", {"a": 80, "b": 40}, {"a": {"x: y": 10, "x: z": 10}, "b": {"x: y": 20}}),
    Tally("1.filter.language", "filter.language", {"a": 60, "b": 20}, {}),
    Tally("2.dedup", "dedup", {"a": 60, "b": 20}, {}, {"records": 80, "largest_cluster": 20}),
]


def broken(**said: Any) -> list[str]:
    """What of the expectations does not hold."""
    recipe: Any = SimpleNamespace(expect=Expect.model_validate(said))
    found = Survey({"en": 70, "de": 7, "und": 3}, 5000, duplicates=3)
    checks = check(recipe, {"a": 100, "b": 40}, TALLIES, SEAL, found)
    assert checks
    return [one.what for one in checks if not one.ok]


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ({"rows": {"min": 80, "max": 80}}, []),
        ({"rows": {"min": 81, "max": 90}}, ["rows.min"]),
        ({"rows": {"min": 1, "max": 79}}, ["rows.max"]),
        ({"share": {"a": {"min": 0.75, "max": 0.75}}}, []),
        ({"share": {"a": {"max": 0.74}, "b": {"min": 0.26}}}, ["share.a.max", "share.b.min"]),
        ({"share": {"nobody": {"min": 0.1}}}, ["share.nobody.min"]),
        ({"max_dropped": {"a": 0.4, "b": 0.5}}, []),
        ({"max_dropped": {"a": 0.39, "b": 0.49}}, ["max_dropped.a", "max_dropped.b"]),
        ({"max_dropped": {"0.filter.words": 0.33}}, ["max_dropped.0.filter.words"]),
        ({"max_dropped": {"0.filter.words": 0.34}}, []),
        ({"max_dropped": {"filter": 0.33, "filter.language": 0, "sample": 0.2}}, ["max_dropped.filter"]),
        ({"licenses": {"allow": ["mit", "unknown"]}}, []),
        ({"licenses": {"allow": ["mit"]}}, ["licenses.allow"]),
        ({"licenses": {"allow": []}}, ["licenses.allow"]),
        ({"licenses": {"deny": ["unknown", "gpl-3.0"]}}, ["licenses.deny"]),
        ({"licenses": {"deny": ["gpl-3.0"]}}, []),
        ({"origin": {"deny": ["model"]}}, ["origin.deny"]),
        ({"origin": {"deny": ["mixed"]}}, []),
        ({"max_cluster": 0.25}, []),
        ({"max_cluster": 0.24}, ["max_cluster"]),
        ({"duplicates": 3}, []),
        ({"duplicates": 2}, ["duplicates"]),
        ({"licenses": {"allow": ["MIT", "Unknown"]}}, []),
        ({"licenses": {"deny": ["MIT"]}}, ["licenses.deny"]),
        ({"licenses": {"commercial": True}}, ["licenses.commercial"]),
        ({"max_dropped": {"0.filter.words": {"a": 0.25, "b": 0.5}}}, []),
        ({"max_dropped": {"filter": {"a": 0.24, "b": 0.49}}}, ["max_dropped.filter.a", "max_dropped.filter.b"]),
        ({"languages": ["en", "de"]}, []),
        ({"languages": ["en"]}, ["languages"]),
        ({"tokens": {"min": 5000, "max": 5000}}, []),
        ({"tokens": {"min": 5001}}, ["tokens.min"]),
        ({"tokens": {"max": 4999, "tokenizer": "o200k_base"}}, ["tokens.max"]),
    ],
)
def test_edges(said: dict[str, Any], faults: list[str]) -> None:
    """Limits are inclusive; a step is meant by its label, its name or its kind; a source by all that it lost."""
    assert broken(**said) == faults


def test_clusters_that_nobody_looked_for() -> None:
    """A recipe without dedup does not hold what it expects of clusters."""
    recipe: Any = SimpleNamespace(expect=Expect.model_validate({"max_cluster": 1}))
    (found,) = check(recipe, {"a": 100, "b": 40}, TALLIES[:3], SEAL)
    assert (found.ok, found.value) == (False, "nothing was looked for: the recipe has no dedup step")


def test_duplicates_are_equal_prompts_and_outputs(tmp_path: Path) -> None:
    """Case and blanks do not tell records apart, nor which field holds the question; another answer does."""
    rows = [
        {"instruction": "Add: 2", "input": "", "output": "two"},
        {"instruction": "add:", "input": "2", "output": " Two"},
        {"instruction": "Add: 2", "input": "", "output": "three"},
        {"instruction": "Add:", "input": "", "output": "2 two"},
        {"instruction": "ADD:   2", "input": "", "output": "two"},
    ]
    (tmp_path / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "version: 1\nname: d\nsources: {rows: {adapter: alpaca, path: rows.json}}\n"
        "steps: [{sample: {repeat: 3}}]\n"
        "format: {columns: prompt_completion, template: plain}\nexpect: {duplicates: 1}\n",
        encoding="utf-8",
    )
    with pytest.raises(ExpectationError, match=r"\n  duplicates +1 +2"):
        make(recipe)
    assert make(recipe, "expect.duplicates=2").checks[0].ok


def test_a_build_that_breaks_one(tmp_path: Path) -> None:
    """It ends with exit code 3, tells what was found, and writes nothing."""
    recipe = write_data(tmp_path / "x")
    text = recipe.read_text(encoding="utf-8") + "expect: {rows: {min: 1000}, max_dropped: {dedup: 0}}\n"
    recipe.write_text(text, encoding="utf-8")
    with pytest.raises(ExpectationError, match=r"rows.min +1,000 +49\n  max_dropped.dedup +0.0% +\d"):
        make(recipe)
    assert ExpectationError.exit_code == 3
    assert not (tmp_path / "x" / "out").exists()
    built = make(recipe, "expect.rows.min=40", "expect.max_dropped.dedup=1")
    assert [one.ok for one in built.checks] == [True, True]


def test_languages_and_tokens_of_a_build(tmp_path: Path) -> None:
    """They are counted on the finished records: other languages by name, tokens of all rows with their copies."""
    recipe = write_data(tmp_path / "x")
    german = "Das ist ein ganz gewöhnlicher deutscher Satz, den jeder versteht, der diese Sprache spricht."
    rows = [{"q": f"Frage {n}: {german}", "a": german, "t": None} for n in range(3)]
    (recipe.parent / "qa" / "four.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    vocabulary = recipe.parent / "tokenizer.json"
    content = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
    }
    vocabulary.write_bytes(orjson.dumps(content))
    sets = ["steps.2.sample.take=1000", "steps.2.sample.repeat=2", "steps.1.dedup.key=raw"]
    with pytest.raises(ExpectationError, match=r"languages +en +3 of \d+ records are in others: de 3") as told:
        make(recipe, *sets, "expect.languages=[en]")
    assert [(one.what, one.ok) for one in told.value.checks] == [("languages", False)]
    tokens = f"expect.tokens={{max: 100000, tokenizer: {vocabulary}}}"
    built = make(recipe, *sets, "expect.languages=[en, de]", tokens)
    data = pl.read_parquet(built.path / "data")
    words = sum(len(text.split()) for column in ("prompt", "completion") for text in data[column])
    assert built.checks[1].value == f"{words:,} ({vocabulary})"
    assert words > 500


def test_licences_in_recipes(tmp_path: Path) -> None:
    """A licence that forbids commercial use, or that nobody knows, ends the build; the message says which."""
    recipe = write_data(tmp_path / "x")
    pattern = r"licenses.commercial .* cc-by-nc-4.0 \(forbids it\), \d+ records are unknown \(not known\)"
    with pytest.raises(ExpectationError, match=pattern):
        make(recipe, "expect.licenses.commercial=true")


@pytest.mark.parametrize(
    "said",
    [
        "languages: [xx]",
        "tokens: {max: 5, tokenizer: cl100k}",
        "max_dropped: {dedup: {nobody: 0.5}}",
        "max_dropped: {dedup: {qa: 2}}",
    ],
)
def test_wrong_expectations_are_faults_of_the_recipe(tmp_path: Path, said: str) -> None:
    """An unknown code, tokenizer or source, or a share beyond 1, is told before anything is read."""
    recipe = write_data(tmp_path / "x")
    recipe.write_text(recipe.read_text(encoding="utf-8") + f"expect: {{{said}}}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"recipe.yaml:\d+:\d+: "):
        make(recipe)
