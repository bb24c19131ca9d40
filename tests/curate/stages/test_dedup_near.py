"""Near-duplicates through the stage: who goes, on what evidence, and that shared instructions cost no record."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from curate import minhash, plugin
from curate.cache import Cache
from curate.engine.local import LocalEngine
from curate.passes import run
from curate.stages import _near_sign
from support.examples import apply, cuts, frame, stage, units

WORDS = [
    f"{first}{second}"
    for first in ("ka", "lo", "mi", "ru", "te")
    for second in ("ban", "dor", "fel", "gim", "sut", "vox")
]
DEFINITION = (
    "In this task you are given a sentence and must say whether its tone is friendly, hostile or neither of the two."
)


def sentence(seed: int, words: int = 40) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))  # noqa: S311 - invented words


LONG = f"{DEFINITION} {sentence(99, 80)}"


def edited(text: str, place: int = 20) -> str:
    words = text.split()
    return " ".join([*words[:place], "changed", *words[place + 1 :]])


def dedup(
    tmp_path: Path, rows: list[dict[str, Any]], parts: Any = None, **said: Any
) -> tuple[pl.DataFrame, pl.DataFrame, Any]:
    what = stage("dedup", {"method": "minhash", "threshold": 0.7, **said}, sources=("a", "b"))
    return apply(what, frame(rows), tmp_path, parts)


def test_a_changed_word_is_found_and_explained(tmp_path: Path) -> None:
    """The later copy goes; the ledger names the one that stays and their exact similarity."""
    rows = [{"instruction": sentence(n), "output": "x"} for n in range(30)]
    rows.append({"instruction": edited(sentence(7)), "source": "b", "output": "x"})
    left, gone, tally = dedup(tmp_path, rows)
    assert (left.height, gone.height) == (30, 1)
    (row,) = gone.to_dicts()
    kept = left.filter(pl.col("instruction") == sentence(7))["id"].item()
    assert (row["rule"], row["reason"], row["twin"], row["limit"]) == ("minhash", "near-duplicate", kept, "0.7")
    # 36 shingles of 5 words each, 5 of them changed: 31 in common of 41.
    assert row["similarity"] == pytest.approx(31 / 41)
    assert tally.counts["bands"] * tally.counts["rows"] <= 128


def test_who_stays_is_by_preference(tmp_path: Path) -> None:
    """With `prefer: [human]` the human-written one of two stays, whatever the order of the sources."""
    rows = [
        {"instruction": sentence(1), "origin": "model", "source": "a"},
        {"instruction": edited(sentence(1)), "origin": "human", "source": "b"},
    ]
    assert dedup(tmp_path / "1", rows)[0]["source"].to_list() == ["a"]
    assert dedup(tmp_path / "2", rows, prefer=["human"])[0]["source"].to_list() == ["b"]


def test_a_shared_instruction_costs_no_record(tmp_path: Path) -> None:
    """A task's definition in all its records makes none of them duplicates; an input that really repeats does."""
    rows = [{"instruction": LONG, "input": sentence(n, 12), "output": "friendly"} for n in range(60)]
    rows.append({"instruction": LONG, "input": edited(sentence(3, 12) + " end", 11), "output": "friendly"})
    left, gone, _ = dedup(tmp_path / "1", rows, threshold=0.6)
    assert (left.height, gone.height) == (60, 1)
    assert dedup(tmp_path / "2", rows, threshold=0.6, shared=None)[0].height < 20


def test_one_passage_under_many_instructions_stays(tmp_path: Path) -> None:
    """The same input in records of different tasks is no duplicate: their shared instructions differ."""
    tasks = [f"Task {number}: {DEFINITION}" for number in range(3)]
    rows = [{"instruction": task, "input": sentence(n, 30), "output": str(n)} for task in tasks for n in range(25)]
    assert dedup(tmp_path, rows, shared=20)[1].height == 0


def test_chinese_and_german(tmp_path: Path) -> None:
    """Texts without blanks between words are compared by character, composed and decomposed letters are equal."""
    chinese = (
        "请用简单的语言解释一下光合作用的过程，并说明它为什么对地球上的生命非常重要，然后举出三个日常生活中的例子。"
    )
    german = "Erkläre bitte in einfachen Worten, wie ein Kühlschrank die Wärme aus seinem Inneren nach außen bringt."
    rows = [
        {"instruction": chinese},
        {"instruction": chinese.replace("三个", "两个")},
        {"instruction": german},
        {"instruction": german.replace("ä", "a\u0308").replace("ü", "u\u0308")},
        {"instruction": sentence(1)},
    ]
    _, gone, _ = dedup(tmp_path, rows)
    assert gone.height == 2
    assert gone.filter(pl.col("similarity") == 1.0)["reason"].to_list() == ["same words"]


def test_empty_records_stay(tmp_path: Path) -> None:
    """A record without words is like no other."""
    assert dedup(tmp_path, [{"instruction": ""}, {"instruction": "  "}, {"instruction": sentence(1)}])[1].height == 0


def test_cuts_do_not_matter(tmp_path: Path) -> None:
    """Any cut into units, empty ones included, drops the same records with the same evidence."""
    rows = [
        {"instruction": sentence(n % 40) if n % 3 else edited(sentence(n % 40), n % 30), "source": "ab"[n % 2]}
        for n in range(200)
    ]
    _, gone, _ = dedup(tmp_path / "0", rows)
    assert gone.height > 100
    for seed in (1, 2):
        again = dedup(tmp_path / str(seed), rows, cuts(len(rows), seed, 5))[1]
        assert again.sort("id").equals(gone.sort("id"))


@pytest.mark.parametrize(
    ("change", "signs"),
    [
        ({"threshold": 0.9}, 0),
        ({"recall": 0.5, "leaders": 2}, 0),
        ({"prefer": ["longest"]}, 0),
        ({"against": [{"adapter": "alpaca", "path": "x"}]}, 1),
        ({"numbers": "alike"}, 3),
        ({"num_perm": 256}, 3),
        ({"on": ["instruction"]}, 3),
    ],
)
def test_what_signs_texts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], signs: int
) -> None:
    """Neither threshold nor bands nor preferences do: of three units none is signed again. New references alone are."""
    signed: list[int] = []

    def counted(texts: minhash.Texts, *given: Any, **more: Any) -> minhash.Signatures:
        signed.append(len(texts))
        return minhash.signatures(texts, *given, **more)

    rows = frame({"instruction": edited(sentence(n % 9), n % 30)} for n in range(90))
    made = units(rows, tmp_path / "base", [range(30), range(30, 60), range(60, 90)])
    cache, engine = Cache(tmp_path), LocalEngine(tmp_path / "scratch")
    said = {"method": "minhash", "threshold": 0.7}
    monkeypatch.setattr(_near_sign, "signatures_of", counted)
    run(stage("dedup", said), made, engine, cache)
    assert signed == [30, 30, 30]
    keys = {path.name for path in tmp_path.rglob("*.keys.arrow")}
    changed = stage("dedup", {**said, **change})
    if changed.references():
        parts = changed.prepare({"alpaca": rows.head(7)})
        changed = changed.bind(cache.write("beside", parts, {}).parts, "beside")
    _, tally = run(changed, made, engine, cache)
    assert tally.cached == 0
    assert len(signed) == 3 + signs
    if "on" not in change:
        assert {path.name for path in tmp_path.rglob("*.keys.arrow")} == keys


def test_signatures_take_524_bytes_a_record(tmp_path: Path) -> None:
    rows = frame({"instruction": sentence(n)} for n in range(2000))
    cache, engine = Cache(tmp_path), LocalEngine(tmp_path / "scratch")
    run(stage("dedup", {"method": "minhash"}), units(rows, tmp_path / "base"), engine, cache)
    (kept,) = tmp_path.rglob("*.signatures.arrow")
    assert 524 * 2000 <= kept.stat().st_size < 530 * 2000


def test_a_giant_cluster_is_warned_of() -> None:
    """A cluster of more than a hundredth of all records is a template rather than copies."""
    warn = plugin.stage("dedup").warn  # type: ignore[attr-defined]
    assert "one cluster holds 500 of 9,000" in warn({"records": 9000, "empty_keys": 0, "largest_cluster": 500})
    assert warn({"records": 9000, "empty_keys": 0, "largest_cluster": 80}) is None


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"threshold": 0.8}, "goes with `method: minhash or semantic`"),
        ({"method": "minhash", "key": "raw"}, "goes with `method: exact`"),
        ({"method": "minhash", "empty": "match"}, "goes with `method: exact`"),
        ({"method": "minhash", "threshold": 1.2}, "less than or equal to 1"),
        ({"method": "minhash", "on": ["text"]}, "unknown field 'text'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(said: dict[str, Any], message: str) -> None:
    """A key of one method under the other is a mistake, and said so."""
    with pytest.raises(ValidationError, match=message):
        plugin.stage("dedup").Settings.model_validate(said)
