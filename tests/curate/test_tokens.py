"""Token counting."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from curate import tokens
from curate.errors import CurateError

CACHE = Path(__file__).resolve().parents[2].parent / "shared" / "models" / "tiktoken_cache"


@pytest.fixture
def vocabularies(monkeypatch: pytest.MonkeyPatch) -> None:
    if not CACHE.is_dir():
        pytest.skip(f"no tiktoken vocabularies beside the repository (no folder {CACHE})")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(CACHE))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    words = Tokenizer(models.WordLevel({"?": 0, "the": 1, "cat": 2}, unk_token="?"))  # noqa: S106 - a word
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.add_special_tokens(["<s>"])
    words.enable_truncation(2)
    words.enable_padding(length=9)
    words.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


@pytest.mark.usefixtures("vocabularies")
@pytest.mark.parametrize("name", tokens.ENCODINGS)
def test_tiktoken(name: str) -> None:
    counter = tokens.counter(name)
    counts = counter.count(pl.Series("n", ["hello world", "", None, "<|endoftext|>"]))
    assert counts.dtype == pl.UInt32
    assert counts.name == "n"
    assert counts.to_list()[:3] == [2, 0, 0]
    assert counts[3] > 3  # as ordinary text, not as the one special token
    assert counter.digest == tokens.tokenizer_digest(name) == tokens.ENCODINGS[name]


def test_tokenizer_json(model: Path) -> None:
    counter = tokens.counter(str(model))
    # Neither truncation nor padding of the file counts, and a special token is the text that it is.
    assert counter.count(pl.Series(["the cat the cat", "", None, "<s>"])).to_list() == [4, 0, 0, 3]
    assert tokens.counter(str(model / "tokenizer.json")).digest == counter.digest == tokens.tokenizer_digest(str(model))


def test_many_batches(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_BATCH", 2)
    assert tokens.counter(str(model)).count(pl.Series(["the", "the cat", "", "cat", "a b c"])).to_list() == [
        1,
        2,
        0,
        1,
        3,
    ]
    assert tokens.counter(str(model)).count(pl.Series([], dtype=pl.String)).to_list() == []


def test_loaded_once(model: Path) -> None:
    assert tokens.counter(str(model)) is tokens.counter(str(model))


def test_missing_vocabulary_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    tokens._encoding.cache_clear()
    with pytest.raises(CurateError, match=r"HF_HUB_OFFLINE forbids .* set TIKTOKEN_CACHE_DIR"):
        tokens.counter("p50k_base")


@pytest.mark.parametrize("name", ["cl100k", "no such thing", ""])
def test_unknown_names(name: str) -> None:
    with pytest.raises(CurateError, match="known: cl100k_base"):
        tokens.check_name(name) if name else tokens.check_name("?")


def test_broken_files(tmp_path: Path) -> None:
    with pytest.raises(CurateError, match=r"no tokenizer\.json in the folder"):
        tokens.counter(str(tmp_path))
    file = tmp_path / "tokenizer.json"
    file.write_text("{}")
    with pytest.raises(CurateError, match=r"is not a tokenizer\.json"):
        tokens.counter(str(file))
