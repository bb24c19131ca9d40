r"""SciBench: 692 problems of university physics, chemistry and mathematics, from textbooks; some have solutions.

The shape, invented:

    {"problem_text": "A hen of $2 \\mathrm{~kg}$ falls for $1 \\mathrm{~s}$. How fast is she?", "answer_latex": " 9.8",
     "answer_number": "9.8", "unit": " m/s", "source": "hens", "problemid": " 9.01", "comment": " ",
     "solution": "She gains $9.8$ each second."}

`instruction` is the bare problem; the output is the solution, where there is one, and a line with the answer and its
unit. The task is the textbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, SCALAR, About, RowType, Source
from curate_sources._column import first_fault, meta, missing
from curate_sources._math import Final, worked


class Adapter(Source):
    """One example a problem."""

    about = About(
        title="SciBench",
        url="https://github.com/mandyyyyii/scibench",
        hub="xw27/scibench",
        revision="e14e0ca3d3db0f029",
        license="mit",
        origin="human",
        citation="https://arxiv.org/abs/2307.10635",
    )
    Options = Final
    row: ClassVar[Mapping[str, RowType]] = {
        **dict.fromkeys(("problem_text", "unit", "source", "problemid", "solution"), pl.String()),
        "answer_number": SCALAR,
    }
    required = frozenset({"problem_text", "answer_number"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn problems into examples."""
        number, unit, place = (_plain(name) for name in ("answer_number", "unit", "problemid"))
        solution = pl.col("solution").str.strip_chars().fill_null("")
        answer = pl.concat_str([number, unit], separator=" ", ignore_nulls=True)
        return rows.select(
            pl.col("source").alias("task"),
            pl.col("problem_text").alias("instruction"),
            worked(solution, answer, self.options.final).alias("output"),
            meta({"id": place, "answer": number, "unit": unit}).alias("meta"),
            first_fault(
                missing("problem_text"),
                pl.when(number.is_null()).then(pl.lit("no 'answer_number'")),
            ).alias(FAULT),
        )


def _plain(name: str) -> pl.Expr:
    """A text on one line, without blanks around it; null where nothing is left."""
    text = pl.col(name).str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(text != "").then(text)
