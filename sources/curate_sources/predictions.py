"""Predictions of a model, made elsewhere: what it answered to the inputs of a task.

A row, invented:

    {"task_file": "task9001_birdlist_classification.json", "orig_input": "A penguin walks home.",
     "few_shot_prompt": "### Input: …", "prediction": "No", "ground_truth": ["No", "no"]}

The step `score` reads such files to know what a model fails. As a source they are what a model wrote: the prediction
is the output. `task_file` may end in `.json`; other keys are left unread. An empty prediction is an answer, a missing
one is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import first_fault, missing


class Adapter(Source):
    """One example a prediction."""

    about = About(
        title="Predictions of a model",
        url="https://github.com/Upaya07/NeurIPS-llm-efficiency-challenge",
        license="unknown",
        origin="model",
    )
    row: ClassVar[Mapping[str, RowType]] = {
        "task_file": pl.String(),
        "orig_input": pl.String(),
        "prediction": pl.String(),
    }

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn predictions into examples."""
        return rows.select(
            pl.col("task_file").str.strip_suffix(".json").alias("task"),
            pl.col("orig_input").alias("input"),
            pl.col("prediction").alias("output"),
            pl.lit("model").alias("origin"),
            first_fault(missing("task_file"), missing("orig_input"), missing("prediction")).alias(FAULT),
        )
