r"""P3: the prompts that T0 was trained on, NLP data sets put into templates that people wrote.

The shapes, invented, of exports with prompt and completion, and of the Hub's rows:

    {"prompt": "Name a bird that cannot fly.\n", "completion": "the penguin<|endoftext|>"}
    {"inputs_pretokenized": "Name a bird that can fly.", "targets_pretokenized": "\nthe wren"}

`instruction` is the whole prompt. The mark `<|endoftext|>` and the blanks around both texts are taken off; where a data
set hides its answers, nothing is left as output. The task, data set and template, is the name of the file, or of its
folder where the file is called after a split.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import first_fault, missing
from curate_sources._file import task


class Adapter(Source):
    """One example a prompt."""

    about = About(
        title="P3 (Public Pool of Prompts)",
        url="https://github.com/bigscience-workshop/promptsource",
        hub="bigscience/P3",
        license="apache-2.0",
        origin="human",
        citation="https://arxiv.org/abs/2110.08207",
    )
    row: ClassVar[Mapping[str, RowType]] = dict.fromkeys(
        ("prompt", "completion", "inputs_pretokenized", "targets_pretokenized"), pl.String()
    )

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn prompts into examples."""
        answer = pl.coalesce("completion", "targets_pretokenized").str.strip_chars_end()
        return rows.select(
            task().alias("task"),
            pl.coalesce("prompt", "inputs_pretokenized").str.strip_chars().alias("instruction"),
            answer.str.strip_suffix("<|endoftext|>").str.strip_chars().alias("output"),
            first_fault(missing("prompt", "inputs_pretokenized"), missing("completion", "targets_pretokenized")).alias(
                FAULT
            ),
        )
