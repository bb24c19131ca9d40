"""A build that thins out real records by meaning with a real model: the same as comparing all pairs by hand."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML

from conftest import ROOT
from curate.build import Built, Request, build
from curate.embedding import load as load_model
from curate.errors import LockError
from curate.pins import beside
from curate.rebuild import rebuild
from curate.recipe import load
from support import tiny_model

TINY = """\
version: 1
name: tiny
sources:
  birds: {adapter: files, path: birds.jsonl, columns: {instruction: q, output: a}}
steps:
  - dedup: {method: semantic, model: tiny}
format: {columns: prompt_completion, template: plain}
"""

# A cosine of vectors in 16 bits differs by so much at most.
ROUNDED = 1e-4

RECIPE = """\
version: 1
name: meaning
vars: {data: ./data, model: ./model}
sources:
  roles: {adapter: alpaca, path: "${vars.data}/gpteacher/Roleplay/*.json"}
  dolly: {adapter: alpaca, path: "${vars.data}/dolly_3k_alpagasus/*.json"}
steps:
  - dedup: {method: semantic, model: "${vars.model}", on: [instruction, input], threshold: 0.85}
format: {columns: prompt_completion, template: plain}
"""


@pytest.fixture(scope="module")
def model() -> Path:
    folder = ROOT.parent / "shared" / "models" / "potion-base-4m-int8"
    if not folder.is_dir():
        pytest.skip(f"the real embedding model is not beside the repository (no folder {folder})")
    return folder


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("meaning") / "meaning.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def run(recipe: Path, data: Path, model: Path, out: str, workers: int = 1) -> Built:
    home = recipe.parent
    said = {"data": str(data), "model": str(model)}
    return build(load(recipe, said, ()), Request(out=home / out, cache=home / f"{out}-cache", workers=workers))


@pytest.fixture(scope="module")
def built(recipe: Path, real_data: Path, model: Path) -> Built:
    return run(recipe, real_data, model, "one")


def test_the_ledger_is_right_about_every_record(built: Built, real_data: Path, model: Path) -> None:
    """What stays is pairwise apart, and each that went is as near its twin as the ledger says: all pairs, float64."""
    drops = pl.read_parquet(built.path / "ledger" / "drops.parquet")
    kept = pl.concat(pl.read_parquet(path) for path in (built.path / "data").glob("*.parquet"))
    assert drops["rule"].unique().to_list() == ["semantic"]
    assert (kept.height, drops.height) == (built.manifest.rows_out, built.manifest.rows_in - built.manifest.rows_out)
    assert 50 < drops.height < 1000
    loaded = load_model(str(model))
    vectors = loaded.embed(kept["prompt"]).astype(np.float64)
    near = vectors @ vectors.T
    np.fill_diagonal(near, 0.0)
    assert near.max() < 0.85 + ROUNDED
    files = {name: real_data / name.removeprefix("${vars.data}/") for name in drops["file"].unique()}
    rows = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in files.items()}
    given = [rows[file][row] for file, row in drops.select("file", "row").iter_rows()]
    gone = loaded.embed([f"{one['instruction']} {one['input']}" for one in given]).astype(np.float64)
    twins = dict(zip(kept["id"], vectors, strict=True))
    measured = [float(one @ twins[twin]) for one, twin in zip(gone, drops["twin"], strict=True)]
    np.testing.assert_allclose(measured, drops["similarity"].to_numpy(), atol=ROUNDED)


def test_the_lock_and_the_manifest_name_the_model(built: Built, model: Path) -> None:
    lock = YAML(typ="safe").load((built.path / "recipe.lock.yaml").read_text(encoding="utf-8"))
    files = lock["sources"]["0.dedup.model"]["files"]
    wanted = {f"${{vars.model}}/{name}" for name in ("config.json", "model.safetensors", "tokenizer.json")}
    assert set(files) == wanted
    assert built.manifest.stages[0].settings["model"] == "${vars.model}"
    assert str(model) not in (built.path / "manifest.json").read_text(encoding="utf-8")
    assert [one.bytes for one in built.manifest.inputs if one.name.endswith("model.safetensors")] == [
        (model / "model.safetensors").stat().st_size
    ]


@pytest.mark.slow
def test_processes_do_not_matter(built: Built, recipe: Path, real_data: Path, model: Path) -> None:
    assert run(recipe, real_data, model, "two", workers=2).manifest.version == built.manifest.version


def test_synonymous_questions_are_nearer_than_others(model: Path) -> None:
    """The sanity of the vectors themselves, with the figures of the model's own library: 0.771 and below 0."""
    old, age, zebra = (
        load_model(str(model)).embed(["How old are you?", "What is your age?", "zebra"]).astype(np.float64)
    )
    assert old @ age == pytest.approx(0.771, abs=0.001)
    assert old @ zebra < 0


def test_the_lock_holds_a_build_to_the_models_files(tmp_path: Path) -> None:
    """With a model of the test's own: `--locked` takes it, a version can be built again, other vectors are refused."""
    words = ["name", "a", "bird", "song", "fowl"]
    vectors = tiny_model.random_vectors(4)
    tiny_model.save(tmp_path / "tiny", words, np.vstack([vectors, vectors[2:3]]))
    lines = [{"q": f"Name a {word}", "a": "."} for word in ("bird", "song", "fowl")]
    (tmp_path / "birds.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    request = Request(out=tmp_path / "out", cache=tmp_path / "cache", workers=1)
    built = build(load(path), request)
    assert built.manifest.rows_out == 2
    held = replace(request, lock=beside(path))
    assert build(load(path), held).reused
    assert rebuild(built.path).ok
    (tmp_path / "tiny" / "model.safetensors").unlink()
    (tmp_path / "other").mkdir()
    other = Path(tiny_model.save(tmp_path / "other" / "tiny", words, tiny_model.random_vectors(5)))
    shutil.copy(other / "model.safetensors", tmp_path / "tiny")
    with pytest.raises(LockError, match=r"0\.dedup\.model: tiny/model\.safetensors"):
        build(load(path), held)
    assert build(load(path), request).manifest.rows_out == 3
