"""Near-duplicates planted in real Chinese, German and French sets: all above the threshold are found, none below it."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from pathlib import Path

import pytest

from support.examples import apply, cuts, frame, stage

THRESHOLD = 0.7
# Chinese characters are words; other signs are words as far as they stand together.
TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\u3007\u3005]|[^\s\u3400-\u4dbf\u4e00-\u9fff\u3007\u3005]+")


def chinese(data: Path) -> list[str]:
    path = next((data / "alpaca_zh_translated").glob("*-0-3252-*.json"))
    return [f"{row['instruction']}\n{row['input']}\n{row['output']}" for row in json.loads(path.read_text("utf-8"))]


def german(data: Path) -> list[str]:
    path = data / "alpaca_de" / "translated" / "translated_tasks_de_openai_12k.json"
    return [f"{row['instruction']}\n{row['input']}\n{row['output']}" for row in json.loads(path.read_text("utf-8"))]


def french(data: Path) -> list[str]:
    lines = (data / "vigogne_fr" / "instruct" / "seed_tasks_vigogne.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [f"{row['instruction']}\n{one['input']}\n{one['output']}" for row in rows for one in row["instances"]]


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = TOKEN.findall(unicodedata.normalize("NFC", text).lower())
    return frozenset(zip(*(words[start:] for start in range(5)), strict=False))


def similarity(one: str, other: str) -> float:
    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second)


def apart(texts: list[str], most: int) -> list[str]:
    """Long texts of which no two share a shingle in every third place: none is near another."""
    chosen: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for text in texts:
        own = shingles(text)
        if 40 <= len(own) <= 400 and len(own & seen) < 0.3 * len(own) and len(chosen) < most:
            chosen.append(text)
            seen |= own
    return chosen


def edited(text: str, chance: random.Random, edits: int) -> str:
    """The text with some words (Chinese: characters) replaced, left out, or put in; blanks stay as they are."""
    pieces = re.split(f"({TOKEN.pattern})", text)
    for place in chance.sample(range(1, len(pieces), 2), edits):
        new = pieces[chance.randrange(1, len(pieces), 2)]
        pieces[place] = chance.choice([new, "", f"{pieces[place]} {new}"])
    # The same letters in another form: composed letters are equal to decomposed ones.
    return unicodedata.normalize("NFD", "".join(pieces)) if chance.random() < 0.3 else "".join(pieces)


@pytest.mark.parametrize("language", [chinese, german, french])
def test_all_above_and_none_below(language: object, real_data: Path, tmp_path: Path) -> None:
    """Of 300 changed copies (French: fewer) those go that are similar enough, by their exact similarity to theirs."""
    originals = apart(language(real_data), 300)  # type: ignore[operator]
    chance = random.Random(7)  # noqa: S311 - edits
    copies = [edited(text, chance, chance.randint(1, max(2, len(shingles(text)) // 14))) for text in originals]
    true = [similarity(text, copy) for text, copy in zip(originals, copies, strict=True)]
    above = sum(one >= THRESHOLD for one in true)
    assert min(above, len(true) - above) > 20
    assert sum(abs(one - THRESHOLD) < 0.05 for one in true) >= 8  # near misses are what a test is worth
    rows = [{"instruction": text, "source": "a"} for text in originals]
    rows += [{"instruction": text, "source": "b"} for text in copies]
    examples = frame(rows)
    what = stage(
        "dedup",
        {"method": "minhash", "threshold": THRESHOLD, "recall": 0.9999, "num_perm": 256, "on": ["instruction"]},
        sources=("a", "b"),
    )
    _, gone, _ = apply(what, examples, tmp_path, cuts(examples.height, 1, 3))
    ids = examples["id"].to_list()
    expected = {
        (ids[len(originals) + place], ids[place], round(one, 9)) for place, one in enumerate(true) if one >= THRESHOLD
    }
    found = {(one, twin, round(value, 9)) for one, twin, value in gone.select("id", "twin", "similarity").iter_rows()}
    assert found == expected
