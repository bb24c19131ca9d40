"""Duplicates beside the records that stayed, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import polars as pl

from curate.manifest import Manifest
from curate_reports.cluster import EXCERPTS, ledger
from curate_reports.rows import collect, scan

PAIRS = 8
_WORDS = re.compile(r"\s+|[^\W_]+|[\W_]")
# Sizes of clusters, counted with the record that stayed.
_SIZES = (2, 4, 8, 16, 32, 64, 128)

Words = tuple[tuple[bool, str], ...]


@dataclass(frozen=True)
class Twin:
    """A record that went and the one that stayed.

    Args:
        step: that compared them.
        sources: of the dropped one and of the kept one.
        ids: of both.
        similarity: 0-1; None where the step gives none.
        cluster: records of the cluster, the kept one among them.
        dropped: its text in pieces, each with whether the other lacks it.
        kept: as dropped.
        on: the fields that the step compares; empty where its settings do not say.
    """

    step: str
    sources: tuple[str, str]
    ids: tuple[str, str]
    similarity: float | None
    cluster: int
    dropped: Words
    kept: Words
    on: tuple[str, ...]


def sizes(folder: Path, manifest: Manifest) -> tuple[tuple[str, int], ...]:
    """How many clusters have how many records, in ranges that double: `2`, `3-4`, `5-8`, … and `over 128`."""
    drops = _pairs(folder, manifest)
    if drops is None:
        return ()
    counts = collect(drops.group_by("twin").len().group_by("len").len("clusters"), folder)
    rows = {f"{_before(size) + 1}-{size}" if size > 2 else "2": 0 for size in _SIZES} | {f"over {_SIZES[-1]}": 0}
    labels = list(rows)
    for gone, clusters in counts.iter_rows():
        place = next((place for place, size in enumerate(_SIZES) if gone + 1 <= size), len(_SIZES))
        rows[labels[place]] += clusters
    while rows and not rows[labels[-1]]:
        del rows[labels.pop()]
    return tuple(rows.items())


def _before(size: int) -> int:
    return _SIZES[_SIZES.index(size) - 1]


def _pairs(folder: Path, manifest: Manifest) -> pl.LazyFrame | None:
    labels = [stage.label for stage in manifest.stages if stage.name.split(".")[0] == "dedup"]
    drops = ledger(folder, manifest)
    return (
        None
        if drops is None or not labels
        else drops.filter(pl.col("stage").is_in(labels), pl.col("twin").is_not_null())
    )


def twins(folder: Path, manifest: Manifest, most: int = PAIRS) -> tuple[Twin, ...]:
    """Pairs whose texts the ledger keeps: of each step those that are least alike, and those of the largest clusters.

    Args:
        folder: of the version.
        manifest: of it.
        most: pairs.
    """
    drops = _pairs(folder, manifest)
    if drops is None or not (folder / EXCERPTS).is_file():
        return ()
    excerpts = collect(scan(folder, [EXCERPTS]).filter(pl.col("kind").is_in(["dropped", "twin"])), folder)
    texts = excerpts.unique(["id", "stage", "kind"], keep="first", maintain_order=True)
    gone, kept = (
        texts.filter(pl.col("kind") == kind).select("id", "stage", "source", "text") for kind in ("dropped", "twin")
    )
    size = drops.group_by("twin").agg((pl.len() + 1).alias("cluster"))
    chosen = drops.join(gone.select("id", "stage").lazy(), on=["id", "stage"], how="semi")
    chosen = chosen.select("id", "stage", "twin", "similarity").join(size, on="twin")
    pairs = (
        collect(chosen, folder)
        .join(gone, on=["id", "stage"])
        .join(kept, left_on=["twin", "stage"], right_on=["id", "stage"], suffix="_kept")
    )
    fields = {stage.label: tuple(map(str, stage.settings.get("on", ()))) for stage in manifest.stages}
    return tuple(_twin(row, fields[row["stage"]]) for row in _chosen(pairs, most).iter_rows(named=True))


def _chosen(pairs: pl.DataFrame, most: int) -> pl.DataFrame:
    """One pair a cluster: pairs that differ before equal ones, the least alike first, then the largest clusters."""
    differs = pl.col("text") != pl.col("text_kept")
    ranked = pairs.with_columns(differs.alias("differs"), pl.col("similarity").fill_null(1.0).alias("alike")).sort(
        pl.col("differs"), "alike", pl.col("cluster"), "twin", "id", descending=[True, False, True, False, False]
    )
    single = ranked.unique("twin", keep="first", maintain_order=True)
    large = single.sort(pl.col("cluster"), "twin", descending=[True, False]).head(most // 2)
    rest = single.join(large.select("twin"), on="twin", how="anti", maintain_order="left").head(most - large.height)
    return pl.concat([large, rest]).sort(pl.col("cluster"), "alike", "twin", descending=[True, False, False])


def _twin(row: dict[str, object], on: tuple[str, ...]) -> Twin:
    dropped, kept = compared(str(row["text"]), str(row["text_kept"]))
    similarity = row["similarity"]
    return Twin(
        str(row["stage"]),
        (str(row["source"]), str(row["source_kept"])),
        (str(row["id"]), str(row["twin"])),
        similarity if isinstance(similarity, float) else None,
        int(str(row["cluster"])),
        dropped,
        kept,
        on,
    )


def compared(one: str, other: str) -> tuple[Words, Words]:
    """Two texts in pieces, each with whether only this text has it.

    >>> compared("a red car", "a blue car")[0]
    ((False, 'a '), (True, 'red'), (False, ' car'))
    """
    left, right = _WORDS.findall(one), _WORDS.findall(other)
    # What both begin and end with is found at once; twins are mostly that, and matching is quadratic.
    head = _shared(left, right)
    tail = _shared(left[head:][::-1], right[head:][::-1])
    mid_left, mid_right = (words[head : len(words) - tail] for words in (left, right))
    # Blanks stand everywhere: they go with the words beside them, and no match begins at one.
    codes = SequenceMatcher(str.isspace, mid_left, mid_right, autojunk=False).get_opcodes()
    spans = [("equal", 0, head, 0, head)]
    spans += [(tag, i + head, j + head, k + head, n + head) for tag, i, j, k, n in codes]
    spans.append(("equal", len(left) - tail, len(left), len(right) - tail, len(right)))
    mine = _pieces((tag != "equal", left[i:j]) for tag, i, j, _, _ in spans)
    theirs = _pieces((tag != "equal", right[i:j]) for tag, _, _, i, j in spans)
    return mine, theirs


def _shared(left: Sequence[str], right: Sequence[str]) -> int:
    """How many words both begin with."""
    pairs = zip(left, right, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(left), len(right)))


def _pieces(parts: Iterable[tuple[bool, Sequence[str]]]) -> Words:
    """Words put together: neighbours of one kind are one piece."""
    kinds = groupby(((changed, words) for changed, words in parts if words), key=itemgetter(0))
    return tuple((changed, "".join(word for _, words in run for word in words)) for changed, run in kinds)
