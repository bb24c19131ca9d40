"""`sample: order`: the longest first, and greedy k-centre against a slow statement of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from curate import embedding
from curate.stage import Stage
from curate.stages._sample_centre import centred, packed
from curate.stages.sample import Step
from support.examples import apply, cuts, frame, stage


def rank(record_id: str) -> int:
    return xxhash.xxh3_64_intdigest(f"42\x1f0.sample\x1f{record_id}".encode())


class Letters:
    """A model whose vectors are the counts of five letters."""

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One row a text."""
        counts = np.array([[text.count(letter) for letter in "abcde"] for text in texts], dtype=np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


@dataclass
class Located:
    """What stands for a model's files."""

    digest: str


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "open_model", lambda _: Letters())


def spread(said: dict[str, Any], digest: str = "letters") -> Stage:
    """A sample of the most different first, with its model at hand."""
    what = stage("sample", {**said, "order": "k_center", "embedding": "letters"})
    assert isinstance(what, Step)
    assert what.models() == {"embedding": "letters"}
    return what.with_models({"embedding": Located(digest)})


def greedy(vectors: npt.NDArray[np.int64], ids: list[str], ranks: list[int], most: int) -> list[int]:
    """The rows in greedy order: the least rank first, then whoever is farthest from its nearest, ties by id."""
    chosen = [ranks.index(min(ranks))] if len(ranks) else []
    while len(chosen) < min(most, len(ids)):
        free = [row for row in range(len(ids)) if row not in chosen]
        distance = {row: min(int(((vectors[row] - vectors[one]) ** 2).sum()) for one in chosen) for row in free}
        chosen.append(min(free, key=lambda row: (-distance[row], ids[row])))
    return chosen[:most]


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.text("abcde", max_size=6), min_size=1, max_size=25),
    most=st.integers(0, 30),
    groups=st.integers(1, 3),
)
def test_k_centre_is_the_slow_statement(texts: list[str], most: int, groups: int) -> None:
    """In each group the same rows in the same order, equal vectors and ties included."""
    vectors = packed(Letters().embed(texts))
    ids = [xxhash.xxh3_128_hexdigest(f"{place}".encode()) for place in range(len(texts))]
    keys = pl.DataFrame(
        {
            "order": pl.Series([int(name[:16], 16) for name in ids], dtype=pl.UInt64),
            "rank": pl.Series([rank(name) for name in ids], dtype=pl.UInt64),
            "group": [place % groups for place in range(len(texts))],
            "allowed": [most] * len(texts),
            "row": range(len(texts)),
        }
    ).with_columns(vectors)
    placed = centred(keys.sort("rank", "order"), ("group",), 100)
    whole = vectors.to_numpy().astype(np.int64)
    for group in range(groups):
        rows = [row for row in range(len(texts)) if row % groups == group]
        expected = greedy(whole[rows], [ids[row] for row in rows], [rank(ids[row]) for row in rows], most)
        found = placed.filter((pl.col("group") == group) & (pl.col("place") <= most)).sort("place")["row"].to_list()
        assert found == [rows[place] for place in expected]


def test_k_center_spreads_out(tmp_path: Path, letters: None) -> None:
    """Of many copies and a few strangers the strangers stay; who leaves says how like it is to what stays."""
    rows = [{"instruction": "aaa"}] * 20 + [{"instruction": text} for text in ("b", "c", "d")]
    left, gone, _ = apply(spread({"take": 4}), frame(rows), tmp_path)
    assert sorted(left["instruction"]) == ["aaa", "b", "c", "d"]
    assert gone["similarity"].to_list() == [pytest.approx(1.0)] * 19
    assert (gone["rank"] > gone["cutoff"]).all()


@pytest.mark.parametrize("rule", [{"take": 7}, {"max_per_task": 3}])
def test_k_center_does_not_see_the_cut(tmp_path: Path, letters: None, rule: dict[str, int]) -> None:
    """Other units, the same records; a larger number only adds."""
    texts = ["".join("abcde"[int(sign, 16) % 5] for sign in f"{number * 7919:04x}") for number in range(40)]
    rows = [{"instruction": text, "task": "tu"[place % 2]} for place, text in enumerate(texts)]
    left = apply(spread(rule), frame(rows), tmp_path)[0]
    again = apply(spread(rule), frame(rows), tmp_path, cuts(40, 3, 4))[0]
    assert again["id"].to_list() == left["id"].to_list()
    ((name, number),) = rule.items()
    more = apply(spread({name: number + 5}), frame(rows), tmp_path)[0]
    assert set(left["id"]) < set(more["id"])


def test_candidates_bound_the_work(tmp_path: Path, letters: None) -> None:
    """Only the first by rank compete; the others come after them, by rank."""
    rows = [{"instruction": "abcde"[place % 5]} for place in range(30)]
    examples = frame(rows)
    first = set(sorted(examples["id"], key=rank)[:10])
    few = set(apply(spread({"take": 8, "candidates": 10}), examples, tmp_path)[0]["id"])
    many = set(apply(spread({"take": 15, "candidates": 10}), examples, tmp_path)[0]["id"])
    assert few < first < many
    assert many == first | set(sorted(examples["id"], key=rank)[10:15])


def test_another_model_is_another_result() -> None:
    """What was measured with one model is not taken for what another would say."""
    one, other = (spread({"take": 1}, digest) for digest in ("x", "y"))
    assert isinstance(one, Step)
    assert isinstance(other, Step)
    assert one.keys_key() != other.keys_key()
    assert one.key() != other.key()


@pytest.mark.parametrize(("unit", "expected"), [("words", "a b c d"), ("characters", "abcdefgh")])
def test_longest_first(tmp_path: Path, unit: str, expected: str) -> None:
    """The longest output stays; of equal ones the least rank."""
    rows = [{"output": text} for text in ("a", "a b c d", "abcdefgh", "")]
    left, gone, _ = apply(stage("sample", {"take": 1, "order": "longest", "length": unit}), frame(rows), tmp_path)
    assert left["output"].to_list() == [expected]
    assert sorted(gone["value"]) == ["2", "3", "4"]
    ties = frame([{"output": "same"}] * 9)
    kept = apply(stage("sample", {"take": 3, "order": "longest"}), ties, tmp_path)[0]["id"]
    assert set(kept) == set(sorted(ties["id"], key=rank)[:3])


@pytest.mark.parametrize(
    "said",
    [
        {"take": 1, "order": "k_center"},
        {"take": 1, "embedding": "letters"},
        {"take": 1, "order": "longest", "length": "tokens"},
        {"take": 1, "tokenizer": "cl100k_base"},
        {"take": 1, "order": "shortest"},
        {"order": "longest"},
    ],
)
def test_settings_that_mean_nothing(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        stage("sample", said)
