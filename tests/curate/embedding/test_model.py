"""Models: what a text's vector depends on, what model2vec makes of the same text, and which files are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model2vec import StaticModel

from curate.embedding import Model, load, locate
from curate.errors import CurateError
from support import tiny_model

WORDS = ["wren", "owl", "sums", "add", "two", "numbers", "night", "bird"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("model") / "tiny"
    tiny_model.save(home, WORDS, tiny_model.random_vectors(len(WORDS)))
    return home


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return load(str(folder))


TEXTS = st.lists(st.lists(st.sampled_from([*WORDS, "strange", "Owl", ""]), max_size=30).map(" ".join), max_size=40)


@settings(max_examples=40, deadline=None)
@given(texts=TEXTS, random=st.randoms(use_true_random=False))
def test_a_vector_depends_on_its_text_alone(model: Model, texts: list[str], random: object) -> None:
    """Alone, in a batch, in another order and beside copies: the same bits."""
    together = model.embed(texts)
    assert (together.dtype, together.shape) == (np.float32, (len(texts), model.dimensions))
    order = sorted(range(len(texts)), key=lambda _: random.random())  # type: ignore[attr-defined]
    mixed = model.embed(pl.Series([texts[place] for place in order] * 2, dtype=pl.String))
    for row, place in enumerate([*order, *order]):
        assert mixed[row].tobytes() == together[place].tobytes() == model.embed([texts[place]])[0].tobytes()


def test_batches_do_not_matter(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{WORDS[n % 8]} {WORDS[n % 7]} {'owl ' * (n % 50)}" for n in range(500)]
    first = model.embed(texts)
    monkeypatch.setattr("curate.embedding.model._BATCH", 7)
    assert model.embed(texts).tobytes() == first.tobytes()


def test_same_as_model2vec(model: Model, folder: Path) -> None:
    """The library's own mean, made unit length; its sums run in another order."""
    texts = ["Add two numbers", "owl", "the wren and the owl", "owl owl wren night", "bird " * 400 + "sums"]
    theirs = StaticModel.from_pretrained(folder, normalize=True, max_length=None).encode(texts)
    np.testing.assert_allclose(model.embed(texts), theirs, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.int8, np.float16, np.float32, np.float64])
def test_same_as_model2vec_with_mapping_and_weights(tmp_path: Path, dtype: type[np.generic]) -> None:
    """A quantised vocabulary: words share rows and have weights of their own."""
    vectors = (tiny_model.random_vectors(4) * 20).astype(dtype)
    mapping, weights = np.array([0, 1, 2, 3, 0, 1, 2, 3, 0, 0]), np.linspace(0.1, 1, 10)
    tiny_model.save(tmp_path / "m", WORDS, vectors, mapping=mapping, weights=weights)
    texts = ["add two numbers", "owl night", "bird"]
    theirs = StaticModel.from_pretrained(tmp_path / "m", normalize=True).encode(texts)
    np.testing.assert_allclose(
        load(str(tmp_path / "m")).embed(texts), theirs, atol=1e-3 if dtype == np.float16 else 1e-5
    )


def test_the_whole_text_counts(model: Model) -> None:
    """model2vec would stop at 512 tokens and find these two the same."""
    one, other = model.embed(["owl " * 600 + "wren " * 600, "owl " * 600 + "night " * 600])
    assert one @ other < 0.99


def test_unit_length_or_zero(model: Model) -> None:
    vectors = model.embed(pl.Series(["owl", "strange words", "", None, " \n", "owl strange"], dtype=pl.String))
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths, [1, 0, 0, 0, 0, 1], atol=1e-6)
    assert vectors[0].tobytes() == vectors[5].tobytes()  # an unknown word counts for nothing


def test_special_tokens_in_data_are_text(model: Model) -> None:
    assert not model.embed(["[PAD]"]).any()


def test_a_model_is_known_by_its_files(folder: Path, tmp_path: Path) -> None:
    """The same files elsewhere are the same model; a changed vector makes another."""
    same = tiny_model.save(tmp_path / "same", WORDS, tiny_model.random_vectors(8))
    other = tiny_model.save(tmp_path / "other", WORDS, tiny_model.random_vectors(8, seed=2))
    assert locate(same).digest == locate(str(folder)).digest != locate(other).digest
    assert set(locate(same).files) == {"config.json", "model.safetensors", "tokenizer.json"}


def test_a_folder_is_looked_for_beside_the_recipe_and_here(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate("tiny", folder.parent).folder == folder
    with pytest.raises(CurateError, match=r"no embedding model 'tiny': no folder .* and not owner/name"):
        locate("tiny")


def test_a_model_that_is_not_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline the message says what to do."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(
        CurateError, match="'nobody/nothing' is not in the Hub's cache and cannot be fetched.*name a folder"
    ):
        locate("nobody/nothing")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"pickle")
    with pytest.raises(CurateError, match=r"no static embedding model in .* needs model\.safetensors"):
        locate(str(tmp_path))


@pytest.mark.parametrize(
    ("file", "content"),
    [("model.safetensors", b"\x80\x04pickle"), ("tokenizer.json", b"{}"), ("config.json", b"[")],
)
def test_damaged_files(tmp_path: Path, file: str, content: bytes) -> None:
    home = Path(tiny_model.save(tmp_path / "m", WORDS, tiny_model.random_vectors(8)))
    (home / file).write_bytes(content)
    with pytest.raises(CurateError, match="holds no static embedding model that can be read"):
        load(str(home))


@pytest.mark.parametrize(
    ("mapping", "weights", "message"),
    [
        (np.array([0, 1, 2, 3, 0, 1, 2, 3, 0, 99]), None, "point to rows 0 to 99, the embeddings have 4"),
        (np.array([0, 1, 2, 3, 0, 1, 2, -3, 0, 0]), None, "point to rows -3 to 3"),
        (np.array([0, 1]), None, "10 tokens, but 2 rows"),
        (np.zeros(10, dtype=np.int64), np.full(10, np.nan), "not all finite"),
        (np.zeros(10, dtype=np.int64), np.ones(3), "10 tokens, but 10 rows and 3 weights"),
    ],
)
def test_a_model_that_points_outside_itself(
    tmp_path: Path, mapping: np.ndarray, weights: np.ndarray | None, message: str
) -> None:
    """Checked when it is loaded: the compiled code would read whatever lies there."""
    tiny_model.save(tmp_path / "m", WORDS, tiny_model.random_vectors(4), mapping=mapping, weights=weights)
    with pytest.raises(CurateError, match=message):
        load(str(tmp_path / "m"))


def test_without_the_extra(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.embedding.model.installed", lambda: False)
    other = tiny_model.save(tmp_path / "m", WORDS, tiny_model.random_vectors(8, seed=9))
    with pytest.raises(CurateError, match=r"needs model2vec: pip install 'curate-sft\[semantic\]'"):
        load(other)


def test_a_saved_length_limit_is_not_obeyed(tmp_path: Path) -> None:
    home = Path(tiny_model.save(tmp_path / "m", WORDS, tiny_model.random_vectors(8)))
    config = json.loads((home / "config.json").read_text(encoding="utf-8"))
    (home / "config.json").write_text(json.dumps({**config, "max_length": 2}), encoding="utf-8")
    one, other = load(str(home)).embed(["owl owl wren wren wren", "owl owl"])
    assert one @ other < 0.9
