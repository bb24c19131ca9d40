"""Earlier turns as `history`: from pairs of a user's and an assistant's text."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field

from curate.source import Options

PAIRS = pl.List(pl.List(pl.String))


class Turns(Options):
    """The option that says how much of a dialogue is taken."""

    turns: Literal["all", "first"] = Field("all", description="the whole dialogue, or its first exchange only")


def message(role: str, content: pl.Expr) -> pl.Expr:
    """A plain message of the `history` column."""
    nothing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("name", "tool_calls", "tool_call_id")]
    return pl.struct(pl.lit(role).alias("role"), content.alias("content"), *nothing)


def history(pairs: pl.Expr) -> pl.Expr:
    """[[user, assistant], …] as messages, oldest first; null counts as empty."""
    user = message("user", pl.element().list.get(0, null_on_oob=True))
    assistant = message("assistant", pl.element().list.get(1, null_on_oob=True))
    return pairs.fill_null([]).list.eval(pl.concat_list(user, assistant).explode())


def odd_pairs(name: str) -> pl.Expr:
    """The fault of rows in which an earlier turn is not a pair of two texts."""
    whole = (pl.element().list.len() == 2) & (pl.element().list.drop_nulls().list.len() == 2)
    return pl.when(pl.col(name).list.eval(whole.fill_null(value=False)).list.all().not_()).then(
        pl.lit(f"{name!r} holds a turn that is not a pair of a question and an answer")
    )
