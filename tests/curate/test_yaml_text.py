"""YAML that readers of 1.1 (the Hub's) and of 1.2 (ours) understand alike."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from curate.yaml_text import dump

# Every character that text in a Python program can hold but lone surrogates, which no file can.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | TEXT
    | st.floats(allow_nan=False, allow_infinity=False)
)
DATA = st.dictionaries(
    TEXT,
    st.recursive(
        SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=15
    ),
    max_size=5,
)


@settings(max_examples=300, deadline=None)
@given(DATA)
@example({"a": 1e20, "b": 1e-7, "c": -0.0, "d": 1.5e300, "e": 5e-324})
@example({"no": "no", "on": ["yes", "off", "~", "null", "1_000", "0x1F", "1:30", "2020-01-01", "=", "<<"]})
@example({"a": "x\x85y\u2028z\u2029\ufeff\x7f\x9f\x00\x07\ufffe\uffff\U0001fffe😀"})
@example({"\u2028": [[], {}, [[1, [2]]], {"k": {"n": []}}], "": "", " ": " "})
@example({"multi": "line\n---\n...\n# no comment\n- item: {a}", "tab": "\t", "cr": "\r\n"})
def test_both_readers_read_back_what_was_written(data: dict[str, Any]) -> None:
    """PyYAML (1.1) and ruamel (1.2) give back the same data, with the same types, and the text is one document."""
    text = dump(data)
    for read in (yaml.safe_load, YAML(typ="safe", pure=True).load):
        found = read(text) or {}
        assert found == data
        assert repr(found) == repr(data)
    assert text.endswith("\n") or not data
    assert not [line for line in text.splitlines() if line.startswith(("---", "..."))]


def test_keys_keep_their_order() -> None:
    """What people look for first stands first."""
    assert dump({"b": 1, "a": {"z": [1, {"w": 2, "x": 3}]}}) == "b: 1\na:\n  z:\n  - 1\n  - w: 2\n    x: 3\n"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none(number: float) -> None:
    """What JSON has no word for is not written as null."""
    found = yaml.safe_load(dump({"n": number}))["n"]
    assert found == number or (math.isnan(found) and math.isnan(number))
