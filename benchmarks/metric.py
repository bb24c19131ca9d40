"""How fast ROUGE-L is against Google's rouge-score, on one core, and whether both say the same.

    python benchmarks/metric.py --data DIR [--rounds 3] [--json]

Pairs of real texts: 20,000 instructions of Alpaca held against the next one (about 10 words), and 100 articles of
CNN/DailyMail, evenly spaced, held against the next one (about 600 words). Both tools measure the same pairs in this
process on one core, in turn, `--rounds` times; what counts is the median of CPU seconds a pair. Reading the texts and
the first call, which compiles, are left out; stems are forgotten before each round.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl
from measure import machine
from rouge_score.rouge_scorer import RougeScorer

from curate.metric.rouge import rouge_l
from curate.metric.rouge.stem import stem

HERE = Path(__file__).parent
Pairs = list[tuple[str, str]]


def short(data: Path) -> Pairs:
    """Instructions of Alpaca."""
    files = sorted((data / "alpaca_en_full_chunks").glob("*.json"))
    rows = [row for path in files for row in json.loads(path.read_text(encoding="utf-8"))]
    return list(pairwise(row["instruction"] for row in rows))[:20_000]


def long(data: Path) -> Pairs:
    """Articles of CNN/DailyMail."""
    (path,) = (data / "cnn_dailymail_val_subset").glob("*.csv")
    with path.open(encoding="utf-8") as file:
        return list(pairwise(row["article"] for row in csv.DictReader(file)))[:1000:10]


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a call, and what it gave."""
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def compare(pairs: Pairs, rounds: int, *, stemmer: bool) -> dict[str, Any]:
    """Both tools in turn: medians, their ratio, and the largest difference of their values."""
    predictions, references = pl.Series([one for one, _ in pairs]), pl.Series([[other] for _, other in pairs])
    scorer = RougeScorer(["rougeL"], use_stemmer=stemmer)
    rouge_l(predictions[:2], references[:2], stemmer=stemmer)
    ours, theirs = [], []
    for _ in range(rounds):
        stem.cache_clear()
        spent, found = seconds(lambda: rouge_l(predictions, references, stemmer=stemmer))
        ours.append(spent / len(pairs))
        spent, wanted = seconds(lambda: [scorer.score(other, one)["rougeL"].fmeasure for one, other in pairs])
        theirs.append(spent / len(pairs))
    return {
        "pairs": len(pairs),
        "words_a_text": round(mean(len(one.split()) for one, _ in pairs), 1),
        "curate_us_a_pair": round(median(ours) * 1e6, 2),
        "rouge_score_us_a_pair": round(median(theirs) * 1e6, 1),
        "ratio": round(median(theirs) / median(ours), 1),
        "largest_difference": max(abs(one - other) for one, other in zip(found["f"], wanted, strict=True)),
    }


def main() -> None:
    """Measure, print, and with --json keep the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets, unpacked")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="write results/metric.json")
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    results: dict[str, Any] = {"machine": machine()}
    for name, pairs in (("short", short(args.data)), ("long", long(args.data))):
        for stemmer in (False, True):
            label = f"{name}, stems" if stemmer else name
            results[label] = compare(pairs, args.rounds, stemmer=stemmer)
            print(label, json.dumps(results[label]), flush=True)
    if args.json:
        (HERE / "results" / "metric.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
