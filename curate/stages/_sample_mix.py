"""How many rows of each part a mixture takes: shares that were named, or sizes evened out by temperature."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from curate.stages._sample_cut import TINY, Cut
from curate.stages._sample_settings import Mix

Sizes = npt.NDArray[np.float64]


def shared(left: pl.DataFrame, wanted: dict[str, float]) -> Cut:
    """The cut that gives the named sources their share: the largest result that the rows allow."""
    sizes = dict(left.group_by("source").len().iter_rows())
    allowed = shares(sizes, wanted)
    rows = pl.col("source").replace_strict(allowed, return_dtype=pl.Int64) if allowed else pl.lit(0)
    return Cut("share", ("source",), rows)


def shares(sizes: dict[str, int], wanted: dict[str, float]) -> dict[str, int]:
    """How many rows of each source stay so that the named ones have their share of what stays.

    The total is the largest at which no source needs more rows than it has; rounding is down, so a share is met to
    within one row of each source.

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
    if others and rest > TINY:
        bounds.append(others / rest)
    total = min(bounds, default=0.0)
    allowed = {}
    for name, rows in sizes.items():
        exact = total * wanted[name] if name in wanted else (total * rest * rows / others if rest > TINY else 0.0)
        allowed[name] = min(rows, math.floor(exact + TINY))
    return allowed


def mixed(left: pl.DataFrame, mix: Mix) -> tuple[pl.DataFrame, Cut]:
    """The cut that evens out the sizes of sources, or of tasks; a source's records without a task are one part."""
    within = ("source",) if mix.by == "source" else ("source", "task")
    sizes = left.group_by(within).len("size").sort(within)
    rows = tempered(sizes["size"].to_numpy().astype(np.float64), mix.temperature, mix.limit, mix.take)
    parts = sizes.select(*within, pl.Series("part", rows))
    return left.join(parts, on=within, how="left", nulls_equal=True, maintain_order="left"), Cut(
        "mix", within, pl.col("part"), "beyond the part of its " + mix.by
    )


def tempered(
    sizes: Sizes, temperature: float, limit: int | None = None, take: int | None = None
) -> npt.NDArray[np.int64]:
    """Rows of each part, in proportion to min(size, limit) ** (1 / temperature).

    Temperature-scaled mixing of Raffel et al., section 3.5.2 (https://arxiv.org/abs/1910.10683), where `limit` is K;
    multilingual BERT's square root of the size is temperature 2. Rows are never repeated: without `take` the total is
    the largest at which no part needs more rows than it has, so the proportions are exact to within a row a part. With
    `take` a part that is too small gives all its rows and the others share what is left; then a larger `take` takes
    no row of any part away.

    Args:
        sizes: rows of each part, shape (parts,).
        temperature: more than 0.
        limit: a part counts as no larger than this.
        take: rows of the result; at most one a part fewer come, because rounding is down.

    Returns:
        int64, shape (parts,), none larger than its size.
    """
    if not len(sizes):
        return np.zeros(0, dtype=np.int64)
    weights = np.minimum(sizes, limit if limit is not None else np.inf) ** (1 / temperature)
    if not weights.any():
        return np.zeros(len(sizes), dtype=np.int64)
    # Of a part with weight w, level x w rows are taken; it is used up at the level size / w.
    with np.errstate(divide="ignore"):
        full = sizes / weights
    level = float(full.min()) if take is None else _level(sizes, weights, full, min(take, sizes.sum()))
    wanted = np.where(level >= full, sizes, level * weights)
    return np.minimum(sizes, np.floor(wanted + TINY)).astype(np.int64)


def _level(sizes: Sizes, weights: Sizes, full: Sizes, take: float) -> float:
    """The level at which the parts give `take` rows together."""
    used = 0.0
    order: Sequence[int] = np.argsort(full, kind="stable").tolist()
    free = float(weights.sum())
    for part in order:
        level = (take - used) / free
        if level <= full[part]:
            return level
        used += sizes[part]
        free -= weights[part]
        if free <= 0:
            break
    return float(full[np.isfinite(full)].max())
