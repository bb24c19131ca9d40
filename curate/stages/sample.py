"""`sample`: how many records stay, by hashed rank.

    - sample: {max_per_task: 350}
    - sample: {share: {maths: 0.25}}

A record's rank is hash(seed, step label, id), so raising a number only adds records and changes none of those already
there.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field, ValidationInfo, model_validator

from curate.hashing import order64, rank64
from curate.stage import GlobalStage, Outcome, Settings, drops

_LATER = ("max_tokens", "per", "by", "edges", "quota", "fraction", "pool", "budget")


class SampleSettings(Settings):
    """How many stay. Several keys apply in this order: max_per_task, keep, take, share, repeat."""

    max_per_task: int | None = Field(
        None, ge=0, description="at most so many of each task; records without a task stay"
    )
    keep: float | None = Field(None, ge=0, le=1, description="this share of what arrives, rounded down")
    take: int | None = Field(None, ge=0, description="so many rows")
    share: dict[str, float] | None = Field(
        None,
        description="mixture steps only: source to its share of the result; sources that are not named share the rest",
    )
    repeat: int | None = Field(None, ge=1, description="write each record so many times into train; ids get -2, -3 …")
    max_tokens: int | str | None = Field(None, description="at most so many tokens")
    per: Literal["task", "record"] | None = Field(
        None, description="buckets: of a task's score, or of the record's own"
    )
    by: str | None = Field(None, description="buckets: the score")
    edges: tuple[float, ...] | None = Field(
        None, description="buckets: inner edges, rising; a bucket is [lower, upper)"
    )
    quota: tuple[int, ...] | None = Field(None, description="buckets: rows a bucket (a task's, where per: task)")
    fraction: tuple[float, ...] | None = Field(None, description="buckets: share of each bucket")
    pool: Literal["all", "failed"] | None = Field(None, description="buckets: which records may be taken")
    budget: dict[str, Any] | None = Field(None, description="the last mixture sample: what the result may cost")

    @model_validator(mode="after")
    def _sensible(self, info: ValidationInfo) -> SampleSettings:
        if not self.model_dump(exclude_none=True):
            raise ValueError("says nothing: give take, keep, share, max_per_task or repeat")
        context = info.context or {}
        if self.share and context.get("source") is not None:
            raise ValueError("share belongs to the recipe's own steps: a source's steps see that source alone")
        for name, part in (self.share or {}).items():
            if "sources" in context and name not in context["sources"]:
                raise ValueError(f"share names an unknown source {name!r} (known: {', '.join(context['sources'])})")
            if not 0 < part <= 1:
                raise ValueError(f"share of {name!r} is {part}: expected more than 0 and at most 1")
        if sum((self.share or {}).values()) > 1 + 1e-9:
            raise ValueError(f"the shares add up to {sum((self.share or {}).values()):g}: expected at most 1")
        return self


class Step(GlobalStage):
    """Cuts by hashed rank: of tasks, of the whole, of sources."""

    name: ClassVar[str] = "sample"
    version: ClassVar[int] = 2
    Settings: ClassVar[type[Settings]] = SampleSettings

    def lacks(self) -> str | None:
        """Buckets, token limits and budgets need scores and token counts, which this version does not make."""
        said = [name for name in _LATER if getattr(self.settings, name) is not None]
        return f"sample: {', '.join(said)}" if said else None

    @property
    def reads(self) -> frozenset[str]:
        """The id ranks; task and source group; `repeat` is what an earlier step said."""
        return frozenset({"id", "source", "task", "repeat"})

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The hashed rank, and what it is counted within."""
        repeat = pl.col("repeat").fill_null(1) if "repeat" in frame.columns else pl.lit(1)
        return frame.select(
            "at",
            order64().alias("order"),
            rank64(self.place.seed, self.place.label).alias("rank"),
            "source",
            "task",
            repeat.cast(pl.UInt32).alias("repeat"),
        )

    def decide(self, keys: pl.DataFrame) -> Outcome:
        """Apply each limit to what the one before it left."""
        settings, found = self.settings, []
        left = keys.sort("rank", "order")
        for rule in ("max_per_task", "keep", "take"):
            said = getattr(settings, rule)
            if said is not None:
                allowed = math.floor(said * left.height + 1e-9) if rule == "keep" else said
                left, gone = _cut(left, rule, ("source", "task") if rule == "max_per_task" else (), allowed)
                found.append(gone)
        if settings.share:
            left, gone = self._share(left)
            found.append(gone)
        columns = None
        if settings.repeat and settings.repeat > 1:
            columns = left.select("unit", "at", (pl.col("repeat") * settings.repeat).cast(pl.UInt32).alias("repeat"))
        empty = [name for name in settings.share or {} if not (keys["source"] == name).any()]
        counts = {"records": keys.height, "empty_shares": len(empty)}
        return Outcome(drops=pl.concat(found) if found else None, columns=columns, counts=counts)

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:
        """A warning where a share is asked of a source that has no rows."""
        if not counts.get("empty_shares"):
            return None
        return f"{counts['empty_shares']} of the sources in 'share' have no rows here: the others have more than theirs"

    def _share(self, left: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Cut sources so that those named have their share: the largest result that the rows allow."""
        sizes = dict(left.group_by("source").len().iter_rows())
        allowed = shares(sizes, self.settings.share)
        cut = [_cut(left.filter(pl.col("source") == name), "share", (), allowed[name]) for name in sorted(sizes)]
        if not cut:
            return left, _nothing(left)
        return pl.concat([part for part, _ in cut]), pl.concat([gone for _, gone in cut])


def shares(sizes: dict[str, int], wanted: dict[str, float]) -> dict[str, int]:
    """How many rows of each source stay so that the named ones have their share of what stays.

    The total is the largest at which no source needs more rows than it has; rounding is down, so a share is met to
    within one
    row of each source.

    Args:
        sizes: rows by source.
        wanted: share by source; the sources that are not named keep their proportions in the rest.

    Returns:
        Rows by source; a named source without rows has 0, and then the others cannot have their share of anything:
        they stay.
    """
    named = {name: part for name, part in wanted.items() if sizes.get(name)}
    others = sum(rows for name, rows in sizes.items() if name not in wanted)
    rest = 1 - sum(wanted.values())
    bounds = [sizes[name] / part for name, part in named.items()]
    if others and rest > 1e-9:
        bounds.append(others / rest)
    total = min(bounds, default=0.0)
    allowed = {}
    for name, rows in sizes.items():
        exact = total * wanted[name] if name in wanted else (total * rest * rows / others if rest > 1e-9 else 0.0)
        allowed[name] = min(rows, math.floor(exact + 1e-9))
    return allowed


def _cut(left: pl.DataFrame, rule: str, within: tuple[str, ...], allowed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first `allowed` of each group of a frame that is sorted by rank; null groups are not cut."""
    if within:
        place = pl.int_range(pl.len()).over(within)
        counted = left.with_columns(pl.when(pl.col(within[-1]).is_null()).then(0).otherwise(place + 1).alias("place"))
        last = pl.col("rank").filter(pl.col("place") <= allowed).max().over(within)
    else:
        counted = left.with_columns(pl.int_range(1, pl.len() + 1).alias("place"))
        last = pl.col("rank").filter(pl.col("place") <= allowed).max()
    counted = counted.with_columns(last.alias("cutoff"))
    gone = drops(
        counted,
        pl.col("place") > allowed,
        rule=rule,
        reason="beyond the cut-off",
        value=pl.col("place").cast(pl.String),
        limit=str(allowed),
        rank=pl.col("rank")
        / 2.0**64,  # a float: dividing by the integer 2**64, which no type of polars holds, gives null
        cutoff=pl.col("cutoff").fill_null(0) / 2.0**64,
    )
    return counted.filter(pl.col("place") <= allowed).select(left.columns), gone


def _nothing(left: pl.DataFrame) -> pl.DataFrame:
    return _cut(left, "share", (), left.height)[1]
