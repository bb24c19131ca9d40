"""`score` again: a version keeps what models said, and a build that is held to its lock asks nobody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import orjson
import polars as pl
import pytest

from curate.build import Built, Request, build
from curate.errors import CurateError, LockError
from curate.rebuild import rebuild
from curate.recipe import load
from curate.score.answers import Answers
from curate.score.ask import ask
from curate.score.backend import Question
from curate.score.identity import resolve
from curate.score.settings import Model
from support.loopback_completions import Completions, serving

RECIPE = """\
version: 1
name: birds
sources:
  birds:
    adapter: files
    path: birds.jsonl
    columns: {instruction: asked, output: fact, task: kind}
    steps:
      - score: {metric: exact_match, model: m, endpoint: URL}
      - sample: {per: record, by: exact_match, edges: [0.5], quota: [5, 2]}
format: {columns: prompt_completion, template: plain}
"""


@pytest.fixture
def service() -> Iterator[Completions]:
    """Says another thing each time it is asked."""
    said = iter(range(1000))
    with serving(Completions(reply=lambda _: "Yes" if next(said) % 3 else "No")) as one:
        yield one


@pytest.fixture
def first(tmp_path: Path, service: Completions) -> Built:
    """A version of 20 birds."""
    rows = [{"asked": f"Does bird {n} fly?", "fact": "No" if n % 4 else "Yes", "kind": f"k{n % 2}"} for n in range(20)]
    (tmp_path / "birds.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("URL", service.url), encoding="utf-8")
    return make(tmp_path, "cache")


def make(home: Path, cache: str, *, out: str = "out", locked: bool = False) -> Built:
    lock = home / "recipe.lock.yaml" if locked else None
    return build(load(home / "recipe.yaml"), Request(out=home / out, cache=home / cache, workers=1, lock=lock))


def test_a_version_keeps_what_was_said(first: Built) -> None:
    answers = pl.read_parquet(first.path / "scores" / "answers.parquet")
    assert answers.schema == {
        "key": pl.Binary, "text": pl.String, "loss": pl.Float64, "read": pl.UInt32, "written": pl.UInt32,
    }  # fmt: skip
    assert answers["key"].n_unique() == 20
    assert set(answers["text"]) == {"Yes", "No"}
    assert "scores/answers.parquet" in first.manifest.files


def test_rebuilding_asks_nobody(first: Built, service: Completions) -> None:
    assert rebuild(first.path).faults == []
    assert len(service.asked) == 20


def test_a_locked_build_takes_the_version_s_answers(first: Built, service: Completions, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "cache")
    again = make(tmp_path, "cache", locked=True)
    assert (again.reused, again.path, len(service.asked)) == (True, first.path, 20)


def test_a_locked_build_refuses_other_answers(first: Built, service: Completions, tmp_path: Path) -> None:
    """Where no version holds what the lock names, the model is asked, and here it says something else."""
    shutil.rmtree(first.path)
    service.reply = lambda _: "Yes"
    with pytest.raises(LockError, match=r"did not say what they said[^\n]*\n  predictions birds\.0\.score: ") as raised:
        make(tmp_path, "cold", locked=True)
    assert [one.what for one in raised.value.differences] == ["predictions"]
    assert len(service.asked) == 40
    assert not list((tmp_path / "out" / "birds").glob("*/manifest.json"))


def test_answers_of_a_model_that_is_gone(tmp_path: Path) -> None:
    """The lock knows the folder's content: what it said is still there, nothing new can be asked."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_bytes(b"{}")
    here = resolve(Model(model="model"), tmp_path, tmp_path, 0, likelihood=False)
    shutil.rmtree(folder)
    gone = resolve(Model(model="model"), tmp_path, tmp_path, 0, likelihood=False, held=here.pins)
    assert (gone.facts, gone.weights) == (here.facts, None)
    store = Answers(tmp_path)
    with pytest.raises(CurateError, match="the lock knows the model, but it is not here.*no folder 'model'"):
        ask([Question("Why?")], gone, store, lambda *_: None)
    store.close()
