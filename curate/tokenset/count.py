"""Counts: how many examples and tokens there are, by split, source and task, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from curate.tokenset.collect import Collected
from curate.tokenset.dialogue import EARLIER_CHANGED, NO_ANSWER, REFUSED
from curate.tokenset.layout import NOTES, CountInfo, SplitInfo
from curate.tokenset.piece import BLANK_END, EMPTY, OVER_LENGTH, SPECIAL_IN_ANSWER, SPECIAL_IN_TEXT
from curate.wording import some

_MEANINGS = {
    BLANK_END: (
        "prompts of {} examples end in a blank or an empty line: answers are asked for with exactly these prompts, "
        "and a program that strips them asks for something that was not trained"
    ),
    SPECIAL_IN_ANSWER: "answers of {} examples hold a special token as text: there it is only characters",
    SPECIAL_IN_TEXT: "texts of {} examples hold a special token that the template did not write, and it counts as one",
    EARLIER_CHANGED: (
        "in {} dialogues the chat template shows earlier answers otherwise than while they are given: "
        "those are context, and only the others are trained"
    ),
}
_REASONS = {
    EMPTY: "have an empty answer",
    NO_ANSWER: "do not end with an answer",
    REFUSED: "are refused by the chat template",
}


def split_info(found: Collected, bins: pl.DataFrame, seq_len: int) -> SplitInfo:
    """The numbers of a split.

    Args:
        found: its rows.
        bins: its packed rows.
        seq_len: tokens of a packed row.
    """
    lengths = found.kept["length"].cast(pl.Int64)
    long = int((found.dropped["reason"] == OVER_LENGTH).sum())
    return SplitInfo(
        rows=found.kept.height,
        bins=bins.height,
        tokens=int(lengths.sum()),
        trained_tokens=int(found.kept["trained"].cast(pl.Int64).sum()),
        dropped_over_length=long,
        dropped_other=found.dropped.height - long,
        efficiency=int(lengths.sum()) / (bins.height * seq_len) if bins.height else 1.0,
        longest=int(lengths.max() or 0),  # type: ignore[arg-type]
    )


def counts(found: Mapping[str, Collected], by: Sequence[str]) -> list[CountInfo]:
    """The numbers of each source, or of each source and task, of each split; sorted by name."""
    told = []
    for split, one in sorted(found.items()):
        kept = one.kept.group_by(by).agg(
            pl.len().alias("rows"),
            pl.col("length").cast(pl.Int64).sum().alias("tokens"),
            pl.col("trained").cast(pl.Int64).sum().alias("trained_tokens"),
        )
        long = pl.col("reason") == OVER_LENGTH
        gone = one.dropped.group_by(by).agg(
            long.sum().alias("dropped_over_length"), (~long).sum().alias("dropped_other")
        )
        both = kept.join(gone, on=list(by), how="full", nulls_equal=True, coalesce=True)
        for row in both.sort(by, nulls_last=False).iter_rows(named=True):
            numbers = {name: value or 0 for name, value in row.items() if name not in by}
            told.append(CountInfo(split=split, source=row["source"], task=row.get("task"), **numbers))
    return told


def warnings_of(found: Mapping[str, Collected], splits: Mapping[str, SplitInfo]) -> list[str]:
    """What a careful reader should know of the rows."""
    told = []
    for split, one in sorted(found.items()):
        reasons = dict(one.dropped["reason"].value_counts().sort("reason").iter_rows())
        if long := reasons.get(OVER_LENGTH, 0):
            where = one.dropped.filter(pl.col("reason") == OVER_LENGTH)
            names = where.select(pl.coalesce("task", "source")).to_series().value_counts(sort=True)
            told.append(f"{split}: {long:,} examples are over length and not in it ({some(_named(names))})")
        told += [
            f"{split}: {reasons[reason]:,} examples {meaning} and are not in it"
            for reason, meaning in _REASONS.items()
            if reason in reasons
        ]
        noted = dict(one.notes["note"].value_counts().iter_rows())
        total = splits[split].rows
        told += [
            f"{split}: {meaning.format('all' if noted[note] == total else f'{noted[note]:,}')} (ids in {NOTES})"
            for note, meaning in _MEANINGS.items()
            if note in noted
        ]
    return told


def _named(names: pl.DataFrame) -> list[str]:
    return [
        f"{name}: {rows:,}"
        for name, rows in names.sort("count", names.columns[0], descending=[True, False]).iter_rows()
    ]
