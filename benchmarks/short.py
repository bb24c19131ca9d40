"""Short records of real text, as many as wanted: heads and ends of instructions and sentences of answers, put together.

One record in 50 is another one again, one in 50 is another one with a word more: what deduplication has to find. What a
record holds depends on its number alone, so a larger corpus begins with the smaller one.
"""

from __future__ import annotations

import glob
import json
from pathlib import Path

import numpy as np
import polars as pl

ROWS = 250_000  # a file
_LONGEST = 60  # characters of a piece
_MIX_1, _MIX_2, _STEP = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15)


def short_records(data: str, folder: Path, records: int) -> int:
    """Write `part-*.jsonl` with instruction, input (empty) and output.

    Args:
        data: the unpacked real sets.
        folder: where to; it is made.
        records: how many.

    Returns:
        Bytes of all files.
    """
    heads, ends, answers = _pieces(data)
    folder.mkdir(parents=True)
    size = 0
    for start in range(0, records, ROWS):
        number = np.arange(start, min(start + ROWS, records), dtype=np.uint64)
        kind = _hash(number, 0) % np.uint64(50)
        of = np.where(kind < 2, _hash(number, 1) % (number + np.uint64(1)), number)
        pieces = {"head": _chosen(heads, of, 2), "end": _chosen(ends, of, 3), "answer": _chosen(answers, of, 4)}
        word = _chosen(ends, number, 5).str.split(" ").list.last()
        frame = pl.DataFrame({**pieces, "word": word, "longer": kind == 1}).select(
            pl.concat_str("head", "end", pl.when("longer").then("word"), separator=" ", ignore_nulls=True).alias(
                "instruction"
            ),
            pl.lit("").alias("input"),
            pl.col("answer").alias("output"),
        )
        path = folder / f"part-{start // ROWS:05d}.jsonl"
        frame.write_ndjson(path)
        size += path.stat().st_size
    return size


def _hash(number: np.ndarray, label: int) -> np.ndarray:
    """splitmix64 (https://prng.di.unimi.it/splitmix64.c) of numbers, another one for each label."""
    state = (number * np.uint64(8) + np.uint64(label + 1)) * _STEP
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


def _chosen(pieces: pl.Series, number: np.ndarray, label: int) -> pl.Series:
    return pieces.gather((_hash(number, label) % np.uint64(len(pieces))).astype(np.uint32))


def _pieces(data: str) -> tuple[pl.Series, pl.Series, pl.Series]:
    """The first half of short instructions, the second half, and short sentences of answers; each different."""
    rows = pl.DataFrame(
        [
            {"instruction": row["instruction"], "output": row["output"]}
            for path in sorted(glob.glob(f"{data}/alpaca_en_full_chunks/*.json"))
            for row in json.loads(Path(path).read_text(encoding="utf-8"))
        ]
    )
    words = rows.select(pl.col("instruction").str.split(" ").alias("words")).filter(pl.col("words").list.len() >= 6)
    half = pl.col("words").list.len() // 2
    heads = words.select(pl.col("words").list.head(half).list.join(" ").alias("text"))
    ends = words.select(pl.col("words").list.slice(half).list.join(" ").alias("text"))
    answers = rows.select(pl.col("output").str.split(". ").alias("text")).explode("text")
    answers = answers.filter(pl.col("text").str.len_chars() > 20)
    return tuple(_different(frame) for frame in (heads, ends, answers))  # type: ignore[return-value]


def _different(frame: pl.DataFrame) -> pl.Series:
    short = frame.filter(pl.col("text").str.len_chars() <= _LONGEST, ~pl.col("text").str.contains("\n"))
    return short["text"].unique().sort()
