"""What the sources of mathematics share: a worked solution with the final answer on a line of its own."""

from __future__ import annotations

import polars as pl
from pydantic import Field, field_validator

from curate.source import Options
from curate_sources._column import filled


class Final(Options):
    """The option that words the last line."""

    final: str | None = Field(
        "The answer is {answer}",
        description="the line that ends a worked answer, {answer} in its place; null: no such line",
    )

    @field_validator("final")
    @classmethod
    def _has_place(cls, value: str | None) -> str | None:
        if value is not None and value.count("{answer}") != 1:
            raise ValueError(f"needs the place {{answer}} exactly once, found {value!r}")
        return value


def worked(solution: pl.Expr, answer: pl.Expr, final: str | None) -> pl.Expr:
    """The solution, then the final line; the solution alone where there is no answer or no wording."""
    solution = solution.str.strip_chars_end()
    if final is None:
        return solution
    line = filled(final, "answer", answer)
    return (
        pl.when(solution == "")
        .then(pl.coalesce(line, solution))
        .otherwise(pl.concat_str([solution, line], separator="\n", ignore_nulls=True))
    )
