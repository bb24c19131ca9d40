"""Compare: every record that differs between two versions, each with its cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from curate.diff.cause import Case, Cause, Explainer
from curate.diff.read import ABSENT, HASHED, KEPT, base

_CASE = ("source", "at", "ranked", "twin_source", "twin_at")
SCHEMA = {
    "kind": pl.String(),
    "id": pl.String(),
    "old_id": pl.String(),
    "source": pl.String(),
    "case": pl.UInt32(),
}


@dataclass(frozen=True)
class Tables:
    """The narrow tables of both versions: `there` from `read.kept`, `fates` from `read.fates`."""

    old_there: pl.DataFrame
    new_there: pl.DataFrame
    old_fates: pl.DataFrame
    new_fates: pl.DataFrame


@dataclass(frozen=True)
class Found:
    """What a comparison found.

    Args:
        records: the rows of SCHEMA; `case` is a place in `causes`.
        causes: cause and, of changed records, the columns that differ.
        unchanged: records that are the same in both.
    """

    records: pl.DataFrame
    causes: list[tuple[Cause, tuple[str, ...]]]
    unchanged: int


def compare(
    tables: Tables, explainer: Explainer, edited: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]
) -> Found:
    """Compare two versions' records.

    Args:
        tables: the narrow columns.
        explainer: finds causes.
        edited: given records that only the old version's input had, and only the new one's, names those that are
            one record with another content, as `old_id` and `id`.
    """
    causes: list[tuple[Cause, tuple[str, ...]]] = []
    stories = _stories(tables, explainer, causes)
    old, new = tables.old_there, tables.new_there
    added = _with_case(new.join(old, on="id", how="anti").select("id", "source"), stories, explainer, causes)
    removed = _with_case(old.join(new, on="id", how="anti").select("id", "source"), stories, explainer, causes)
    fresh, gone = (frame.filter(pl.col("at") == ABSENT) for frame in (added, removed))
    renamed = (
        edited(gone, fresh)
        if gone.height and fresh.height
        else pl.DataFrame(schema={"old_id": pl.String(), "id": pl.String()})
    )
    pairs = _same_ids(old, new)
    changed, unchanged = _changed(pairs, explainer, causes)
    if renamed.height:
        again = added.join(renamed, on="id").with_columns(pl.lit("changed").alias("kind"))
        added = added.join(renamed, on="id", how="anti")
        removed = removed.join(renamed, left_on="id", right_on="old_id", how="anti")
        at = len(causes)
        causes += [(cause, ("id",)) for cause, _ in list(causes)]
        changed = pl.concat([changed, again.with_columns((pl.col("case") + at).cast(pl.UInt32)).select(*SCHEMA)])
    parts = [
        added.with_columns(pl.lit("added").alias("kind"), pl.lit(None, pl.String).alias("old_id")).select(*SCHEMA),
        removed.with_columns(pl.lit("removed").alias("kind"), pl.lit(None, pl.String).alias("old_id")).select(*SCHEMA),
        changed,
    ]
    return Found(pl.concat(parts), causes, unchanged)


def _stories(tables: Tables, explainer: Explainer, causes: list[tuple[Cause, tuple[str, ...]]]) -> pl.DataFrame:
    """`id`, `case`, `at` of every record whose way through the two versions differs, in either dataset or not."""
    both = tables.old_fates.join(tables.new_fates, on="id", how="full", coalesce=True, suffix="_new")
    both = both.with_columns(pl.col("fate", "fate_new").fill_null(ABSENT)).filter(pl.col("fate") != pl.col("fate_new"))
    lost = pl.col("fate_new") < pl.col("fate")  # the new version is where it is missing first
    both = both.select(
        "id",
        pl.coalesce("source", "source_new").alias("source"),
        pl.min_horizontal("fate", "fate_new").alias("at"),
        lost.alias("lost"),
        pl.when(lost).then("twin_new").otherwise("twin").alias("twin"),
        pl.when(lost).then("ranked_new").otherwise("ranked").fill_null(value=False).alias("ranked"),
    )
    both = both.with_columns(pl.when(pl.col("at") != ABSENT).then("twin").alias("twin"))
    both = _with_twins(both, tables)
    # In the order of places: an effect at an early step is what a later one may follow from.
    kinds = both.select(*_CASE).unique().sort("at", "source", "ranked", "twin_source", "twin_at", nulls_last=True)
    start = len(causes)
    causes += [(explainer.case(Case(**row)), ()) for row in kinds.iter_rows(named=True)]
    numbered = kinds.with_row_index("case", start)
    return both.join(numbered, on=_CASE, how="left", nulls_equal=True).select("id", "case", "at")


def _with_twins(both: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Where each twin ended in the version that did not lose the record, if that was before the deciding step."""
    twins = both.filter(pl.col("twin").is_not_null()).select(pl.col("twin").alias("id")).unique()
    if twins.is_empty():
        return both.with_columns(
            pl.lit(None, pl.String).alias("twin_source"), pl.lit(None, pl.Int16).alias("twin_at")
        ).drop("twin", "lost")
    sides = (tables.old_fates, tables.new_fates)
    old, new = (twins.join(fates.select("id", "source", "fate"), on="id", how="left") for fates in sides)
    known = old.join(new, on="id", suffix="_new").select(
        pl.col("id").alias("twin"),
        pl.coalesce("source", "source_new").alias("twin_source"),
        pl.col("fate").fill_null(ABSENT).alias("twin_old"),
        pl.col("fate_new").fill_null(ABSENT).alias("twin_new"),
    )
    both = both.join(known, on="twin", how="left")
    other = pl.when("lost").then("twin_old").otherwise("twin_new")
    known_twin = pl.col("twin_source").is_not_null()
    return both.with_columns(pl.when(known_twin & (other < pl.col("at"))).then(other).alias("twin_at")).drop(
        "twin", "lost", "twin_old", "twin_new"
    )


def _with_case(
    rows: pl.DataFrame, stories: pl.DataFrame, explainer: Explainer, causes: list[tuple[Cause, tuple[str, ...]]]
) -> pl.DataFrame:
    """The rows of one version only, with `case` and `at`; copies of a record that both hold have their own cause."""
    rows = rows.with_columns(base().alias("base")).join(stories, left_on="base", right_on="id", how="left").drop("base")
    lone = rows.filter(pl.col("case").is_null())
    if lone.is_empty():
        return rows.with_columns(pl.col("case").cast(pl.UInt32))
    places = {}
    for source in lone["source"].unique().sort():
        places[source] = len(causes)
        causes.append((explainer.copies(source), ()))
    case = pl.col("source").replace_strict(places, default=None, return_dtype=pl.UInt32)
    return rows.with_columns(pl.coalesce(pl.col("case").cast(pl.UInt32), case), pl.col("at").fill_null(KEPT))


def _same_ids(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """The records of both versions: `id`, `source`, and a boolean a column that is true where it differs."""
    columns = [name for name in dict.fromkeys([*old.columns, *new.columns]) if name.startswith(HASHED)]
    both = old.join(new, on="id", suffix="/new")
    differs = [pl.col("split").ne(pl.col("split/new")).alias("split")]
    for name in columns:
        if name in old.columns and name in new.columns:
            differs.append(pl.col(name).ne_missing(pl.col(f"{name}/new")).alias(name.removeprefix(HASHED)))
        else:
            differs.append(pl.lit(value=True).alias(name.removeprefix(HASHED)))
    return both.select("id", "source", *differs)


def _changed(
    pairs: pl.DataFrame, explainer: Explainer, causes: list[tuple[Cause, tuple[str, ...]]]
) -> tuple[pl.DataFrame, int]:
    """The records that both have and that differ, and how many do not."""
    columns = pairs.columns[2:]
    changed = pairs.filter(pl.any_horizontal(columns))
    kinds = changed.select("source", *columns).unique().sort("source", *columns)
    start = len(causes)
    for row in kinds.iter_rows(named=True):
        what = tuple(name for name in columns if row[name])
        causes.append((explainer.content(row["source"], what), what))
    numbered = kinds.with_row_index("case", start)
    changed = changed.join(numbered, on=["source", *columns])
    rows = changed.with_columns(pl.lit("changed").alias("kind"), pl.lit(None, pl.String).alias("old_id"))
    return rows.select(*SCHEMA), pairs.height - changed.height


def numbered(found: Found, groups: Mapping[tuple[str, int], int]) -> pl.DataFrame:
    """The records with `group` instead of `case`: `groups` gives the group of a kind and case."""
    rows = [(kind, case, group) for (kind, case), group in groups.items()]
    schema = {"kind": pl.String(), "case": pl.UInt32(), "group": pl.UInt32()}
    listed = pl.DataFrame(rows, schema=schema, orient="row")
    return found.records.join(listed, on=["kind", "case"], how="left").drop("case")
