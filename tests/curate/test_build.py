"""A build from end to end on small data: what it writes, what it counts, and what does not change it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import polars as pl
import pytest
from ruamel.yaml import YAML

from curate import manifest as manifests
from curate.build import Built
from curate.collect import Intake
from curate.describe import describe, warnings_of
from curate.errors import AccountingError, CurateError
from curate.passes import Tally
from curate.recipe import load
from curate.rows import Seal
from curate.text import normalised
from curate.verify import verify
from support.build import make, write_data

COUNTS = ("rows_in", "rows_out", "dropped", "quarantined", "repeated")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small recipe, to be built and not to be changed."""
    return write_data(tmp_path_factory.mktemp("build") / "x")


@pytest.fixture(scope="module")
def built(recipe: Path) -> Built:
    """Its version."""
    return make(recipe)


def test_the_books(built: Built) -> None:
    """In + repeated = out + dropped + quarantined, for each source and in total, and the ledger holds each id once."""
    manifest = built.manifest
    for info in [manifest, *manifest.sources.values()]:
        assert info.rows_in + info.repeated == info.rows_out + info.dropped + info.quarantined
    assert (manifest.rows_in, manifest.quarantined) == (86, 1)
    ledger = pl.read_parquet(built.path / "ledger/drops.parquet")
    dropped = ledger.filter(pl.col("id").is_not_null())
    data = pl.read_parquet(built.path / "data")
    assert dropped.height == manifest.dropped == dropped["id"].n_unique()
    assert data.height == manifest.rows_out == data["id"].n_unique()
    assert not set(dropped["id"]) & set(data["id"])
    assert ledger.height == manifest.dropped + manifest.quarantined
    assert dropped.select("rule", "reason", "stage", "file", "row", "prompt_hash").null_count().row(0) == (0,) * 6


def test_all_steps_did_something(built: Built) -> None:
    """The data of these tests has something for every step."""
    gone = {stage.label: sum(sum(why.values()) for why in stage.dropped.values()) for stage in built.manifest.stages}
    assert {label for label, rows in gone.items() if rows} == {*gone} - {"split"}


def test_groups_and_prompts_stand_on_one_side(built: Built) -> None:
    """Neither a group of a source nor a prompt in normal form is in train and in test."""
    parts = [
        pl.read_parquet(built.path / file).with_columns(split=pl.lit(split))
        for split, info in built.manifest.splits.items()
        for file in info.files
    ]
    data = pl.concat(parts)
    for key in (["source", "group"], ["normal"]):
        bound = data.with_columns(normal=normalised(pl.col("prompt"))).drop_nulls(key)
        assert bound.height
        assert bound.group_by(key).agg(pl.col("split").n_unique())["split"].max() == 1


def test_files_are_sorted_and_listed(built: Built) -> None:
    """Rows stand by id; every file is in the manifest; the version verifies."""
    for info in built.manifest.splits.values():
        for file in info.files:
            assert pl.read_parquet(built.path / file)["id"].is_sorted()
    assert all(finding.ok for finding in verify(built.path))
    here = {path.relative_to(built.path).as_posix() for path in built.path.rglob("*") if path.is_file()}
    assert here == {*built.manifest.files, *built.manifest.attachments, "manifest.json", "run.json"}
    assert (
        (built.path.parent / "latest").read_text(encoding="utf-8").strip() == built.path.name == built.manifest.version
    )
    assert manifests.read(built.path) == built.manifest


def test_the_lock(built: Built, recipe: Path) -> None:
    """The lock names every input by digest, lies beside the recipe and in the version, and names no folder."""
    text = (built.path / "recipe.lock.yaml").read_text(encoding="utf-8")
    assert recipe.with_name("recipe.lock.yaml").read_text(encoding="utf-8") == text
    content = YAML(typ="safe").load(text)
    assert list(content["sources"]["qa"]["files"]) == ["qa/one.jsonl", "qa/three.jsonl", "qa/two.jsonl"]
    assert content["packages"]["polars"] == pl.__version__
    assert str(recipe.parent) not in text
    everything = (built.path / "manifest.json").read_text(encoding="utf-8")
    assert str(recipe.parent) not in everything


def parquet_bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def test_two_workers_and_another_cache(built: Built, recipe: Path, tmp_path: Path) -> None:
    """The same bytes of data, ledger, card and manifest, from two processes and an empty cache."""
    again = make(recipe, out=tmp_path / "out", cache=tmp_path / "cache", workers=2)
    assert (again.path.name, again.reused) == (built.path.name, False)
    for name in (*built.manifest.files, "manifest.json"):
        assert (again.path / name).read_bytes() == (built.path / name).read_bytes(), name


def test_file_names_and_their_order(built: Built, tmp_path: Path) -> None:
    """The same lines in files of other names, which come in another order: the same id, rows and drops."""
    again = make(write_data(tmp_path / "x", ("zz", "mm", "aa")))
    assert again.path.name == built.path.name
    assert parquet_bytes(again.path / "data") == parquet_bytes(built.path / "data")
    ledgers = [
        pl.read_parquet(one.path / "ledger/drops.parquet").filter(pl.col("id").is_not_null()) for one in (built, again)
    ]
    for name in ("id", "stage", "rule", "reason", "value", "limit", "twin", "rank", "cutoff", "prompt_hash"):
        assert ledgers[0].sort("id")[name].to_list() == ledgers[1].sort("id")[name].to_list(), name


def test_another_seed(built: Built, recipe: Path, tmp_path: Path) -> None:
    """Another seed samples and splits otherwise."""
    again = make(recipe, "seed=7", out=tmp_path)
    assert again.path.name != built.path.name
    assert set(pl.read_parquet(again.path / "data")["id"]) != set(pl.read_parquet(built.path / "data")["id"])


def test_a_version_that_is_there(built: Built, recipe: Path) -> None:
    """Building again leaves the version untouched, says so, and points `latest` at it."""
    before = {path: path.stat().st_mtime_ns for path in built.path.rglob("*")}
    (built.path.parent / "latest").write_text("0" * 16 + "\n", encoding="utf-8")
    again = make(recipe)
    assert (again.reused, again.path, again.manifest) == (True, built.path, built.manifest)
    assert {path: path.stat().st_mtime_ns for path in built.path.rglob("*")} == before
    assert (built.path.parent / "latest").read_text(encoding="utf-8").strip() == built.path.name
    assert not [path for path in built.path.parent.iterdir() if path.name.startswith(".")]


def test_a_failure_while_writing(recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails while a version is written, no part of it is left, and the next build writes it."""

    def fails(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("curate.deliver.card", fails)
        with pytest.raises(CurateError, match="nothing was published"):
            make(recipe, out=tmp_path / "out", cache=tmp_path / "cache")
    assert not (tmp_path / "out" / "small").exists()
    assert list((tmp_path / "cache" / "scratch").rglob("*.arrow")) == []
    assert make(recipe, out=tmp_path / "out", cache=tmp_path / "cache").path.is_dir()


FORMATS = (
    "format={columns: prompt_completion, template: plain}",
    "format={columns: messages}",
    "format={columns: messages, tools: true}",
    "format={columns: text, template: chatml}",
)
LOADER = """
import json, sys
from datasets import load_dataset
for folder in sys.argv[1:]:
    found = load_dataset(folder)
    print(json.dumps({name: [len(part), part.column_names, part[0]] for name, part in found.items()}))
"""


def test_datasets_loads_the_folder(recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`datasets.load_dataset(folder)` gives the splits with their counts: offline, sharded, in all formats."""
    monkeypatch.setattr("curate.parquet.SHARD_BYTES", 2_000)
    made = [make(recipe, how, "steps.2.sample.repeat=3", out=tmp_path / "out") for how in FORMATS]
    assert all(len(built.manifest.splits["train"].files) > 2 for built in made)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run(
        [sys.executable, "-c", LOADER, *(str(built.path) for built in made)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for built, line in zip(made, done.stdout.splitlines(), strict=True):
        found = orjson.loads(line)
        splits = built.manifest.splits
        assert {name: rows for name, (rows, _, _) in found.items()} == {
            name: info.rows for name, info in splits.items()
        }
        for name, (_, columns, first) in found.items():
            data = pl.read_parquet([built.path / file for file in splits[name].files])
            assert columns == data.columns == list(built.manifest.columns)
            assert first == data.row(0, named=True)


def test_nothing_is_left(recipe: Path, tmp_path: Path) -> None:
    """A build of which no record is left is an error that says where they went: an empty dataset cannot be loaded."""
    with pytest.raises(CurateError, match=r"no record is left.*0.filter.words"):
        make(recipe, "steps.0.filter.words={of: [output], min: 1000}", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_limit(recipe: Path, tmp_path: Path) -> None:
    """A limit takes the first rows of each source, faults counted."""
    from curate.build import Request, build  # noqa: PLC0415

    request = Request(out=tmp_path / "out", cache=tmp_path / "cache", limit=7)
    assert {name: info.rows_in for name, info in build(load(recipe), request).manifest.sources.items()} == {
        "qa": 7,
        "more": 7,
    }


def test_faults_fail_a_source_that_allows_none(recipe: Path, tmp_path: Path) -> None:
    """With `on_error: fail` the build ends with file, line and advice; a share that is too small, too."""
    with pytest.raises(CurateError, match=r"(?s)qa/two.jsonl row 3: .*on_error: quarantine"):
        make(recipe, "sources.qa.on_error=fail", out=tmp_path)
    with pytest.raises(CurateError, match="1 of 61 rows cannot be used, more than its max_share of 0.01"):
        make(recipe, "sources.qa.on_error={mode: quarantine, max_share: 0.01}", out=tmp_path)
    assert (
        make(recipe, "sources.qa.on_error={mode: quarantine, max_share: 0.02}", out=tmp_path).manifest.quarantined == 1
    )


def test_what_does_not_reconcile_is_refused(recipe: Path) -> None:
    """A manifest whose rows do not add up is not made, whoever lost them."""
    loaded = load(recipe)
    intake = Intake([], [], [], rows_in={"qa": 10, "more": 5})
    tallies = [Tally("0.filter.words", "filter.words", {"qa": 10, "more": 5}, {"qa": {"words: too long": 4}})]

    def made(qa: int, repeated: int = 0) -> Any:
        out = {("qa", "train", "mit", "human"): qa, ("more", "train", "mit", "human"): 5}
        sealed = Seal(1, {"train": qa + 5}, {"train": 1}, {"qa": repeated}, out)
        return describe(loaded, intake, tallies, sealed, {"id": pl.String()}, [])

    assert made(6).rows_out == 11
    assert made(8, repeated=2).repeated == 2
    for wrong in ((5, 0), (7, 0), (6, 1)):
        with pytest.raises(AccountingError, match="'qa' does not reconcile"):
            made(*wrong)


def test_warnings() -> None:
    """A source of which nothing, or nearly nothing, is left is warned about."""
    recipe: Any = SimpleNamespace(sources={"a": None, "b": None, "c": None})
    intake = Intake([], [], [], rows_in={"a": 10, "b": 100, "c": 100})
    gone = {"a": {"x: y": 10}, "b": {"x: y": 91}, "c": {"x: y": 90}}
    found = warnings_of(recipe, intake, [Tally("0.filter.words", "filter.words", {}, gone)])
    assert found == ["source 'a': none of its 10 rows is left", "source 'b': 9 of its 100 rows are left"]


def test_excerpts_are_short(built: Built) -> None:
    """No excerpt has more than 1,024 bytes, and both of a pair are there."""
    texts = pl.read_parquet(built.path / "ledger/excerpts.parquet")
    assert texts["text"].str.len_bytes().max() <= 1024  # type: ignore[operator]
    assert set(texts["kind"]) == {"dropped", "twin", "quarantined"}
    twins = pl.read_parquet(built.path / "ledger/drops.parquet")["twin"].drop_nulls()
    assert set(twins) == set(texts.filter(pl.col("kind") == "twin")["id"])
