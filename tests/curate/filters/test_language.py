"""The language filter; identification itself is tested in test_language.py of the engine."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from support.rules import judge, outputs, step

ROWS = outputs(
    "The quick brown fox jumps over the lazy dog.",
    "Der schnelle braune Fuchs springt über den faulen Hund.",
    "x = 3",
    "敏捷的棕色狐狸跳过了懒狗。",
    None,
)


def test_keep_and_drop() -> None:
    assert judge("filter.language", ROWS, of=["output"], keep=["en", "und"]) == {
        1: ("language de", "de", "one of en, und"),
        3: ("language zh", "zh", "one of en, und"),
    }
    assert judge("filter.language", ROWS, of=["output"], drop=["zh", "und"]).keys() == {2, 3, 4}


def test_langdetect() -> None:
    found = judge("filter.language", ROWS, of=["output"], keep=["en"], method="langdetect")
    assert {at: value for at, (_, value, _) in found.items()} == {1: "de", 2: "und", 3: "zh", 4: "und"}


def test_key_names_the_model() -> None:
    keys = [
        step("filter.language", of=["output"], keep=["no"], method=name).key() for name in ("fasttext", "langdetect")
    ]
    assert keys[0]["model"] != keys[1]["model"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"keep": ["eng"]}, "unknown language 'eng', did you mean"),
        ({"keep": ["en"], "drop": ["de"]}, "either keep or drop"),
        ({"keep": ["yue"], "method": "langdetect"}, "unknown language 'yue'"),
        ({"keep": [False]}, "string"),
        ({"keep": ["en"], "prefix": 1}, "greater than or equal to 20"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("filter.language", of=["output"], **settings)
