r"""GSM8K: 8.5k grade-school word problems with worked answers that people wrote.

The shape, invented:

    {"question": "A hen lays 2 eggs a day. How many in 5 days?",
     "answer": "In 5 days she lays 2*5 = <<2*5=10>>10 eggs.\n#### 10"}

`<<…>>` are calculator annotations; what follows `####` is the final answer. It goes to `meta.answer` and to a line of
its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import first_fault, meta, missing
from curate_sources._math import Final, worked


class _Options(Final):
    annotations: Literal["remove", "keep"] = Field("remove", description="the calculator annotations <<48/2=24>>")


class Adapter(Source):
    """One example a problem."""

    about = About(
        title="GSM8K",
        url="https://github.com/openai/grade-school-math",
        hub="openai/gsm8k",
        revision="3101c7d5072418e28",
        license="mit",
        origin="human",
        citation="https://arxiv.org/abs/2110.14168",
    )
    Options = _Options
    row: ClassVar[Mapping[str, RowType]] = {"question": pl.String(), "answer": pl.String()}
    required = frozenset({"question", "answer"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn problems into examples."""
        text = pl.col("answer")
        if self.options.annotations == "remove":
            text = text.str.replace_all(r"<<.*?>>", "")
        answer = text.str.extract(r"####\s*([^\n]*\S)\s*$")
        solution = text.str.replace(r"\s*####[^\n]*\s*$", "")
        return rows.select(
            pl.col("question").alias("instruction"),
            worked(solution, answer, self.options.final).alias("output"),
            meta({"answer": answer}).alias("meta"),
            first_fault(
                missing("question"),
                missing("answer"),
                pl.when(answer.is_null()).then(pl.lit("'answer' has no final answer after '####'")),
            ).alias(FAULT),
        )
