"""The outputs that many records share, and those in which there is nothing."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from curate_reports.rows import ANSWER, EMPTY, RANK
from curate_reports.share import part

# Of a text that is shown as an example.
EXCERPT = 300


@dataclass(frozen=True)
class Output:
    """An output that several records have.

    Args:
        text: the beginning of it.
        rows: records that have it.
        tasks: of how many tasks they are; records without a task count as one.
        share: of the dataset, 0-1.
    """

    text: str
    rows: int
    tasks: int
    share: float


@dataclass(frozen=True)
class Outputs:
    """What stands out among the outputs.

    Args:
        empty: records whose output is empty or blank.
        top: the most frequent ones, if any is there twice.
    """

    empty: int
    top: tuple[Output, ...]


def repeated(measured: pl.DataFrame, most: int) -> pl.DataFrame:
    """The outputs that more than one record has: `rows`, `tasks`, and the rank of a record that has it.

    Args:
        measured: as `curate_reports.rows.measured` gives it.
        most: how many to name.
    """
    filled = measured.lazy().filter(~pl.col(EMPTY)).group_by(ANSWER)
    counted = filled.agg(pl.len().alias("rows"), pl.col("task").n_unique().alias("tasks"), pl.col(RANK).min())
    ranked = counted.filter(pl.col("rows") > 1).sort(pl.col("rows"), pl.col(ANSWER), descending=[True, False])
    return ranked.head(most).collect()


def outputs(measured: pl.DataFrame, found: pl.DataFrame, texts: pl.DataFrame) -> Outputs:
    """Put together what is known of the outputs.

    Args:
        measured: as `curate_reports.rows.measured` gives it.
        found: as `repeated` gives it.
        texts: with `rank` and `said` of the records that `found` names, and maybe of others.
    """
    said = found.join(texts.select(RANK, "said").unique(RANK), on=RANK, maintain_order="left")
    top = [
        Output(text[:EXCERPT], rows, tasks, part(rows, measured.height))
        for text, rows, tasks in said.select("said", "rows", "tasks").iter_rows()
    ]
    return Outputs(int(measured[EMPTY].sum()), tuple(top))
