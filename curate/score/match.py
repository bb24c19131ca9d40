"""Predictions made elsewhere, and which record each belongs to: the one of the same task and input."""

from __future__ import annotations

import polars as pl

from curate.errors import CurateError
from curate.hashing import hash128

_HEAD = 80  # characters of a text that a message shows


def key() -> pl.Expr:
    """What a prediction and its record have in common: a hash (UInt128) of task and input, both as they are.

    A record without a task has the same key as one whose task is empty.
    """
    task, given = pl.col("task").fill_null(""), pl.col("input").fill_null("")
    # The task's length stands before it, so that no other pair reads the same.
    return hash128(pl.concat_str([task.str.len_bytes().cast(pl.String), pl.lit(":"), task, given]))


def index(predictions: pl.DataFrame) -> pl.DataFrame:
    """The predictions by their key.

    Several predictions for one key are one, if they agree. Of those that do not, the first in alphabetical order
    counts, so that the order of files has no say.

    Args:
        predictions: `task`, `input`, `output`: what a model answered.

    Returns:
        `match` (UInt128, rising), `prediction`, `versions` (UInt32: how many different ones there were).
    """
    keyed = predictions.select(key().alias("match"), pl.col("output").fill_null("").alias("prediction"))
    versions = pl.col("prediction").n_unique().cast(pl.UInt32).alias("versions")
    return keyed.group_by("match").agg(pl.col("prediction").min(), versions).sort("match")


def heads(predictions: pl.DataFrame) -> pl.DataFrame:
    """The first prediction in alphabetical order, cut short: for the message that nothing matches."""
    shown = predictions.select(pl.col(name).fill_null("").str.head(_HEAD) for name in ("task", "input"))
    return shown.sort("task", "input").head(1)


def nothing(label: str, predictions: pl.DataFrame, records: pl.DataFrame) -> CurateError:
    """The error that no prediction belongs to any record.

    Args:
        label: the step.
        predictions: as `heads` gives them.
        records: `task` and `input` of a record that arrived.
    """
    told, had = (frame.select("task", "input").head(1).rows() for frame in (predictions, records))
    said = f"task {told[0][0]!r} and input {told[0][1]!r}" if told else "nothing: the files hold no prediction"
    here = f"task {had[0][0]!r} and input {(had[0][1] or '')[:_HEAD]!r}" if had else "none"
    return CurateError(
        f"{label}: no prediction belongs to any record. A prediction belongs to the record with its `task_file` "
        f"(without .json) as task and its `orig_input` as input.\n"
        f"  a prediction has {said}\n  a record has     {here}\n"
        "Score before steps that change task or input, and name the files of this source's tasks"
    )


def cut(text: pl.Expr, until: str) -> pl.Expr:
    """The text before the first occurrence of `until`; all of it where that does not occur, or is empty."""
    return text.str.split(until).list.first() if until else text
