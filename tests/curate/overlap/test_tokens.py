"""Tokens, spans, and what the kernels cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curate.overlap import Rules, distinct, find, index, lookup, match, scan, token
from curate.overlap.characters import buffers, composed
from curate.overlap.span import span


def tokens(text: str) -> list[str]:
    """The tokens as they stand in the NFKC of a text."""
    texts, held = token.tokenised(pl.Series([text]))
    octets = texts[0].encode()
    return [octets[start:stop].decode() for start, stop in zip(held.start, held.stop, strict=True)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Don't stop, it's 3.5%!", ["Don", "t", "stop", "it", "s", "3", "5"]),
        ("def has_close_elements(__x__):", ["def", "has_close_elements", "x"]),
        ("a ____ b_", ["a", "b"]),
        ("so\u00adft zero\u200bwidth", ["so\u00adft", "zero\u200bwidth"]),
        ("我爱NLP2，和 カナ", ["我", "爱", "NLP2", "和", "カ", "ナ"]),
        ("ภาษา한국어 말", ["ภ", "า", "ษ", "า", "한국어", "말"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("\U0001d400\U0001d401 ½ ﬁne", ["AB", "1", "2", "fine"]),
        ("\U00020000\U0001f600x", ["\U00020000", "x"]),
        (" _ \n", []),
        ("", []),
    ],
)
def test_tokens(text: str, wanted: list[str]) -> None:
    assert tokens(text) == wanted


@pytest.mark.parametrize(
    ("one", "two"), [("ΣΑΣ", "σας"), ("ÉTÉ", "été"), ("ＡＢ", "ab"), ("so\u00adft", "SOFT"), ("STRASSE", "strasse")]
)
def test_equal_tokens_have_equal_hashes(one: str, two: str) -> None:
    _, held = token.tokenised(pl.Series([one, two]))
    assert held.hash[0] == held.hash[1]


@given(st.lists(st.text(max_size=9), max_size=5))
def test_tokens_of_a_text_do_not_depend_on_its_neighbours(texts: list[str]) -> None:
    _, held = token.tokenised(pl.Series(texts, dtype=pl.String))
    assert [int(last - first) for first, last in zip(held.first, held.first[1:], strict=False)] == [
        len(tokens(text)) for text in texts
    ]


# Letters, ligatures, and marks that compose, change places, or stand alone.
ODD = st.text(alphabet="ab é e\u0301\u0323ﬁ½ｶﾞ㎏ᄀ\u1161…\u00a0中\ufb49ⅷ\n", max_size=12)


@given(ODD, st.data())
@example("e\u0301\u0323", None)
def test_a_span_is_the_least_part_that_holds_the_normal_form(text: str, data: st.DataObject | None) -> None:
    normal = composed(pl.Series([text]))[0]
    assert normal == unicodedata.normalize("NFKC", text)
    stop = data.draw(st.integers(0, len(normal))) if data else len(normal)
    start = data.draw(st.integers(0, stop)) if data else 0
    found = span(text, normal, len(normal[:start].encode()), len(normal[:stop].encode()))
    assert found in text
    assert normal[start:stop] in unicodedata.normalize("NFKC", found)
    if text.isascii():
        assert found == text[start:stop]


def test_powers_and_runs_agree() -> None:
    _, held = token.tokenised(pl.Series(["a b c d e f g h i j", "c d e"]))
    runs = distinct.grams(held, 3)
    assert runs.hash[2] == runs.hash[8]  # "c d e" in both texts
    assert token.powers(2)[1] == token.BASE
    found = distinct.distinct(runs, held)
    assert len(found.hash) == 8
    assert sorted(runs.text[found.run[found.number == found.number[list(found.run).index(8)]]].tolist()) == [0, 1]


@given(st.lists(st.integers(0, 2**64 - 1)), st.lists(st.integers(0, 2**64 - 1)))
def test_a_lookup_finds_what_it_holds(values: list[int], others: list[int]) -> None:
    hashes = np.array(values + values[:2], dtype=np.uint64)
    hashes = hashes[lookup.order(hashes)]
    held = lookup.lookup(hashes)
    for value in {*values, *others}:
        place = lookup.found(held, np.uint64(value))
        first = np.flatnonzero(hashes == np.uint64(value))
        assert place == (first[0] if len(first) else -1)


def work(texts: list[str], items: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many hashes the kernels look up for these texts, and how many hits they hand on."""
    held = index(pl.DataFrame({"set": "s", "item": [str(place) for place in range(len(items))], "text": items}))
    normal, found = token.tokenised(pl.Series(texts))
    looked = mock.Mock(side_effect=match.found)
    with monkeypatch.context() as patch, np.errstate(over="ignore"):
        for name in ("screened", "gram_hits", "whole_hits"):
            patch.setattr(find, name, getattr(match, name).py_func)
        patch.setattr(match, "_confirmed", match._confirmed.py_func)  # type: ignore[attr-defined]
        patch.setattr(match, "found", looked)
        size, head = held.rules.ngram, held.rules.head
        find.candidates(buffers(normal), size, head, held.grams, held.heads, held.equals)
        hits = find.grams(found, held.tokens, held.grams, size).height
        hits += find.wholes(found, held.tokens, held.heads, held.insides, head, size).height
    return looked.call_count + hits


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("the cat sat on the mat and looked at the moon over the sea. ", ["Why is the sky blue?"]),
        ("la " * 20, ["la " * size for size in range(1, 40)]),
        ("Which of these is it? ", [f"Which of these is it? {'x ' * size}" for size in range(9)]),
        (" ".join(f"w{place}" for place in range(40)), [" ".join(f"w{place}" for place in range(40))] * 9),
    ],
)
def test_work_grows_as_the_text_does(text: str, items: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    once, twice, more = (work([text * times], items, monkeypatch) for times in (8, 16, 32))
    assert 0 < more - twice <= 2.1 * (twice - once)  # the first words of a text cost less
    assert work([text * 8] * 2, items, monkeypatch) == 2 * once


def test_what_one_text_hands_on_is_bounded() -> None:
    shared = " ".join(f"w{place}" for place in range(20))
    items = pl.DataFrame({"set": "s", "item": [f"{place:04}" for place in range(500)], "text": f"{shared} own"})
    held = index(items.with_columns(text=pl.col("text") + pl.col("item")), Rules(max_documents=None))
    texts = pl.DataFrame({"at": [0], "side": ["prompt"], "text": [shared]}, schema_overrides={"at": pl.UInt32})
    found = scan(texts, held)
    assert found.select("item", "items", "tokens").rows() == [("0000", 64, 20)]
    assert found["overlap"].item() == pytest.approx(8 / 9)  # 9 n-grams, one of them with the item's own word


PROCESS = """
import json
import polars as pl
from numba.core.dispatcher import Dispatcher
from curate.overlap import Index, distinct, index, lookup, match, scan, token

items = pl.DataFrame({"set": "s", "item": ["1", "2"], "text": ["Why is the sky blue?", "w " * 20]})
texts = pl.DataFrame({"at": [1], "side": ["prompt"], "text": ["So: why is the sky blue?"]})
held = index(items)
for part in (held, Index.from_frames(held.to_frames())):
    assert scan(texts.cast({"at": pl.UInt32}), part).height == 1
told = {}
for module in (distinct, lookup, match, token):
    for name, value in vars(module).items():
        if isinstance(value, Dispatcher) and value.py_func.__module__ == module.__name__ and value.stats.cache_path:
            told[name] = [len(value.signatures), sum(value.stats.cache_misses.values())]
print(json.dumps(told))
"""


@pytest.mark.slow
def test_kernels_are_compiled_once_for_all_processes(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", PROCESS]
    first, second = (
        json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    )
    assert len(first) >= 8
    assert {name: counts[0] for name, counts in first.items()} == dict.fromkeys(first, 1)
    assert {name: counts[1] for name, counts in second.items()} == dict.fromkeys(first, 0)
