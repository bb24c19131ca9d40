"""Unicode normalisation."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from support.rules import change, step


def changed(text: str, **settings: object) -> str:
    found = change("transform.unicode", [{"instruction": text}], of=["instruction"], **settings)
    return str(found[0]["instruction"]) if found else text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e\u0301", "é"),
        ("a\u200bb\ufeff\u00adc\u202e", "abc"),
        ("a\r\nb\rc\td\x00\x1f\x85", "a\nb\nc\td"),
        ("ﬁ ① x²", "ﬁ ① x²"),
        ("👩🏽\u200d🚀 \u06a9\u200c\u06a9", "👩🏽\u200d🚀 \u06a9\u200c\u06a9"),
    ],
)
def test_default(text: str, expected: str) -> None:
    assert changed(text) == expected


def test_other_forms() -> None:
    assert changed("ﬁ ① x²", form="NFKC") == "fi 1 x2"
    assert changed("e\u0301\u200b", form=None) == "e\u0301"
    assert changed("e\u0301\u200b", invisible=False) == "é\u200b"


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x2000, exclude_categories=["Cc", "Cf"])))
def test_nfc_is_pythons(text: str) -> None:
    assert changed(text, invisible=False) == unicodedata.normalize("NFC", text)


def test_nothing_to_do_is_refused() -> None:
    with pytest.raises(ValidationError, match="does nothing"):
        step("transform.unicode", form=None, invisible=False)
