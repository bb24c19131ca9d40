"""What the transforms share: which fields they rewrite, and how a changed field becomes an outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from curate.stage import Outcome, Settings

Text = Literal["system", "instruction", "input", "output"]
Rewritten = Literal["system", "instruction", "input", "output", "history"]
RewrittenFields = Annotated[list[Rewritten], Field(min_length=1)]
Rewrite = Callable[[pl.Expr], pl.Expr]


class Fields(Settings):
    """Which fields are rewritten, each for itself.

    `history` is the content of every earlier turn. With `output` go all `references`: they are the other accepted
    outputs.
    """

    of: RewrittenFields = Field(default=["instruction", "input", "output"])


def columns_of(fields: list[Rewritten]) -> frozenset[str]:
    """The columns that these fields stand in."""
    return frozenset(fields) | ({"references"} if "output" in fields else frozenset())


def rewritten(fields: list[Rewritten], rewrite: Rewrite) -> dict[str, pl.Expr]:
    """The new columns, where every text of the fields is rewritten by the same rule."""
    found: dict[str, pl.Expr] = {}
    for name in fields:
        if name == "history":
            turn = pl.element().struct
            content = rewrite(turn.field("content")).alias("content")
            found[name] = pl.col(name).list.eval(turn.with_fields(content))
        else:
            found[name] = rewrite(pl.col(name))
        if name == "output":
            found["references"] = pl.col("references").list.eval(rewrite(pl.element()))
    return found


def outcome(frame: pl.DataFrame, columns: Mapping[str, pl.Expr], counts: Mapping[str, int] | None = None) -> Outcome:
    """The outcome that names only the rows in which one of the columns changes."""
    new = {name: f"new {name}" for name in columns}
    made = frame.with_columns(expression.alias(new[name]) for name, expression in columns.items())
    changed = made.filter(pl.any_horizontal(pl.col(name).ne_missing(pl.col(new[name])) for name in columns))
    return Outcome(
        columns=changed.select("at", *(pl.col(made).alias(name) for name, made in new.items())), counts=counts or {}
    )


def first_reference() -> pl.Expr:
    """The references of a record whose `output` a rule has set: the new output leads, the other references stay."""
    others = pl.col("references").list.slice(1).fill_null([])
    return pl.concat_list(pl.concat_list(pl.col("output")), others)
