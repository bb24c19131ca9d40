"""A dialogue as an example: which message is the system's, the instruction, the output, and what is history.

A leading system message becomes `system`, the last message, the assistant's, `output`. If a user's message stands
before it, that is the `instruction` and what lies between is `history`. If a tool's answer stands before it, everything
stays in `history` and the instruction is empty. Tool calls of the last message go to `meta.tool_calls`.
"""

from __future__ import annotations

import polars as pl

from curate.example import MESSAGE, ROLES
from curate.source import FAULT
from curate_sources._column import constant, first_fault

MESSAGES = pl.List(MESSAGE)


def parts(rows: pl.DataFrame, turns: str) -> pl.DataFrame:
    """Cut dialogues into the canonical columns.

    Args:
        rows: has `messages` (of type MESSAGES) and optionally FAULT, whose reasons come first.
        turns: `all`, or `first` for the first exchange only.

    Returns:
        The rows with `system`, `instruction`, `output`, `history`, `tool_calls` (of the output) and FAULT.
    """
    if turns == "first":
        rows = rows.with_columns(messages=pl.col("messages").list.slice(0, _first_answer(pl.col("messages"))))
    talk = pl.col("messages")
    rows = rows.with_columns(first_fault(constant(rows, FAULT), _fault(talk)).alias(FAULT))
    leads = talk.list.first().struct.field("role") == "system"
    body = talk.list.slice(leads.cast(pl.Int64).fill_null(0))
    rows = rows.with_columns(system=pl.when(leads).then(talk.list.first().struct.field("content")), body=body)
    body = pl.col("body")
    before = body.list.get(-2, null_on_oob=True)
    asked = (before.struct.field("role") == "user").fill_null(value=False)
    taken = pl.when(asked).then(2).otherwise(1)
    return rows.with_columns(
        instruction=pl.when(asked).then(before.struct.field("content")),
        output=body.list.last().struct.field("content"),
        tool_calls=body.list.last().struct.field("tool_calls"),
        history=body.list.slice(0, pl.max_horizontal(body.list.len().cast(pl.Int64) - taken, 0)),
    ).drop("body")


def _roles(talk: pl.Expr) -> pl.Expr:
    return talk.list.eval(pl.element().struct.field("role"))


def _first_answer(talk: pl.Expr) -> pl.Expr:
    """How many messages there are up to the first of the assistant that answers (that calls no tool)."""
    answers = (pl.element().struct.field("role") == "assistant") & pl.element().struct.field("tool_calls").is_null()
    found = talk.list.eval(answers.cast(pl.Int8))
    return pl.when(found.list.max() == 1).then(found.list.arg_max() + 1).otherwise(talk.list.len())


def _fault(talk: pl.Expr) -> pl.Expr:
    roles, last = _roles(talk), talk.list.last().struct.field("role")
    odd = roles.list.eval(pl.element().filter(~pl.element().is_in(ROLES).fill_null(value=False))).list.first()
    some_odd = roles.list.eval(~pl.element().is_in(ROLES).fill_null(value=False)).list.any()
    silent = talk.list.eval(
        pl.element().struct.field("content").is_null() & pl.element().struct.field("tool_calls").is_null()
    )
    return (
        pl.when(talk.is_null())
        .then(pl.lit("no messages"))
        .when(talk.list.len() == 0)
        .then(pl.lit("the dialogue is empty"))
        .when(some_odd)
        .then(
            pl.concat_str(
                [pl.lit("unknown role "), pl.coalesce(pl.concat_str([pl.lit("'"), odd, pl.lit("'")]), pl.lit("null"))]
            )
        )
        .when(last != "assistant")
        .then(
            pl.concat_str(
                [pl.lit("the dialogue ends with a message of the "), last, pl.lit(", expected the assistant's")]
            )
        )
        .when(~roles.list.contains("user"))
        .then(pl.lit("the dialogue has no message of a user"))
        .when(silent.list.any())
        .then(pl.lit("the dialogue holds a message without text"))
    )
