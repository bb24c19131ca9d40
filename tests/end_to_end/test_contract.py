"""The contract: one recipe over real public data, word for word, and all that was promised of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner

from curate import cli
from curate.build import Built, Request, build
from curate.recipe import load
from curate.text import normalised
from curate.verify import verify

RECIPE = """\
version: 1
name: contract
seed: 42
vars: {data: ./data}
sources:
  ni:
    adapter: natural_instructions
    path: ["${vars.data}/ni_superni_sapt/*/train.json", "${vars.data}/ni_v2_contrib/*/*.json"]
    steps:
      - sample: {max_per_task: 350}
  gsm8k:
    adapter: gsm8k
    path: ${vars.data}/gsm8k/train.jsonl
  lima:
    adapter: lima
    path: ${vars.data}/lima/lima.json
  alpaca:
    adapter: alpaca
    path: ${vars.data}/alpaca_en_full_chunks/*.json
    license: cc-by-nc-4.0
    origin: model
  chinese:
    adapter: alpaca
    path: ${vars.data}/alpaca_zh_translated/*.json
    on_error: quarantine
steps:
  - filter: {words: {of: [instruction, input], max: 800}}
  - filter: {language: {of: [instruction, input, output], keep: [en, und]}}
  - dedup: {method: exact, on: [instruction, input]}
split: {test: 0.02}
format: {columns: prompt_completion, template: instruction_input_response}
"""


class Bench:
    """The recipe on the data, and where it is built."""

    def __init__(self, home: Path, data: Path) -> None:
        self.home = home
        self.data = data
        self.recipe = home / "contract.yaml"
        self.recipe.write_text(RECIPE, encoding="utf-8")

    def build(self, *sets: str, out: str = "out", cache: str = "cache", workers: int = 1) -> Built:
        """Build the recipe with these settings."""
        recipe = load(self.recipe, {"data": str(self.data)}, sets)
        return build(recipe, Request(out=self.home / out, cache=self.home / cache, workers=workers))


@pytest.fixture(scope="module")
def bench(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A folder for recipe, cache and versions."""
    return Bench(tmp_path_factory.mktemp("contract"), real_data)


@pytest.fixture(scope="module")
def built(bench: Bench) -> Built:
    """The version, built in one process from nothing."""
    return bench.build()


@pytest.fixture(scope="module")
def ledger(built: Built) -> pl.DataFrame:
    """Its ledger."""
    return pl.read_parquet(built.path / "ledger/drops.parquet")


@pytest.fixture(scope="module")
def data(built: Built) -> pl.DataFrame:
    """Its rows, with their split."""
    parts = [
        pl.read_parquet(built.path / file).with_columns(split=pl.lit(split))
        for split, info in built.manifest.splits.items()
        for file in info.files
    ]
    return pl.concat(parts)


def test_every_row_is_accounted_for(built: Built, data: pl.DataFrame, ledger: pl.DataFrame) -> None:
    """161,546 rows and the malformed file came in; all are out, dropped or quarantined; each id stands once."""
    manifest = built.manifest
    assert manifest.rows_in == 161_547
    assert {name: info.rows_in for name, info in manifest.sources.items()} == {
        "ni": 83_566,
        "gsm8k": 7_473,
        "lima": 1_029,
        "alpaca": 52_002,
        "chinese": 17_477,
    }
    for info in [manifest, *manifest.sources.values()]:
        assert info.rows_in == info.rows_out + info.dropped + info.quarantined
        assert info.repeated == 0
    dropped = ledger.filter(pl.col("id").is_not_null())
    assert dropped.height == dropped["id"].n_unique() == manifest.dropped
    assert data.height == data["id"].n_unique() == manifest.rows_out
    assert data.join(dropped, on="id", how="semi").is_empty()
    for name, info in manifest.sources.items():
        assert data.filter(pl.col("source") == name).height == info.rows_out
        assert dropped.filter(pl.col("source") == name).height == info.dropped


def test_every_drop_has_its_evidence(ledger: pl.DataFrame) -> None:
    """Rule and reason for all; the measure and its limit, the twin, or rank and cut-off, as the step has them."""
    dropped = ledger.filter(pl.col("id").is_not_null())
    assert dropped.select("rule", "reason", "file", "row", "prompt_hash").null_count().row(0) == (0,) * 5
    needed = {
        "ni.0.sample": ("value", "limit", "rank", "cutoff"),
        "0.filter.words": ("value", "limit"),
        "1.filter.language": ("value", "limit"),
        "2.dedup": ("twin", "similarity"),
    }
    assert set(dropped["stage"]) == set(needed)
    for stage, columns in needed.items():
        assert dropped.filter(pl.col("stage") == stage).select(columns).null_count().row(0) == (0,) * len(columns)
    assert (dropped["rank"].drop_nulls() > 0).all()
    assert dropped.filter(pl.col("rank") <= pl.col("cutoff")).is_empty()
    twins = set(dropped["twin"].drop_nulls())
    assert twins
    assert not twins & set(dropped.filter(pl.col("stage") == "2.dedup")["id"])


def test_tasks(data: pl.DataFrame, ledger: pl.DataFrame) -> None:
    """22 tasks of Natural Instructions, none with more than 350 records left; the others have no tasks."""
    kept = data.filter(pl.col("source") == "ni")
    assert len({*kept["task"], *ledger.filter(pl.col("source") == "ni")["task"]}) == 22
    assert kept.group_by("task").len()["len"].max() == 350
    assert set(data.filter(pl.col("source") != "ni")["task"]) == {None}


def test_the_malformed_file(built: Built, ledger: pl.DataFrame, data: pl.DataFrame) -> None:
    """It is one entry that names file and line (of the comma, and of the bracket); its source's other six are in."""
    (entry,) = ledger.filter(pl.col("id").is_null()).to_dicts()
    assert entry["file"].endswith("alpaca_data-9407-12345-中文-未完成.json")
    assert (entry["source"], entry["value"]) == ("chinese", "line 14006")
    assert "14007" in entry["reason"]
    files = [file.name for file in built.manifest.inputs if file.source == "chinese"]
    gone = ledger.filter((pl.col("source") == "chinese") & pl.col("id").is_not_null())
    assert (len(files), gone["file"].n_unique()) == (7, 6)
    assert data.filter(pl.col("source") == "chinese").height > 0


def test_dialogues_are_not_lost(bench: Bench, data: pl.DataFrame, ledger: pl.DataFrame) -> None:
    """Each of LIMA's 29 dialogues is in the ledger, or in the data with the text of all its turns."""
    rows = orjson.loads((bench.data / "lima/lima.json").read_bytes())
    dialogues = [(number, row) for number, row in enumerate(rows) if row["history"]]
    assert len(dialogues) == 29
    gone = set(ledger.filter(pl.col("source") == "lima")["row"])
    pairs = data.filter(pl.col("source") == "lima").select("prompt", "completion").rows()
    kept = 0
    for number, row in dialogues:
        if number in gone:
            continue
        turns = [text for pair in row["history"] for text in pair] + [row["instruction"], row["input"]]
        found = [
            prompt for prompt, answer in pairs if answer == row["output"] and all(text in prompt for text in turns)
        ]
        assert len(found) == 1, number
        kept += 1
    assert kept > 20


def test_no_prompt_stands_on_both_sides(data: pl.DataFrame) -> None:
    """No two rows of train and test have equal prompts in normal form; the test split is 2 % of the rows."""
    sides = data.select("split", normalised(pl.col("prompt")).alias("prompt")).unique()
    assert not sides["prompt"].is_duplicated().any()
    assert data.filter(pl.col("split") == "test").height == pytest.approx(0.02 * data.height, abs=30)


def test_the_version_verifies(built: Built) -> None:
    """Digests, fingerprint, counts, ledger, card and lock hold."""
    assert [finding.faults for finding in verify(built.path)] == [[]] * 6


def test_two_workers(bench: Bench, built: Built) -> None:
    """Two processes with an empty cache make the same bytes."""
    again = bench.build(out="two", cache="two-cache", workers=2)
    assert (again.path.name, again.reused) == (built.path.name, False)
    for name in (*built.manifest.files, "manifest.json"):
        assert (again.path / name).read_bytes() == (built.path / name).read_bytes(), name


def test_other_file_names(bench: Bench, built: Built) -> None:
    """The Alpaca files under names that sort the other way make the same version."""
    folder = bench.home / "renamed"
    folder.mkdir()
    files = sorted((bench.data / "alpaca_en_full_chunks").iterdir())
    for place, file in enumerate(files):
        shutil.copyfile(file, folder / f"{len(files) - place:02}.json")
    again = bench.build(f"sources.alpaca.path={folder}/*.json", out="renamed-out")
    assert (again.path.name, again.reused) == (built.path.name, False)
    for name in built.manifest.files:
        if name.startswith("data/"):
            assert (again.path / name).read_bytes() == (built.path / name).read_bytes(), name


def test_another_seed(bench: Bench, built: Built) -> None:
    """Seed 7 is another dataset of the same size as far as the rules fix it."""
    again = bench.build("seed=7")
    assert again.path.name != built.path.name
    assert again.manifest.rows_in == built.manifest.rows_in
    assert again.manifest.sources["gsm8k"].rows_out == built.manifest.sources["gsm8k"].rows_out


def test_the_command(bench: Bench, built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """`curate build … --json` ends with one JSON object on stdout; the second time it is all cached."""
    monkeypatch.setenv("CURATE_CACHE_DIR", str(bench.home / "cache"))
    arguments = ["build", str(bench.recipe), "-v", f"data={bench.data}", "--out", str(bench.home / "out"), "--json"]
    result = CliRunner().invoke(cli.app, [*arguments, "--workers", "1"])
    assert result.exit_code == 0, result.output
    summary = orjson.loads(result.stdout.splitlines()[-1])
    keys = {"name", "version", "path", "rows_in", "rows_out", "dropped", "quarantined", "splits", "seconds"}
    assert keys <= set(summary)
    assert (summary["name"], summary["version"], summary["reused"]) == ("contract", built.path.name, True)
    assert summary["rows_in"] == summary["rows_out"] + sum(summary["dropped"].values()) + summary["quarantined"]
    assert sum(summary["splits"].values()) == summary["rows_out"]
    assert result.stderr.count("(cached)") == len(built.manifest.stages)
