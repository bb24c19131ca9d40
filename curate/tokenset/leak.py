"""Leaks: prompts that stand in two splits of a version.

`curate build` splits by equal prompts and by groups, so a version that it made has none; rows that were brought
together otherwise may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import polars as pl

from curate.hashing import hash128
from curate.text import normalised


def leaks(files: Mapping[str, Sequence[Path]], columns: str) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Pairs of rows with an equal prompt, in normal form, in different splits.

    Args:
        files: of each split.
        columns: `prompt_completion`, `messages` or `text`, as the version's format says. Of a dialogue, the prompt is
            all before its last message; a text is compared as a whole.

    Returns:
        For each pair of splits that has any, the ids of the rows, one pair a prompt, in the order of the ids.
    """
    if len(files) < 2:
        return {}
    keys = {split: _keys(paths, columns) for split, paths in files.items()}
    found = {}
    for one, other in combinations(sorted(keys), 2):
        both = keys[one].join(keys[other], on="key", suffix="_other").unique("key").sort("id", "id_other")
        if both.height:
            found[one, other] = list(both.select("id", "id_other").iter_rows())
    return found


def _keys(paths: Sequence[Path], columns: str) -> pl.DataFrame:
    """Id and hash of each prompt; the least id of a prompt alone."""
    scan = pl.scan_parquet(list(paths)).select("id", _asked(columns).alias("asked"))
    hashed = scan.select("id", hash128(normalised(pl.col("asked"))).alias("key"))
    return hashed.group_by("key").agg(pl.col("id").min()).collect(engine="streaming")


def _asked(columns: str) -> pl.Expr:
    if columns == "messages":
        turns = pl.col("messages")
        content = pl.element().struct.field("content").fill_null("")
        return turns.list.slice(0, turns.list.len() - 1).list.eval(content).list.join("\n").fill_null("")
    return pl.col("prompt" if columns == "prompt_completion" else "text").fill_null("")
