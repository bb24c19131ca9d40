"""The token filter; counting itself is tested in test_tokens.py of the engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from tokenizers import Tokenizer, models, pre_tokenizers

from support.rules import judge, outputs, step


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    words = Tokenizer(models.WordLevel({"?": 0, "the": 1}, unk_token="?"))  # noqa: S106 - a word, not a password
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def test_limits_are_inclusive(tokenizer: Path) -> None:
    rows = outputs("the", "the cat", "the cat, sat")
    found = judge("filter.tokens", rows, of=["output"], min=2, max=3, tokenizer=str(tokenizer))
    assert found == {0: ("too short", "1", "min 2"), 2: ("too long", "4", "max 3")}


def test_key_depends_on_the_vocabulary(tokenizer: Path) -> None:
    before = step("filter.tokens", of=["output"], max=3, tokenizer=str(tokenizer)).key()
    file = tokenizer / "tokenizer.json"
    file.write_text(file.read_text().replace("the", "a"))
    assert step("filter.tokens", of=["output"], max=3, tokenizer=str(tokenizer)).key() != before


@pytest.mark.parametrize(
    ("name", "message"), [("cl100k", "did you mean 'cl100k_base'"), ("no such", "unknown tokenizer")]
)
def test_unknown_tokenizers_are_refused(name: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("filter.tokens", of=["output"], max=3, tokenizer=name)
