"""Ingest, its pure part: from what was read to canonical examples, with every row that fell out named."""

from __future__ import annotations

import polars as pl

from curate.errors import CurateError
from curate.example import CONTENT, conform
from curate.reader import FAULTS, Batch, excerpt
from curate.source import FAULT, Source


def examples(source: Source, batch: Batch) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Turn a batch into canonical examples.

    Args:
        source: the adapter.
        batch: what was read of one file.

    Returns:
        The examples: the columns of CONTENT, then `row` (Int64); and the faults of reading and of the adapter, with the
        columns of FAULTS, in the order of their rows. Every row of the batch is in one of the two.

    Raises:
        CurateError: the adapter failed, made more or fewer examples than there are rows, or columns of a wrong type.
    """
    rows = batch.frame
    if rows.height == 0:
        return pl.DataFrame(schema={**CONTENT, "row": pl.Int64()}), batch.faults
    made = _ask(source, rows)
    if FAULT not in made.columns:
        return conform_rows(source, made, rows), batch.faults
    bad = made[FAULT].is_not_null()
    reasons, fallen = made[FAULT].filter(bad), rows.filter(bad)
    faults = pl.DataFrame([fallen["row"], reasons.alias("reason"), _excerpts(fallen)], schema=FAULTS)
    kept = conform_rows(source, made.filter(~bad), rows.filter(~bad))
    return kept, pl.concat([batch.faults, faults]).sort("row", maintain_order=True)


def conform_rows(source: Source, made: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Bring what an adapter made to the canonical columns, and add the rows' numbers."""
    if rows.height == 0:
        return pl.DataFrame(schema={**CONTENT, "row": pl.Int64()})
    try:
        content = conform(made)
    except pl.exceptions.PolarsError as error:
        raise _failed(source, rows, f"made a column of a wrong type: {error}") from error
    if content.height != rows.height:  # an adapter without any canonical column: constants alone have height 1
        raise _failed(source, rows, "made none of the canonical columns")
    return content.with_columns(rows["row"])


def _ask(source: Source, rows: pl.DataFrame) -> pl.DataFrame:
    """Call the adapter, which may be anybody's code: whatever goes wrong in it is named with its file and rows."""
    try:
        made = source.examples(rows)
    except CurateError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        raise _failed(source, rows, f"raised {type(error).__name__}: {error}") from error
    if made.height != rows.height:
        raise _failed(source, rows, f"made {made.height:,} examples of {rows.height:,} rows, expected one a row")
    if FAULT in made.columns and made.schema[FAULT] not in (pl.String, pl.Null):
        raise _failed(source, rows, f"made a column `{FAULT}` of type {made.schema[FAULT]}, expected text")
    return made


def _failed(source: Source, rows: pl.DataFrame, what: str) -> CurateError:
    file, first, last = rows["file"][0], rows["row"][0], rows["row"][-1]
    module = type(source).__module__
    return CurateError(
        f"{file}: the adapter {module} {what} (rows {first} to {last}); this is a fault of the adapter, not of the data"
    )


def _excerpts(rows: pl.DataFrame) -> pl.Series:
    """The start of each row as JSON text, without what reading added."""
    raw = rows.drop("file", "row")
    return pl.Series("excerpt", [excerpt(row) for row in raw.iter_rows(named=True)], dtype=pl.String)
