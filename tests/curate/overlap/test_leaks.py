"""Leaks that are known: those planted in the sample, and those that were measured between public data sets."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curate.overlap import Index, index, scan

SAMPLE = Path(__file__).resolve().parents[3] / "recipes" / "sample"

Record = tuple[str, str, str]  # instruction, input, output


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def alpaca(*paths: Path) -> list[Record]:
    rows = [row for path in paths for row in document(path)]
    given = [row.get("input") or row.get("context") or "" for row in rows]
    output = [row.get("output") or row.get("response") or "" for row in rows]
    return list(zip([row["instruction"] for row in rows], given, output, strict=True))


def task(path: Path) -> list[Record]:
    held = document(path)
    return [(" ".join(held["Definition"]), row["input"], row["output"][0]) for row in held["Instances"]]


def asked(*rows: dict[str, str]) -> list[Record]:
    return [("", row["question"], row["answer"]) for row in rows]


def chats(path: Path) -> list[Record]:
    said = [[(turn["role"] == "assistant", turn["content"] or "") for turn in row["messages"]] for row in lines(path)]
    return [
        ("\n".join(text for mine, text in turns if not mine), "", "\n".join(text for mine, text in turns if mine))
        for turns in said
    ]


def sides(records: list[Record]) -> pl.DataFrame:
    """The whole prompt, its parts where it has two, and the completion."""
    rows = []
    for at, (instruction, given, output) in enumerate(records):
        parts = [part for part in (instruction, given) if part]
        prompts = {"\n".join(parts), *parts}
        rows += [(at, "prompt", prompt) for prompt in sorted(prompts)] + [(at, "completion", output)]
    return pl.DataFrame(rows, schema={"at": pl.UInt32, "side": pl.String, "text": pl.String}, orient="row")


def indexed(sets: dict[str, list[tuple[str, str]]]) -> Index:
    rows = [(name, item, text) for name, items in sets.items() for item, text in items]
    return index(pl.DataFrame(rows, schema=dict.fromkeys(("set", "item", "text"), pl.String), orient="row"))


def test_every_planted_leak_of_the_sample_is_found_and_nothing_else() -> None:
    questions = [row["question"] for row in lines(SAMPLE / "eval.jsonl")]
    tasks = sorted((SAMPLE / "natural_instructions").glob("*.json"))
    records = {
        "tasks": [record for path in tasks for record in task(path)],
        "maths": asked(*lines(SAMPLE / "maths.jsonl")),
        "assistant": alpaca(SAMPLE / "assistant.json"),
        "chats": chats(SAMPLE / "chats.jsonl"),
    }
    held = indexed({"eval": [(str(place), question) for place, question in enumerate(questions)]})
    found = {name: scan(sides(rows), held) for name, rows in records.items()}
    # The README of the sample: 14 as they stand, 4 with options, 4 inside a prompt.
    assert {name: hits.height for name, hits in found.items()} == {"tasks": 0, "maths": 6, "assistant": 14, "chats": 2}
    everything = pl.concat(found.values())
    assert Counter(everything["rule"]) == {"equal": 14, "ngram": 8}
    assert set(everything["overlap"]) == {1.0}


def evaluation(home: Path) -> dict[str, list[tuple[str, str]]]:
    """The questions of the evaluation sets, as they are asked, without options."""
    mmlu = [
        (f"{path.stem}/{place}", row["question"])
        for path in sorted((home / "mmlu").rglob("*.csv"))
        for place, row in enumerate(table(path))
    ]
    truthful = table(home / "truthfulqa" / "TruthfulQA.csv")
    commonsense = lines(home / "cot_tasks" / "CommonsenseQA" / "dev_rand_split.jsonl")
    maths = lines(home / "math_hendrycks_test" / "math" / "test.jsonl")
    return {
        "mmlu": mmlu,
        "truthfulqa": [(str(place), row["Question"]) for place, row in enumerate(truthful)],
        "commonsenseqa": [(row["id"], row["question"]["stem"]) for row in commonsense],
        "gsm8k": [(str(place), row["question"]) for place, row in enumerate(lines(home / "gsm8k" / "test.jsonl"))],
        "math": [(str(place), row["problem"]) for place, row in enumerate(maths)],
    }


def training(home: Path) -> dict[str, list[Record]]:
    folder = home / "ni_superni_sapt" / "task073_commonsenseqa_answer_generation"
    return {
        "task073": task(folder / "train.json"),
        "gsm8k train": asked(*lines(home / "gsm8k" / "train.jsonl")),
        "alpaca": alpaca(*sorted((home / "alpaca_en_full_chunks").glob("*.json"))),
        "lima": alpaca(home / "lima" / "lima.json"),
        "dolly": alpaca(home / "dolly_3k_alpagasus" / "dolly_3k.json"),
    }


# What was measured with 13-word n-grams and with whole prompts before this package was written: least hits, by rule.
KNOWN = {
    ("task073", "commonsenseqa", "ngram"): 460,
    ("gsm8k train", "gsm8k", "ngram"): 4,
    ("alpaca", "mmlu", "ngram"): 2,
    ("alpaca", "mmlu", "equal"): 2,
    ("lima", "mmlu", "ngram"): 1,
    ("alpaca", "math", "ngram"): 1,
    ("dolly", "mmlu", "equal"): 3,
    ("alpaca", "truthfulqa", "equal"): 1,
}

# Every hit but those of task073, looked at. A question: the item is asked. A part: a piece of the item is. A quotation:
# both quote a public text. A list: numbers in their order. Small talk: a phrase that everybody says.
LOOKED_AT = {
    ("gsm8k train", "prompt", "gsm8k"): {20: "part", 406: "part", 1314: "part", 5162: "part"},
    ("alpaca", "prompt", "mmlu"): {
        4327: "question",
        18274: "quotation",
        22608: "question",
        34703: "question",
        46885: "quotation",
    },
    ("alpaca", "completion", "mmlu"): {11521: "quotation"},
    ("alpaca", "prompt", "math"): {41191: "list"},
    ("alpaca", "completion", "math"): {16180: "list", 27358: "list"},
    ("alpaca", "prompt", "truthfulqa"): {5159: "question"},
    ("alpaca", "completion", "truthfulqa"): {51065: "small talk"},
    ("lima", "prompt", "mmlu"): {808: "question"},
    ("lima", "prompt", "truthfulqa"): {423: "small talk"},
    ("dolly", "prompt", "mmlu"): {987: "question", 1541: "question", 1892: "question", 2312: "question"},
}


@pytest.mark.slow
def test_the_measured_leaks_are_found(real_data: Path) -> None:
    held = indexed(evaluation(real_data))
    scanned = {name: scan(sides(records), held) for name, records in training(real_data).items()}
    hits = pl.concat([found.with_columns(train=pl.lit(name)) for name, found in scanned.items()])
    counts = Counter(hits.select("train", "set", "rule").iter_rows())
    assert {pair: counts[pair] for pair, least in KNOWN.items() if counts[pair] < least} == {}
    # All of task073 was taken from CommonsenseQA; four questions have fewer than five words.
    commonsense = hits.filter(train="task073")
    assert commonsense.select("side", "set").unique().rows() == [("prompt", "commonsenseqa")]
    assert commonsense.height == 971
    others = hits.filter(pl.col("train") != "task073")
    told = {key: set(found["at"]) for key, found in others.group_by("train", "side", "set")}
    assert told == {key: set(found) for key, found in LOOKED_AT.items()}
