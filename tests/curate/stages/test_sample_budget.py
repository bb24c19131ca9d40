"""`sample` by tokens: what is counted, what a budget of hours comes to, and that the shares stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tokenizers import Tokenizer, models, pre_tokenizers

from curate import planner, plugin
from curate.errors import RecipeError
from curate.recipe import load
from curate.stage import Place, Stage
from support.examples import apply, cuts, frame, stage

LOOSE = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tokenizer of words and signs."""
    made = Tokenizer(models.WordLevel({"[UNK]": 0}, "[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()  # type: ignore[assignment]
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    made.save(str(path))
    return str(path)


def formatted(said: dict[str, Any], form: dict[str, Any], sources: tuple[str, ...] = ("a",)) -> Stage:
    """A sample that knows the recipe's format."""
    kind, format_step = plugin.stage("sample"), plugin.stage("format")
    settings = format_step.Settings.model_validate(form)
    return kind(kind.Settings.model_validate(said), Place("0.sample", 42, sources, settings))


def counted(what: Stage, rows: list[dict[str, Any]]) -> list[int]:
    """The tokens that a sample counts."""
    numbered = frame(rows).with_columns(at=pl.int_range(pl.len(), dtype=pl.UInt32))
    return what.keys(numbered)["tokens"].to_list()  # type: ignore[attr-defined, no-any-return]


def test_tokens_of_the_finished_record(tokenizer: str) -> None:
    """Headings of the template count, the answer counts, and one for the end; unknown formats count the fields."""
    rows = [{"instruction": "Name a bird", "input": "", "output": "The ostrich"}]
    said = {"max_tokens": 1, "tokenizer": tokenizer}
    # "### Instruction:" is ###, Instruction, : to this tokenizer
    templated = formatted(said, {"template": "instruction_input_response"})
    assert counted(templated, rows) == [3 + 3 + 3 + 2 + 1]
    assert counted(formatted(said, {"columns": "text", "template": "plain"}), rows) == [5 + 1]
    assert counted(formatted(said, {"columns": "messages"}), rows) == [5 + 1]
    assert counted(stage("sample", said), rows) == [5 + 1]


def test_what_the_format_drops_costs_nothing(tokenizer: str) -> None:
    """A record for which the template has no place will not be written."""
    rows = [{"instruction": "Name a bird", "output": "Crow", "system": "Be brief."}]
    what = formatted({"max_tokens": 1, "tokenizer": tokenizer}, {"template": "instruction_input_response"})
    assert counted(what, rows) == [0]


@LOOSE
@given(lengths=st.lists(st.integers(0, 9), min_size=1, max_size=30), low=st.integers(0, 60), more=st.integers(0, 60))
def test_max_tokens_is_a_prefix(tmp_path: Path, tokenizer: str, lengths: list[int], low: int, more: int) -> None:
    """As many of the first by rank as fit; a larger limit only adds."""
    examples = frame({"output": " ".join(WORDS[:length])} for length in lengths)
    few, many = (
        apply(stage("sample", {"max_tokens": limit, "tokenizer": tokenizer}), examples, tmp_path)
        for limit in (low, low + more)
    )
    assert set(few[0]["id"]) <= set(many[0]["id"])
    assert few[2].counts["tokens"] <= low
    assert few[2].counts["tokens"] == sum(len(text.split()) + 1 for text in few[0]["output"])
    if few[1].height:
        first = few[1].sort("rank").row(0, named=True)
        assert int(first["value"]) > low


def budgeted(tokenizer: str, **said: Any) -> dict[str, Any]:
    return {"budget": {"tokenizer": tokenizer, **said}}


@LOOSE
@given(
    sizes=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    tokens=st.integers(0, 400),
    more=st.integers(0, 200),
    seed=st.integers(0, 9),
)
def test_a_budget_keeps_the_shares(
    tmp_path: Path, tokenizer: str, sizes: tuple[int, int], tokens: int, more: int, seed: int
) -> None:
    """Never above the budget; each source gives the same part of its rows, to within one; more tokens only add."""
    rows = [{"source": "ab"[place >= sizes[0]], "output": "one two three"} for place in range(sum(sizes))]
    examples = frame(rows)
    left, gone, tally = apply(
        stage("sample", budgeted(tokenizer, tokens=tokens), sources=("a", "b")),
        examples,
        tmp_path,
        cuts(len(rows), seed, 3),
    )
    assert tally.counts["tokens"] == 4 * left.height <= tokens
    assert left.height == min(tokens // 4, len(rows))
    kept = [left["source"].to_list().count(name) for name in "ab"]
    part = left.height / len(rows)
    assert all(abs(rows_kept - part * size) <= 1.000001 for rows_kept, size in zip(kept, sizes, strict=True))
    raised = apply(stage("sample", budgeted(tokenizer, tokens=tokens + more), sources=("a", "b")), examples, tmp_path)[
        0
    ]
    assert set(left["id"]) <= set(raised["id"])
    assert set(gone["rule"] if gone.height else []) <= {"budget"}


def test_repeats_cost_each_time(tmp_path: Path, tokenizer: str) -> None:
    """A record that an earlier step repeats three times costs three times its tokens."""
    examples = frame([{"output": "one two three"}] * 10).with_columns(repeat=pl.lit(3, dtype=pl.UInt32))
    assert apply(stage("sample", budgeted(tokenizer, tokens=60)), examples, tmp_path)[0].height == 5


def test_hours_become_tokens(tmp_path: Path, tokenizer: str) -> None:
    """What stays fits the hours: its packed rows, so many epochs, at the planner's speed."""
    rows = [{"output": " ".join(WORDS * (place % 5 + 1))} for place in range(600)]
    said = budgeted(tokenizer, gpu="rtx4090", hours=0.001, model="7B", epochs=3, seq_len=64)
    left, _, tally = apply(stage("sample", said), frame(rows), tmp_path)
    lengths = np.asarray([len(text.split()) + 1 for text in left["output"]])
    assert 0 < left.height < 600
    everything = np.asarray([len(row["output"].split()) + 1 for row in rows])
    band = planner.throughput(planner.shape("7B"), planner.card("rtx4090"), mean_length=float(everything.mean()))
    packed = planner.pack(everything, 64)
    most = planner.affordable_tokens(band.expected, 0.001, 3, packed.efficiency)
    assert tally.counts["budget_tokens"] == most
    assert most - 51 < lengths.sum() == tally.counts["tokens"] <= most
    time = planner.hours(int(lengths.sum()), 3, band.expected, planner.pack(lengths, 64).efficiency)
    assert time <= 0.001 * 1.05


def test_another_config_is_another_step(tmp_path: Path, tokenizer: str) -> None:
    """The model of a budget may be a file: what it says is a part of the step's key, and of what the lock holds."""
    config = {"hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 4, "vocab_size": 100}
    path = tmp_path / "config.json"
    found = []
    for layers in (2, 32):
        path.write_bytes(orjson.dumps({**config, "num_hidden_layers": layers}))
        what = stage("sample", budgeted(tokenizer, gpu="rtx4090", hours=1, model=str(path)))
        found.append((what.key(), what.resolved()))
    (key, told), (other_key, other_told) = found
    assert key != other_key
    assert told["model"]["name"] == str(path)
    assert told["model"]["digest"] != other_told["model"]["digest"]
    assert {told["tokenizer"]["name"], told["planner"]["name"]} == {tokenizer, "tables"}


def test_longer_than_a_row_is_a_warning(tmp_path: Path, tokenizer: str) -> None:
    said = budgeted(tokenizer, gpu="rtx4090", hours=1, model="7B", seq_len=16)
    what = stage("sample", said)
    tally = apply(what, frame([{"output": " ".join(WORDS * 3)}] * 2), tmp_path)[2]
    assert what.warn(dict(tally.counts)) == "2 records within the budget are longer than a packed row (seq_len)"


@pytest.mark.parametrize(
    ("given", "expected"), [("49M", 49_000_000), ("250k", 250_000), ("1.5G", 1_500_000_000), (7, 7)]
)
def test_numbers_with_a_unit(tokenizer: str, given: Any, expected: int) -> None:
    what = stage("sample", budgeted(tokenizer, tokens=given))
    assert what.settings.budget.tokens == expected


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"tokens": "many"}, "expected a number such as 250000, 250k or 49M, found 'many'"),
        ({"tokens": 5, "gpu": "rtx4090"}, "either tokens, or gpu, hours and model"),
        ({}, "either tokens, or gpu, hours and model"),
        ({"gpu": "rtx4090", "hours": 24}, "go together, found only gpu, hours"),
        ({"gpu": "voodoo2", "hours": 24, "model": "7B"}, "unknown gpu 'voodoo2'"),
        ({"gpu": "rtx4090", "hours": 24, "model": "9Q"}, "unknown model '9Q'"),
    ],
)
def test_budgets_that_mean_nothing(tokenizer: str, said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        stage("sample", budgeted(tokenizer, **said))


def test_a_source_has_no_budget(tokenizer: str) -> None:
    kind = plugin.stage("sample")
    with pytest.raises(ValidationError, match="budget belongs to the recipe's own steps"):
        kind.Settings.model_validate(budgeted(tokenizer, tokens=5), context={"source": "a"})


def test_keys_survive_another_number(tokenizer: str) -> None:
    """Another limit needs no new counts; another format or tokenizer does."""
    one, other = (stage("sample", {"max_tokens": limit, "tokenizer": tokenizer}) for limit in (5, 6))
    assert one.keys_key() == other.keys_key()  # type: ignore[attr-defined]
    assert one.key() != other.key()
    said = {"max_tokens": 5, "tokenizer": tokenizer}
    plain, alpaca = (formatted(said, {"template": name}) for name in ("plain", "alpaca"))
    assert plain.keys_key() != alpaca.keys_key()  # type: ignore[attr-defined]


def test_the_budget_is_the_last_sample(tmp_path: Path, tokenizer: str) -> None:
    """A sample after the budget would undercut it: that is a fault of the recipe, at its line."""
    recipe = tmp_path / "recipe.yaml"
    budget = f"{{budget: {{tokens: 5k, tokenizer: {tokenizer}}}}}"
    head = "version: 1\nname: r\nsources: {a: {adapter: alpaca, path: a.json}}\nformat: {template: plain}\nsteps:\n"
    recipe.write_text(f"{head}  - sample: {{take: 9}}\n  - sample: {budget}\n", encoding="utf-8")
    assert load(recipe).steps[1].settings.budget.tokens == 5000
    recipe.write_text(f"{head}  - sample: {budget}\n  - sample: {{take: 9}}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"recipe.yaml:6:14: budget belongs to the last sample .*1\.sample follows"):
        load(recipe)
