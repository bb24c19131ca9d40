"""`split`: which side of the train/test wall a record stands on.

    split: {test: 0.02}

What must not be torn apart goes to one side whole: the connected components of equal `group`, equal normalised prompt
and
shared dedup cluster. Nothing is dropped, and the fraction is met to within one component.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from curate.components import components
from curate.hashing import hash64, order64, rank64
from curate.stage import GlobalStage, Outcome, Settings
from curate.text import PROMPT, normalised, prompt_keys, value


class SplitSettings(Settings):
    """Names and sizes of the sides beside train."""

    fractions: dict[str, float] = Field(description="split name to its fraction of the records; the rest is train")


class Step(GlobalStage):
    """Assigns each record its split, by the hashed rank of its component within (source, task)."""

    name: ClassVar[str] = "split"
    version: ClassVar[int] = 3
    Settings: ClassVar[type[Settings]] = SplitSettings

    @property
    def reads(self) -> frozenset[str]:
        """The prompt, the bonds, the strata."""
        return frozenset({*PROMPT, "output", "id", "source", "task", "group", "cluster"})

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Hashes of the bonds, the rank, and the stratum."""
        frame = frame.with_columns(prompt_keys(frame).alias("prompt"))
        # Where there is no prompt the output is the text; without this all such records would hang together.
        bare = pl.concat_str([pl.lit("\x1f"), normalised(pl.when(pl.col("prompt") == "").then(value("output")))])
        # A group's name means something within its source only.
        group = hash64(pl.concat_str(["source", pl.lit("\x1f"), "group"]))
        cluster = hash64(pl.col("cluster")) if "cluster" in frame.columns else pl.lit(None, dtype=pl.UInt64)
        return frame.select(
            "at",
            order64().alias("order"),
            rank64(self.place.seed, self.place.label).alias("rank"),
            "source",
            "task",
            hash64(bare.fill_null(pl.col("prompt"))).alias("prompt"),
            group.alias("group"),
            cluster.alias("cluster"),
        )

    def decide(self, keys: pl.DataFrame) -> Outcome:
        """Fill each side with whole components, stratum by stratum."""
        # By id, so that the least row of a component is its least id.
        keys = keys.sort("order", "rank")
        labels = components(keys.height, [keys["prompt"], keys["group"], keys["cluster"]])
        units = _units(keys, labels)
        sides = assign(units, self.settings.fractions)
        by_label = np.full(keys.height, "train", dtype=object)
        by_label[units["label"].to_numpy()] = sides
        split = pl.Series("split", by_label[labels], dtype=pl.String)
        counts = {"components": units.height, "largest_component": max(units["rows"].to_list(), default=0)}
        for side, fraction in self.settings.fractions.items():
            counts[f"wanted.{side}"] = round(fraction * keys.height)
            counts[f"rows.{side}"] = int((split == side).sum())
        return Outcome(columns=keys.select("unit", "at").with_columns(split), counts=counts)

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:
        """A warning where components are too large for a side to have its fraction."""
        for name, wanted in sorted(counts.items()):
            side = name.removeprefix("wanted.")
            if side != name and abs(counts[f"rows.{side}"] - wanted) > max(1, wanted // 5):
                largest = counts["largest_component"]
                return (
                    f"split {side!r} has {counts[f'rows.{side}']:,} rows, {wanted:,} were asked for: records that must "
                    f"stay together form groups of up to {largest:,}"
                )
        return None


def _units(keys: pl.DataFrame, labels: np.ndarray) -> pl.DataFrame:
    """One row a component: label (the row of its least id), that row's stratum and rank, and how many rows it has."""
    leaders, rows = np.unique(labels, return_counts=True)
    return (
        keys[leaders]
        .select("source", "task", "rank", "order")
        .with_columns(pl.Series("label", leaders), pl.Series("rows", rows))
        .sort("source", "task", "rank", "order", nulls_last=True)
    )


def assign(units: pl.DataFrame, fractions: dict[str, float]) -> np.ndarray:
    """Give each component a side.

    In each stratum the first components by rank go to the first side by name, the next to the second, and so on, as
    many as come nearest to the fraction; what a stratum has too much or too little, the next one makes up for. A
    component of more than twice the rows that a side still wants is passed over: it would take that side's place whole.

    Args:
        units: `source`, `task`, `rows`, sorted by stratum and rank.
        fractions: side to fraction of all rows.

    Returns:
        Object array of side names, one a component.
    """
    sides = np.full(units.height, "train", dtype=object)
    rows = units["rows"].to_numpy().astype(np.int64)
    strata = units.select(pl.struct("source", "task").rle_id()).to_series().to_numpy()
    starts = np.searchsorted(strata, np.arange(strata[-1] + 2)) if units.height else np.zeros(1, dtype=np.int64)
    owed = dict.fromkeys(fractions, 0.0)
    for start, stop in pairwise(starts):
        free = np.arange(start, stop)
        total = rows[free].sum()
        for side, fraction in sorted(fractions.items()):
            owed[side] += fraction * total
            fitting = free[rows[free] <= max(1.0, 2 * owed[side])]
            sums = np.concatenate(([0], np.cumsum(rows[fitting])))
            taken = int(np.argmin(np.abs(sums - owed[side])))
            sides[fitting[:taken]] = side
            owed[side] -= float(sums[taken])
            free = np.setdiff1d(free, fitting[:taken], assume_unique=True)
    return sides
