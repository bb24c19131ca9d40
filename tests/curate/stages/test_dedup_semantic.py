"""Duplicates in meaning through the stage: who goes, on what evidence, and what another threshold computes anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from curate import plugin
from curate.cache import Cache
from curate.embedding import Model, load, locate
from curate.engine.local import LocalEngine
from curate.passes import run
from curate.stage import Stage
from support import tiny_model
from support.examples import apply, cuts, frame, stage, units

# Three synonyms each lie a few degrees apart; all else is far apart.
SYNONYMS = [("add", "sum", "plus"), ("bird", "fowl", "birdie"), ("night", "dusk", "evening")]
OTHERS = ["two", "numbers", "the", "name", "describe", "river", "song", "cheese"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    random = np.random.default_rng(4)
    bases = tiny_model.random_vectors(len(SYNONYMS), 24, seed=5)
    near = np.repeat(bases, 3, axis=0) + random.normal(size=(9, 24)).astype(np.float32) * 0.15
    words = [word for group in SYNONYMS for word in group] + OTHERS
    vectors = np.vstack([near, tiny_model.random_vectors(len(OTHERS), 24, seed=6)])
    return tiny_model.save(tmp_path_factory.mktemp("model") / "m", words, vectors)


def semantic(model: str, **said: Any) -> Stage:
    what = stage("dedup", {"method": "semantic", "model": model, **said}, sources=("a", "b"))
    return what.with_models({name: locate(asked) for name, asked in what.models().items()})


def dedup(
    model: str, tmp_path: Path, rows: list[dict[str, Any]], parts: Any = None, **said: Any
) -> tuple[pl.DataFrame, pl.DataFrame, Any]:
    return apply(semantic(model, **said), frame(rows), tmp_path, parts)


def test_other_words_of_the_same_meaning_are_found_and_explained(model: str, tmp_path: Path) -> None:
    """The later one goes; the ledger names the one that stays and their cosine."""
    rows = [{"instruction": f"describe the {word}"} for word in ("river", "song", "cheese")]
    rows += [{"instruction": "add two numbers"}, {"instruction": "sum two numbers", "source": "b"}]
    left, gone, tally = dedup(model, tmp_path, rows)
    (row,) = gone.to_dicts()
    kept = left.filter(pl.col("instruction") == "add two numbers")["id"].item()
    assert (row["rule"], row["reason"], row["twin"], row["limit"]) == ("semantic", "near in meaning", kept, "0.9")
    one, other = load(model).embed(["add two numbers", "sum two numbers"]).astype(np.float64)
    assert row["similarity"] == pytest.approx(one @ other, abs=1e-4)
    assert row["value"] == f"{row['similarity']:.4f}"
    assert tally.counts == {"records": 5, "empty_keys": 0, "unknown": 0, "clusters": 1, "largest_cluster": 2}


def test_the_order_of_words_is_no_meaning(model: str, tmp_path: Path) -> None:
    """A mean knows no order: the evidence says that the embedding is the same, not that the text is."""
    gone = dedup(model, tmp_path, [{"instruction": "song the name"}, {"instruction": "name the song"}])[1]
    assert gone.select("reason", "similarity").row(0) == ("same embedding", 1.0)


def test_who_stays_is_by_preference(model: str, tmp_path: Path) -> None:
    rows = [
        {"instruction": "name the bird", "origin": "model", "source": "a"},
        {"instruction": "name the fowl", "origin": "human", "source": "b"},
    ]
    assert dedup(model, tmp_path / "1", rows)[0]["source"].to_list() == ["a"]
    assert dedup(model, tmp_path / "2", rows, prefer=["human"])[0]["source"].to_list() == ["b"]


def test_each_that_goes_is_near_its_twin(model: str, tmp_path: Path) -> None:
    """No chains, and what stays stays when the step runs again."""
    words = [word for group in SYNONYMS for word in group] + OTHERS
    random = np.random.default_rng(8)
    rows = [{"instruction": " ".join(random.choice(words, 4)), "source": "ab"[n % 2]} for n in range(400)]
    left, gone, _ = dedup(model, tmp_path / "1", rows, threshold=0.85)
    assert 50 < gone.height < 350
    assert gone["similarity"].min() >= 0.85  # type: ignore[operator]
    assert gone["twin"].is_in(left["id"].implode()).all()
    again = dedup(model, tmp_path / "2", left.select("id", "source", "instruction").to_dicts(), threshold=0.85)
    assert again[1].is_empty()


def test_cuts_do_not_matter(model: str, tmp_path: Path) -> None:
    words = [word for group in SYNONYMS for word in group] + OTHERS
    random = np.random.default_rng(9)
    rows = [{"instruction": " ".join(random.choice(words, 3)), "source": "ab"[n % 2]} for n in range(150)]
    gone = dedup(model, tmp_path / "0", rows)[1]
    assert gone.height > 20
    for seed in (1, 2):
        assert dedup(model, tmp_path / str(seed), rows, cuts(len(rows), seed, 5))[1].equals(gone)


def test_texts_of_which_nothing_is_known_stay(model: str, tmp_path: Path) -> None:
    """Neither empty texts nor unknown words are duplicates of each other; both are counted, the unknown warned of."""
    rows = [{"instruction": text} for text in ("", " ", "请说", "请说", "zzz", "name the song")]
    left, gone, tally = dedup(model, tmp_path, rows)
    assert (left.height, gone.height) == (6, 0)
    assert (tally.counts["empty_keys"], tally.counts["unknown"]) == (2, 3)
    warning = plugin.stage("dedup").warn(dict(tally.counts))  # type: ignore[attr-defined]
    assert warning is not None
    assert "knows no word of 3 of 6 records" in warning


def test_another_threshold_embeds_nothing(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does another preference: only the decision runs again. Another model or field embeds all."""
    embedded: list[int] = []
    embed = Model.embed
    monkeypatch.setattr(Model, "embed", lambda self, texts: embedded.append(len(texts)) or embed(self, texts))
    made = units(frame({"instruction": f"{one} the {two}"} for one in OTHERS for two in OTHERS), tmp_path / "base")
    cache, engine = Cache(tmp_path), LocalEngine(tmp_path / "scratch")
    dropped = [run(semantic(model, threshold=at), made, engine, cache)[1].total_dropped for at in (0.99, 0.8, 0.6)]
    assert embedded == [64]
    assert dropped[0] < dropped[1] < dropped[2]
    run(semantic(model, prefer=["longest"]), made, engine, cache)
    assert embedded == [64]
    run(semantic(model, on=["output"]), made, engine, cache)
    assert embedded == [64, 64]
    other = tiny_model.save(tmp_path / "other", OTHERS, tiny_model.random_vectors(len(OTHERS)))
    run(semantic(other), made, engine, cache)
    assert embedded == [64, 64, 64]


def test_a_model_that_moved_is_the_same(model: str, tmp_path: Path) -> None:
    """The key holds the digest of its files, not where they lie."""
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for file in Path(model).iterdir():
        (moved / file.name).write_bytes(file.read_bytes())
    assert semantic(str(moved)).key() == semantic(model).key()


def test_keys_are_narrow(model: str) -> None:
    """Two bytes a dimension, and no text."""
    keys = semantic(model).keys(frame([{"instruction": "owl"}]).with_columns(at=pl.lit(0, dtype=pl.UInt32)))  # type: ignore[attr-defined]
    assert keys.schema["vector"] == pl.Array(pl.Int16, 24)
    assert pl.String not in keys.dtypes


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any data is read, and only where a recipe asks for it."""
    monkeypatch.setattr("curate.embedding.files.find_spec", {}.get)
    said = stage("dedup", {"method": "semantic", "model": "me/model"}).lacks()
    assert said == "`method: semantic` without model2vec: pip install 'curate-sft[semantic]'"
    assert stage("dedup", {}).lacks() is None


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"method": "semantic"}, "needs a `model`"),
        ({"method": "semantic", "model": ""}, "at least 1 character"),
        ({"method": "semantic", "model": "m", "ngram": 3}, "goes with `method: minhash`"),
        ({"method": "semantic", "model": "m", "empty": "match"}, "goes with `method: exact`"),
        ({"method": "semantic", "model": "m", "threshold": 0.01}, r"semantic takes 0\.1 to 1"),
        ({"method": "semantic", "model": "m", "against": ["mix@1a"]}, "goes with `method: exact or minhash`"),
        ({"method": "minhash", "model": "m"}, "goes with `method: semantic`"),
    ],
)
def test_settings_that_do_not_fit_are_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        plugin.stage("dedup").Settings.model_validate(said)


def test_the_threshold_depends_on_the_method() -> None:
    made = plugin.stage("dedup").Settings.model_validate
    assert made({"method": "minhash"}).threshold == 0.8  # type: ignore[attr-defined]
    assert made({"method": "semantic", "model": "m"}).threshold == 0.9  # type: ignore[attr-defined]
