r"""HumanEval: 164 Python functions to be completed from signature and docstring, written by people.

The shape, invented:

    {"task_id": "HumanEval/9001", "prompt": "def lay(n):\n    \"\"\" Return n eggs. \"\"\"\n", "entry_point": "lay",
     "canonical_solution": "    return n * \"egg \"\n", "test": "def check(f):\n    assert f(0) == \"\"\n"}

`instruction` is the prompt as it is, code that the output goes on with. The tests are kept in `meta.test`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import first_fault, meta, missing


class Adapter(Source):
    """One example a function."""

    about = About(
        title="HumanEval",
        url="https://github.com/openai/human-eval",
        hub="openai/openai_humaneval",
        revision="6d43fb980f9fee3c8",
        license="mit",
        origin="human",
        citation="https://arxiv.org/abs/2107.03374",
    )
    row: ClassVar[Mapping[str, RowType]] = dict.fromkeys(
        ("task_id", "prompt", "entry_point", "canonical_solution", "test"), pl.String()
    )
    required = frozenset({"prompt", "canonical_solution"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn functions into examples."""
        told = {"id": "task_id", "entry_point": "entry_point", "test": "test"}
        return rows.select(
            pl.col("prompt").alias("instruction"),
            pl.col("canonical_solution").alias("output"),
            meta({key: pl.col(name) for key, name in told.items()}).alias("meta"),
            first_fault(missing("prompt"), missing("canonical_solution")).alias(FAULT),
        )
