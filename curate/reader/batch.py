"""What reading yields: rows that fit their source, and the faults of those that do not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
import polars as pl

from curate.errors import CurateError, SourceFault
from curate.reader.column import Unfit, build, infer

FAULTS: dict[str, pl.DataType] = {"row": pl.Int64(), "reason": pl.String(), "excerpt": pl.String()}
EXCERPT = 1000  # characters of a faulty row that go into the ledger
OWN = ("file", "row")  # columns that the reader adds


class Fault(NamedTuple):
    """One row that does not fit: its number in the file, why, and the start of it."""

    row: int
    reason: str
    excerpt: str


@dataclass(frozen=True)
class Batch:
    """Some rows of a span.

    Args:
        frame: the columns of the source's `row`, typed; `file` (String); the constants of `unpack`; `row` (Int64).
        faults: the rows that do not fit, with the columns of FAULTS.
    """

    frame: pl.DataFrame
    faults: pl.DataFrame


def excerpt(value: object) -> str:
    """The first characters of a value's JSON text."""
    try:
        text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a lone surrogate, a number beyond 64 bits, or more levels than orjson writes
        try:
            text = json.dumps(value, default=str)
        except RecursionError:
            text = "(nested too deeply to show)"
    return text[:EXCERPT]


def fault_frame(faults: Iterable[Fault]) -> pl.DataFrame:
    """Faults as a frame, in the order of their rows."""
    return pl.DataFrame(sorted(faults), schema=FAULTS, orient="row")


def make(
    columns: Sequence[pl.Series], numbers: pl.Series, name: str, constants: Mapping[str, Any], faults: Iterable[Fault]
) -> Batch:
    """Put a batch together.

    Args:
        columns: what was read, all of the length of `numbers`.
        numbers: each row's number in the file.
        name: what the `file` column shows.
        constants: what is the same for all rows.
        faults: the rows that do not fit.

    Returns:
        The batch.

    Raises:
        CurateError: a constant is called as a column is: the adapter's mistake.
    """
    taken = {series.name for series in columns} | set(OWN)
    if clash := taken & set(constants):
        raise CurateError(f"{name}: the adapter names constants as columns are called: {', '.join(sorted(clash))}")
    height = len(numbers)
    added = [pl.Series("file", [name], dtype=pl.String), *(constant(key, value) for key, value in constants.items())]
    spread = [series.new_from_index(0, height) for series in added]
    return Batch(pl.DataFrame([*columns, *spread, numbers.cast(pl.Int64).alias("row")]), fault_frame(faults))


def constant(name: str, value: Any) -> pl.Series:  # noqa: ANN401 - whatever the adapter takes from the file
    """A value as a column of one row; null is a null text, what has no single type is its JSON text.

    Raises:
        SourceFault: it is nested too deeply.
    """
    try:
        return build(name, [value], infer([value]))
    except Unfit:
        raise SourceFault(f"`{name}`, which holds for all rows, is nested too deeply") from None
