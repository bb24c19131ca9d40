"""MT-bench and Vicuna's benchmark: open questions of one or two turns that a judge grades.

The shapes, invented, of `question.jsonl` and of the Hub's rows:

    {"question_id": 9001, "category": "math", "turns": ["How many legs have 3 hens?", "And 4 cows?"],
     "reference": ["6", "16"]}
    {"prompt_id": 9002, "category": "writing", "prompt": ["Write a poem about hens.", "Shorten it."], "reference": []}

`instruction` is the first turn alone. A second turn, which has no answer of a model before it to follow, stands in
`input`, so that it is looked at too. The output is the judge's reference, where there is one. The task is the category.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, SCALAR, About, RowType, Source
from curate_sources._column import meta


class Adapter(Source):
    """One example a question with all its turns."""

    about = About(
        title="MT-bench",
        url="https://github.com/lm-sys/FastChat",
        hub="HuggingFaceH4/mt_bench_prompts",
        revision="0e6d3e4beaab66f4d",
        license="apache-2.0",
        origin="mixed",  # people wrote MT-bench's questions, GPT-4 Vicuna's and the references
        citation="https://arxiv.org/abs/2306.05685",
    )
    row: ClassVar[Mapping[str, RowType]] = {
        "question_id": SCALAR,
        "prompt_id": SCALAR,
        "category": pl.String(),
        **dict.fromkeys(("turns", "prompt", "reference"), pl.List(pl.String)),
    }

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        turns = pl.coalesce("turns", "prompt").list.drop_nulls()
        return rows.select(
            pl.col("category").alias("task"),
            turns.list.get(0, null_on_oob=True).alias("instruction"),
            turns.list.slice(1).list.join("\n\n").alias("input"),
            pl.col("reference").list.join("\n\n", ignore_nulls=True).alias("output"),
            meta({"id": pl.coalesce("question_id", "prompt_id")}).alias("meta"),
            pl.when(turns.list.len().fill_null(0) == 0)
            .then(pl.lit("no text in 'turns' (nor in 'prompt')"))
            .alias(FAULT),
        )
