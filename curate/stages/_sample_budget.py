"""Limits in tokens: what a mixture may cost, and what a budget of hours on a named GPU comes to."""

from __future__ import annotations

import polars as pl

from curate import planner
from curate.stages._sample_cut import Cut, Order, divide
from curate.stages._sample_settings import Budget

# A record costs its tokens as often as it will be written.
COST = pl.col("tokens").cast(pl.Int64) * pl.col("repeat").cast(pl.Int64)


def capped(left: pl.DataFrame, most: int, order: Order) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first in order that have at most so many tokens together: nobody overtakes one who is too long."""
    placed = order.place(left, ()).sort("place").with_columns(COST.cum_sum().alias("sum"))
    cut = Cut("max_tokens", (), pl.lit(None))
    return divide(placed, cut, pl.col("sum") <= most, pl.col("sum"), pl.lit(most), left.columns)


def afforded(left: pl.DataFrame, budget: Budget, order: Order) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """Cut all sources by the same factor until the tokens fit, so that the shares stay as they are.

    The rows are taken in the order of their place in their source as a fraction of it. So a larger budget only adds
    records, and at any point each source has given the same part of its rows, to within one.

    Returns:
        What stays, the drops, and counts: the tokens allowed and kept, and how many records exceed a packed row.
    """
    most, packing = affordable(left, budget)
    placed = order.place(left, ("source",))
    part = pl.col("place") / pl.len().over("source")
    placed = placed.with_columns(part.alias("part")).sort("part", "rank", "order")
    placed = placed.with_columns(COST.cum_sum().alias("sum"))
    cut = Cut("budget", ("source",), pl.lit(None), "beyond the budget")
    stays, gone = divide(placed, cut, pl.col("sum") <= most, pl.col("sum"), pl.lit(most), left.columns)
    counts = {"budget_tokens": most, "tokens": int(stays.select(COST.sum()).item() or 0)}
    if packing is not None:
        counts["packing_ppm"] = round(packing * 1_000_000)
        counts["too_long"] = stays.filter(pl.col("tokens") > budget.seq_len).height
    return stays, gone, counts


def affordable(left: pl.DataFrame, budget: Budget) -> tuple[int, float | None]:
    """The tokens of one epoch that a budget allows, and the packing efficiency that was reckoned with.

    Hours are hours of packed rows, of which a part is padding: the efficiency is that of the records that arrive,
    packed as the trainer packs them.
    """
    if budget.tokens is not None:
        return budget.tokens, None
    model, card = planner.shape(str(budget.model)), planner.card(str(budget.gpu))
    lengths = left["tokens"].to_numpy().repeat(left["repeat"].to_numpy())
    packing = planner.pack(lengths, budget.seq_len)
    mean = float(lengths.mean()) if len(lengths) else 0.0
    band = planner.throughput(model, card, lora_rank=budget.lora_rank, mean_length=mean)
    speed = getattr(band, budget.estimate)
    return planner.affordable_tokens(
        speed, float(budget.hours or 0), budget.epochs, packing.efficiency
    ), packing.efficiency
