"""`split`: which side of the train/test wall a record stands on.

    split: {test: 0.02}
    split: {validation: 0.01, test: 0.01, near: {threshold: 0.7}}

What must not be torn apart goes to one side whole: the connected components of equal `group`, equal normalised prompt,
shared dedup cluster, and near-duplicate prompts. Nothing is dropped, and the fraction is met to within one component.

Two prompts are near-duplicates if the sets of their runs of 5 words have a Jaccard similarity of at least 0.8
(`curate.minhash`: each pair is compared exactly; of those just at the threshold one in 500 is not found). Where a
record has no prompt its output is compared. A value of a field that more than 20 records have, such as the definition
of a task, is not compared: it must be equal instead, else all records of the task would hang together. A
`dedup: {method: minhash}` step before does not make this unnecessary: it leaves one record of each of its clusters, but
compares other fields (the output, mostly) or at another threshold. The search is `near:` beside the fractions, so no
split can be called `near`; `near: off` leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from curate.components import bonds_of, components
from curate.field import ContentFields
from curate.hashing import hash64, order64, rank64
from curate.room import Room
from curate.stage import GlobalStage, Keep, Outcome, Settings
from curate.stages import _near
from curate.stages._near_field import fields_of, hashes_of
from curate.text import PROMPT, columns_of, normalised, prompt_keys, value

if TYPE_CHECKING:
    from curate.minhash import Shingling

# Records of a bucket that the others are compared with. Families of similar prompts are not cut short as in `dedup`,
# where what is left over costs a duplicate, not a leak.
_LEADERS = 64


class NearSettings(Settings):
    """Which prompts are near-duplicates."""

    # A pair that is not found may leak, so more bands than in `dedup`: of 20,000 made pairs the buckets and the filter
    # before the comparison lose 0.2 % at a similarity of 0.800 to 0.805, 0.02 % at 0.82 to 0.85, none of 6,782 above.
    recall: ClassVar[float] = 0.9999
    num_perm: ClassVar[int] = 128
    on: ContentFields = Field(
        default=("history", "instruction", "input"), min_length=1, description="the fields that are compared"
    )
    threshold: float = Field(default=0.8, ge=0.3, le=1, description="least Jaccard similarity of two near-duplicates")
    ngram: int = Field(default=5, ge=1, le=64, description="words a shingle; a CJK or Thai character is a word")
    shared: int | None = Field(
        default=20,
        ge=1,
        description="a field's value that more records have (a task's definition) must be equal in near-duplicates and "
        "is not compared; null: compare all text",
    )

    @property
    def shingling(self) -> Shingling:
        """How texts are cut."""
        from curate.minhash import Shingling  # noqa: PLC0415 - numba takes 0.3 s to import

        return Shingling(self.ngram)


class SplitSettings(Settings):
    """Names and sizes of the sides beside train, and what must not be torn apart."""

    fractions: dict[str, float] = Field(
        default={},
        description="each split's name and its fraction of the records (in a recipe: beside `near`); the rest is train",
    )
    near: NearSettings | None = Field(
        default=NearSettings(),
        description="which near-duplicates stay on one side; `off`: they need not",
    )


class Step(GlobalStage):
    """Assigns each record its split, by the hashed rank of its component within (source, task).

    Only those that are not of train are named.
    """

    name: ClassVar[str] = "split"
    version: ClassVar[int] = 6
    weight: ClassVar[int] = 300
    Settings: ClassVar[type[Settings]] = SplitSettings

    @property
    def from_files(self) -> bool:
        """Near-duplicates are compared where their texts lie, in the files of the keys."""
        return self.settings.near is not None

    @property
    def reads(self) -> frozenset[str]:
        """The prompt, the bonds, the strata."""
        near = columns_of(self.settings.near.on) if self.settings.near else frozenset[str]()
        return near | {*PROMPT, "output", "id", "source", "task", "group", "cluster"}

    def keys_key(self) -> dict[str, Any]:
        """Without fractions and threshold: changing them keeps the keys."""
        key = self.key()
        return {**key, "settings": self.settings.near and self.settings.near.on}

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Hashes of the bonds, the rank, and the stratum; what is compared for near-duplicates."""
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
            *(fields_of(frame, self.settings.near.on, instead="output") if self.settings.near else ()),
        )

    def decide(self, keys: pl.DataFrame) -> Outcome:
        """Fill each side with whole components, stratum by stratum."""
        rows = _Rows(keys.get_column, _by_id(keys))
        chosen, split, counts = self._decided(rows, lambda: _stratum(keys["source"], keys["task"]), None)
        return Outcome(columns=keys.select("unit", "at")[chosen].with_columns(split), counts=counts)

    def decide_files(self, files: Sequence[Path], keep: Keep, room: Room) -> Outcome:  # noqa: ARG002 - nothing is kept
        """Find the near-duplicates, then decide."""
        from curate.minhash import cluster  # noqa: PLC0415 - numba takes 0.3 s to import

        said, places = self.settings.near, _near.Places(files)
        room.require(self.place.label, len(places), _near.NARROW)
        rows = _Rows(lambda name: _near.stacked(files, [name])[name], _by_id(_near.stacked(files, ["order", "rank"])))
        order = np.empty(len(places), dtype=np.int64)
        order[rows.by_id] = np.arange(len(places))
        # Signatures are not kept: they would take 524 bytes a record in the cache, for a step that is seldom tuned.
        ready = _near.prepare(files, _near.stacked(files, hashes_of(said.on)), said, None, room)
        given = (ready.digests, order, ready.texts, said.shingling, said.threshold)
        clusters = cluster(*given, leaders=_LEADERS, threads=ready.threads, shelf=ready.shelf)
        near, told = pl.Series("near", clusters.leader), clusters.counts
        del ready, given, order, clusters
        chosen, split, counts = self._decided(rows, lambda: _strata(files), near)
        # Pairs with the same words are not compared: each hangs on the first of its kind.
        pairs = {"near.pairs": told.exact + told.verified, "near.told_apart": told.rejected}
        return Outcome(columns=places.of(chosen).with_columns(split), counts={**counts, **pairs})

    def _decided(
        self, rows: _Rows, strata: Callable[[], pl.Series], near: pl.Series | None
    ) -> tuple[np.ndarray, pl.Series, dict[str, int]]:
        """The records that are not of train, the side of each, and numbers.

        Args:
            rows: `order`, `rank` and the bonds.
            strata: the stratum of each.
            near: the cluster of near-duplicates of each, if they were looked for.
        """
        total = len(rows.by_id)
        # By id, so that the least row of a component is its least id.
        bonds = bonds_of(rows[name] for name in ("prompt", "group", "cluster"))
        counts: dict[str, int] = {}
        if near is not None:
            sizes = np.bincount(near.to_numpy(), minlength=1)
            counts = {"near.records": int(sizes[sizes > 1].sum()), "near.largest": int(sizes[sizes > 1].max(initial=0))}
            counts["near.joined"] = _different(components(total, bonds))
            bonds += bonds_of([near.gather(rows.by_id)])
        labels = components(total, bonds)
        if near is not None:
            counts["near.joined"] -= _different(labels)
        units = _units(rows, labels, strata().gather(rows.by_id))
        names = sorted(self.settings.fractions)
        by_label = np.zeros(total, dtype=np.uint16)
        by_label[units["label"].to_numpy()] = assign(units, self.settings.fractions)
        side = by_label[labels]
        counts |= {"components": units.height, "largest_component": int(units["rows"].to_numpy().max(initial=0))}
        for number, name in enumerate(names, 1):
            counts[f"wanted.{name}"] = round(self.settings.fractions[name] * total)
            counts[f"rows.{name}"] = int((side == number).sum())
        chosen = np.flatnonzero(side)
        split = pl.Series("split", names, dtype=pl.String).gather(side[chosen] - 1)
        return rows.by_id[chosen], split, counts

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:
        """A warning where components are too large for a side to have its fraction."""
        for name, wanted in sorted(counts.items()):
            side = name.removeprefix("wanted.")
            if side != name and abs(counts[f"rows.{side}"] - wanted) > max(1, wanted // 5):
                largest, near = counts["largest_component"], counts.get("near.largest", 0)
                chain = f" ({near:,} of them near-duplicates: raise near.threshold)" if 2 * near > largest else ""
                return (
                    f"split {side!r} has {counts[f'rows.{side}']:,} rows, {wanted:,} were asked for: records that must "
                    f"stay together form groups of up to {largest:,}{chain}"
                )
        return None


class _Rows:
    """Columns of all records in the order of their ids, each made when it is asked for.

    Args:
        column: gives one in any order.
        by_id: where each record stands in that.
    """

    def __init__(self, column: Callable[[str], pl.Series], by_id: np.ndarray) -> None:
        self._column = column
        self.by_id = by_id

    def __getitem__(self, name: str) -> pl.Series:
        return self._column(name).gather(self.by_id)


def _by_id(keys: pl.DataFrame) -> np.ndarray:
    """The rows in the order of `order`, ties by `rank`: 8 bytes a row, where polars would sort some 40."""
    return np.lexsort((keys["rank"].to_numpy(), keys["order"].to_numpy()))


def _different(labels: np.ndarray) -> int:
    """How many components there are: each is labelled by one of its rows."""
    return int((labels == np.arange(len(labels))).sum())


def _stratum(source: pl.Series, task: pl.Series) -> pl.Series:
    """`stratum` (UInt64) orders records by source and then by task, those without a task last."""
    made = []
    for column in (source, task):
        names = column.drop_nulls().unique().cast(pl.String).sort()
        made.append(column.cast(pl.Enum(names)).to_physical().cast(pl.UInt64).fill_null(len(names)))
    return (made[0] * (2**32) + made[1]).alias("stratum")


def _strata(files: Sequence[Path]) -> pl.Series:
    """`stratum` of the records of all units, without the names of all of them in memory at once."""
    kind = pl.Categorical()
    parts = [
        pl.read_ipc(path, columns=["source", "task"]).with_columns(pl.col("source", "task").cast(kind))
        for path in files
    ]
    named = pl.concat(parts)
    return _stratum(named["source"], named["task"])


def _units(rows: _Rows, labels: np.ndarray, stratum: pl.Series) -> pl.DataFrame:
    """One row a component, by stratum and rank: label (the row of its least id), that row's stratum, its size."""
    leaders = np.flatnonzero(labels == np.arange(len(labels)))
    sizes = np.bincount(labels, minlength=len(labels))[leaders]
    strata = stratum.to_numpy()[leaders]
    # Ties of rank keep the order of ids.
    places = np.lexsort((rows["rank"].to_numpy()[leaders], strata))
    return pl.DataFrame({"label": leaders[places], "stratum": strata[places], "rows": sizes[places]})


def assign(units: pl.DataFrame, fractions: dict[str, float]) -> np.ndarray:
    """Give each component a side.

    In each stratum the first components by rank go to the first side by name, the next to the second, and so on, as
    many as come nearest to the fraction; what a stratum has too much or too little, the next one makes up for. A
    component of more than twice the rows that a side still wants is passed over: it would take that side's place whole.

    Args:
        units: `stratum` and `rows`, sorted by stratum and rank.
        fractions: side to fraction of all rows.

    Returns:
        uint16, one a component: the number of its side among the sorted names, from 1; 0 for train.
    """
    sides = np.zeros(units.height, dtype=np.uint16)
    rows = units["rows"].to_numpy().astype(np.int64)
    strata = units["stratum"].rle_id().to_numpy()
    starts = np.searchsorted(strata, np.arange(strata[-1] + 2)) if units.height else np.zeros(1, dtype=np.int64)
    owed = dict.fromkeys(fractions, 0.0)
    for start, stop in pairwise(starts):
        free = np.arange(start, stop)
        total = rows[free].sum()
        for number, (side, fraction) in enumerate(sorted(fractions.items()), 1):
            owed[side] += fraction * total
            fitting = free[rows[free] <= max(1.0, 2 * owed[side])]
            sums = np.concatenate(([0], np.cumsum(rows[fitting])))
            taken = int(np.argmin(np.abs(sums - owed[side])))
            sides[fitting[:taken]] = number
            owed[side] -= float(sums[taken])
            free = np.setdiff1d(free, fitting[:taken], assume_unique=True)
    return sides
