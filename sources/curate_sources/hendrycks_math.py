r"""MATH (Hendrycks et al.): 12,500 competition problems with solutions in LaTeX, written by people.

The shapes, invented, of the original and of later copies:

    {"problem": "What is $2 + 2$?", "level": "Level 1", "type": "Prealgebra", "solution": "It is $\\boxed{4}$."}
    {"problem": "Halve $4$.", "level": 1, "subject": "Prealgebra", "solution": "It is $\\boxed{2}$.", "answer": "2"}

The final answer is what the last `\boxed{…}` holds; it goes to `meta.answer` and to a line of its own. A solution
without one is kept as it is, without `meta.answer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl
from pydantic import Field

from curate.source import FAULT, SCALAR, About, RowType, Source
from curate_sources._column import first_fault, meta, missing
from curate_sources._math import Final, worked

_DEPTH = 12  # of braces inside braces: far more than any answer needs


def _boxed() -> str:
    """The last box of a text. Braces nest, which a pattern can follow to a fixed depth; an escaped one is none."""
    inner = r"(?:[^{}\\]|\\.)*"
    for _ in range(_DEPTH):
        inner = r"(?:[^{}\\]|\\.|\{" + inner + r"\})*"
    return r"(?s)^.*\\(?:boxed|fbox)\s*(?:\{(" + inner + r")\}|([^\s{}$.,]+))"


class _Options(Final):
    final: str | None = Field(
        "The answer is ${answer}$",
        description="the line that ends a solution, {answer} in its place; null: no such line",
    )


class Adapter(Source):
    """One example a problem."""

    about = About(
        title="MATH",
        url="https://github.com/hendrycks/math",
        hub="EleutherAI/hendrycks_math",
        license="mit",
        origin="human",
        citation="https://arxiv.org/abs/2103.03874",
    )
    Options = _Options
    row: ClassVar[Mapping[str, RowType]] = {
        "problem": pl.String(),
        "solution": pl.String(),
        "level": SCALAR,
        "type": pl.String(),
        "subject": pl.String(),
        "answer": pl.String(),
    }
    required = frozenset({"problem", "solution"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn problems into examples."""
        box = pl.col("solution").str.extract_groups(_boxed())
        answer = pl.coalesce("answer", box.struct.field("1"), box.struct.field("2")).str.strip_chars()
        return rows.select(
            pl.coalesce("type", "subject").alias("task"),
            pl.col("problem").alias("instruction"),
            worked(pl.col("solution"), answer, self.options.final).alias("output"),
            meta({"answer": answer, "level": pl.col("level").str.strip_prefix("Level ")}).alias("meta"),
            first_fault(missing("problem"), missing("solution")).alias(FAULT),
        )
