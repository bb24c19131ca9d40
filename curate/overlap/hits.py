"""Scanning: which items of an index stand in which texts."""

from __future__ import annotations

import numpy as np
import polars as pl

from curate.overlap import find
from curate.overlap.catalogue import Catalogue
from curate.overlap.characters import buffers, composed
from curate.overlap.items import Index
from curate.overlap.span import spans
from curate.overlap.token import Tokens, tokens

# One row a text and item.
MATCH: dict[str, pl.DataType] = {
    "at": pl.UInt32(),
    "side": pl.String(),
    "set": pl.String(),
    "item": pl.String(),
    "rule": pl.String(),  # equal: the whole text; contained: the whole item stands in the text; ngram: an n-gram does
    "tokens": pl.UInt32(),  # of the longest run
    "overlap": pl.Float64(),  # share of the item's n-grams, less boilerplate, that stand in the text; 1: whole
    "span": pl.String(),  # the longest run as it stands in the text, cut after 300 characters
}

# The stronger evidence first.
_RULES = ("equal", "contained", "ngram")


def scan(texts: pl.DataFrame, index: Index) -> pl.DataFrame:
    """For each side of a record the item that overlaps most, if any.

    The strongest rule first, then the longest run, the largest overlap, and the first set and item by name.

    Args:
        texts: `at` (UInt32), `side` (prompt or completion), `text`; a side may have several rows, one a field.
        index: the items.

    Returns:
        The columns of MATCH and `items` (UInt32, how many items overlap), sorted by `at` and `side`; sides without
        overlap have no row.
    """
    chosen, text, held = _chosen(texts, index)
    found = _found(chosen, held, index)
    count = found.group_by("at", "side").agg(pl.len().cast(pl.UInt32).alias("items"))
    best = found.unique(["at", "side"], keep="first", maintain_order=True)
    return _told(chosen, text, held, best).join(count, on=["at", "side"], how="left", maintain_order="left")


def matches(texts: pl.DataFrame, index: Index) -> pl.DataFrame:
    """Every item that overlaps with a side of a record.

    Args:
        texts: as for `scan`.
        index: the items.

    Returns:
        The columns of MATCH, one row a side and item, sorted by `at` and `side`, the largest overlap first.
    """
    chosen, text, held = _chosen(texts, index)
    return _told(chosen, text, held, _found(chosen, held, index))


def _chosen(texts: pl.DataFrame, index: Index) -> tuple[pl.DataFrame, pl.Series, Tokens]:
    """The texts that may overlap, their NFKC and their tokens."""
    rules = index.rules
    text = composed(texts["text"])
    picked = find.candidates(buffers(text), rules.ngram, rules.head, index.grams, index.heads, index.equals)
    text = text.filter(pl.Series(picked))
    return texts.filter(pl.Series(picked)), text, tokens(text)


def _found(chosen: pl.DataFrame, held: Tokens, index: Index) -> pl.DataFrame:
    """The best hit of each side and item, the best of a side first."""
    hits = pl.concat([_grams(held, index), _wholes(held, index), _equals(held, index)])
    prompt = pl.Series(chosen["side"] == "prompt")
    hits = hits.filter((pl.col("rule") != "contained") | prompt.gather(hits["text"]))
    hits = hits.with_columns(
        *(chosen[name].gather(hits["text"]) for name in ("at", "side")),
        *(index.rows[name].gather(hits["row"]) for name in ("set", "item")),
        by_rule=pl.col("rule").replace_strict({name: place for place, name in enumerate(_RULES)}),
    )
    down, up = ["tokens", "overlap"], ["set", "item", "row", "text", "token"]
    ranked = hits.sort("at", "side", "by_rule", *down, *up, descending=[False] * 3 + [True] * 2 + [False] * 5)
    return ranked.unique(["at", "side", "set", "item"], keep="first", maintain_order=True)


def _told(chosen: pl.DataFrame, text: pl.Series, held: Tokens, hits: pl.DataFrame) -> pl.DataFrame:
    """The hits in the columns of MATCH."""
    told = hits.with_columns(spans(chosen["text"], text, held, hits))
    return told.select(pl.col(name).cast(dtype) for name, dtype in MATCH.items())


def _grams(held: Tokens, index: Index) -> pl.DataFrame:
    """The rows of the index that share n-grams with a text: the longest run of them, and how many."""
    size = index.rules.ngram
    hits = find.grams(held, index.tokens, index.grams, size)
    each = _rows(hits, index.grams).sort("text", "row", "token")
    fresh = (pl.col("token").diff() != 1) | (pl.col("row").diff() != 0) | (pl.col("text").diff() != 0)
    each = each.with_columns(fresh.fill_null(value=True).cum_sum().alias("stretch"))
    runs = each.group_by("text", "row", "stretch").agg(pl.col("token").min(), pl.len().cast(pl.Int64).alias("length"))
    longest = runs.sort("text", "row", "length", "token", descending=[False, False, True, False]).unique(
        ["text", "row"], keep="first", maintain_order=True
    )
    shared = each.group_by("text", "row").agg(pl.col("run").n_unique().alias("shared"))
    found = longest.join(shared, on=["text", "row"])
    total = index.rows["grams"].gather(found["row"])
    return found.select(
        "text",
        "row",
        "token",
        (pl.col("length") + size - 1).alias("tokens"),
        (pl.col("shared") / total).alias("overlap"),
        pl.lit("ngram").alias("rule"),
    )


def _wholes(held: Tokens, index: Index) -> pl.DataFrame:
    hits = find.wholes(held, index.tokens, index.heads, index.insides, index.rules.head, index.rules.ngram)
    return _whole(_rows(hits, index.insides), index.insides, "contained")


def _equals(held: Tokens, index: Index) -> pl.DataFrame:
    return _whole(_rows(find.equals(held, index.tokens, index.equals), index.equals), index.equals, "equal")


def _whole(hits: pl.DataFrame, sought: Catalogue, rule: str) -> pl.DataFrame:
    """Hits of whole items: as many tokens as the item has, and all of it."""
    return hits.select(
        "text",
        "row",
        "token",
        pl.Series("tokens", sought.length[hits["run"].to_numpy()]),
        pl.lit(1.0).alias("overlap"),
        pl.lit(rule).alias("rule"),
    )


def _rows(hits: pl.DataFrame, sought: Catalogue) -> pl.DataFrame:
    """One row a hit and row of the index that holds its run."""
    run = hits["run"].to_numpy()
    counts = np.diff(sought.first)[run]
    each = np.repeat(np.arange(len(run)), counts)
    place = np.arange(len(each)) - (np.cumsum(counts) - counts)[each] + sought.first[run][each]
    return hits[each].with_columns(pl.Series("row", sought.member[place]))
