r"""MBPP: 974 short Python tasks with solutions and tests, written by people; 427 of them revised by hand.

The shapes, invented, of the full set and of the revised ("sanitized") one:

    {"text": "Write a function to count eggs.", "code": "def count(eggs):\n    return len(eggs)", "task_id": 9001,
     "test_setup_code": "", "test_list": ["assert count([1, 2]) == 2"], "challenge_test_list": []}
    {"source_file": "hens.ipynb", "task_id": 9002, "prompt": "Write a function to double eggs.",
     "code": "def double(n):\n    return 2 * n", "test_imports": [], "test_list": ["assert double(2) == 4"]}

`instruction` is the bare task; the tests, which name the function, stand in `input`, one a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, SCALAR, About, RowType, Source
from curate_sources._column import first_fault, meta, missing


class Adapter(Source):
    """One example a task."""

    about = About(
        title="MBPP",
        url="https://github.com/google-research/google-research/tree/master/mbpp",
        hub="google-research-datasets/mbpp",
        license="cc-by-4.0",
        origin="human",
        citation="https://arxiv.org/abs/2108.07732",
    )
    row: ClassVar[Mapping[str, RowType]] = {
        "task_id": SCALAR,
        "text": pl.String(),
        "prompt": pl.String(),
        "code": pl.String(),
        "test_list": pl.List(pl.String),
    }
    required = frozenset({"code"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn tasks into examples."""
        return rows.select(
            pl.coalesce("text", "prompt").alias("instruction"),
            pl.col("test_list").list.join("\n", ignore_nulls=True).alias("input"),
            pl.col("code").alias("output"),
            meta({"id": pl.col("task_id")}).alias("meta"),
            first_fault(missing("text", "prompt"), missing("code")).alias(FAULT),
        )
