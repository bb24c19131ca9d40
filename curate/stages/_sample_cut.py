"""A cut: of each group the first so many stay, and the others leave with their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from curate.stage import drops
from curate.stages._sample_centre import centred

# Rounds sums of binary fractions such as 0.29 x 100 to what was meant.
TINY = 1e-9


@dataclass(frozen=True)
class Order:
    """Who comes first.

    Args:
        kind: `random`: by hashed rank; `longest`: by `length`, then rank; `k_center`: greedy, see `_sample_centre`.
        candidates: how many of a group compete in `k_center`.
    """

    kind: str = "random"
    candidates: int = 0

    def sorted(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The narrow rows in the order of their ranks, ties by id."""
        if self.kind == "longest":
            return keys.sort("length", "rank", "order", descending=[True, False, False])
        return keys.sort("rank", "order")

    def place(self, left: pl.DataFrame, within: Sequence[str]) -> pl.DataFrame:
        """Add the place of each row in its group, and where that is between 0 and 1.

        Args:
            left: sorted, with `allowed` where `k_center` may stop early.
            within: columns that make a group; none: all rows are one.

        Returns:
            The rows with `place` (UInt32, from 1), `standing` (0-1: the hashed rank where it decides, else the place
            as a fraction of the group) and, for `k_center`, `near` (likeness to the nearest that came before).
        """
        if self.kind == "k_center":
            return centred(left, within, self.candidates)
        count = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32)
        rows = pl.len()
        placed = left.with_columns((count.over(within) if within else count).alias("place"))
        if self.kind == "random":
            # By a float: dividing by the integer 2**64, which no type of polars holds, gives null.
            return placed.with_columns((pl.col("rank") / 2.0**64).alias("standing"))
        return placed.with_columns((pl.col("place") / (rows.over(within) if within else rows)).alias("standing"))


@dataclass(frozen=True)
class Cut:
    """One rule of a sample.

    Args:
        rule: its name in the ledger.
        within: what makes a group.
        allowed: how many rows of a group stay, an expression on the rows; null: all.
        reason: why the others leave.
    """

    rule: str
    within: tuple[str, ...]
    allowed: pl.Expr
    reason: pl.Expr | str = "beyond the cut-off"

    def apply(self, left: pl.DataFrame, order: Order) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What stays, in the order that it came in, and the drops."""
        placed = order.place(left.with_columns(self.allowed.cast(pl.Int64).alias("allowed")), self.within)
        stays = pl.col("allowed").is_null() | (pl.col("place") <= pl.col("allowed"))
        return divide(placed, self, stays, pl.col("place"), pl.col("allowed"), left.columns)


def divide(
    placed: pl.DataFrame, cut: Cut, stays: pl.Expr, value: pl.Expr, limit: pl.Expr, columns: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part rows that have a place into those that stay and the drops of the others.

    Args:
        placed: from `Order.place`.
        cut: names rule, groups and reason.
        stays: true for those that stay.
        value: what was measured of a row.
        limit: what is allowed.
        columns: of the rows that stay.
    """
    judged = placed.with_columns(stays.alias("stays"))
    last = pl.col("standing").filter(pl.col("stays")).max()
    judged = judged.with_columns((last.over(cut.within) if cut.within else last).fill_null(0.0).alias("last"))
    gone = drops(
        judged,
        ~pl.col("stays"),
        rule=cut.rule,
        reason=cut.reason,
        value=value.cast(pl.String),
        limit=limit.cast(pl.String),
        rank=pl.col("standing"),
        cutoff=pl.col("last"),
        **({"similarity": pl.col("near")} if "near" in judged.columns else {}),
    )
    return judged.filter("stays").select(columns), gone
