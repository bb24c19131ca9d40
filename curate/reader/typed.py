"""Rows to a typed frame: each key one column; the rows that do not fit become faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, compress
from typing import Any

import polars as pl

from curate.errors import SourceFault
from curate.reader.batch import OWN, Batch, Fault, excerpt, make
from curate.reader.column import Unfit, as_polars, build, infer, nulls, valued
from curate.reader.words import found, mismatch
from curate.source import RowType, Source

_NOTHING: Mapping[str, Any] = {}

# Columns, and fields of objects in them, where every key is taken: each is as long as the frame.
MAX_KEYS = 1_000


def batch(
    rows: Sequence[object],
    numbers: Sequence[int],
    name: str,
    source: Source,
    constants: Mapping[str, Any] = _NOTHING,
    faults: Sequence[Fault] = (),
) -> Batch:
    """Bring parsed rows into the types that their source declares.

    Args:
        rows: JSON values.
        numbers: each row's number in the file.
        name: what the `file` column shows.
        source: the adapter: its `row` and `required`.
        constants: what is the same for all rows.
        faults: what the format's reader found already.

    Returns:
        The rows that fit, and all faults.
    """
    faults = list(faults)
    if set(map(type, rows)) - {dict}:
        rows, numbers = _objects(rows, numbers, faults)
    objects: Sequence[dict[str, Any]] = rows  # type: ignore[assignment]
    types = source.row if source.row is not None else found_types(objects)
    columns: dict[str, pl.Series] = {}
    odd: list[str] = []
    there = set().union(*objects)  # an adapter declares the keys of all its shapes: half of them are in no row
    for key, dtype in types.items():
        try:
            label = own_name(key, source)
            columns[key] = (
                build(label, valued(objects, key), dtype) if key in there else nulls(label, len(objects), dtype)
            )
        except Unfit:
            odd.append(key)
    lacking = [key for key in source.required if key not in columns or columns[key].null_count()]
    if odd or lacking:
        good = _judge(objects, numbers, {key: types[key] for key in odd}, source.required, faults)
        kept, numbers = list(compress(objects, good)), list(compress(numbers, good))
        columns = {key: series.filter(pl.Series(good, dtype=pl.Boolean)) for key, series in columns.items()}
        columns |= {key: build(own_name(key, source), [row.get(key) for row in kept], types[key]) for key in odd}
    return make([columns[key] for key in types], pl.Series(numbers, dtype=pl.Int64), name, constants, faults)


def found_types(rows: Sequence[Mapping[str, Any]]) -> dict[str, RowType]:
    """Every key of the rows in the order of first appearance, with the type that its values share.

    Raises:
        SourceFault: there are more keys than any data set has: what should be values stands there as keys.
    """
    keys = dict.fromkeys(chain.from_iterable(rows))
    too_many(len(keys))
    types = {key: infer([row.get(key) for row in rows]) for key in keys}
    too_many(sum(map(_leaves, types.values())))
    return types


def too_many(keys: int) -> None:
    """Refuse rows with more keys than MAX_KEYS.

    Raises:
        SourceFault: there are more.
    """
    if keys > MAX_KEYS:
        raise SourceFault(f"the rows have {keys:,} different keys, more than {MAX_KEYS:,}: are values written as keys?")


def _leaves(dtype: RowType) -> int:
    """How many flat columns a type is made of."""
    if isinstance(dtype, pl.List):
        return _leaves(as_polars(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return sum(_leaves(as_polars(field.dtype)) for field in dtype.fields)
    return 1


def own_name(key: str, source: Source) -> str:
    """A column's name: the key, but `file_` and `row_` where every key is taken and meets the reader's own names."""
    return f"{key}_" if source.row is None and key in OWN else key


def _objects(rows: Sequence[object], numbers: Sequence[int], faults: list[Fault]) -> tuple[list[object], list[int]]:
    """Keep the rows that are objects."""
    good = [isinstance(row, dict) for row in rows]
    faults.extend(
        Fault(number, f"the row is {found(row)}, expected an object", excerpt(row))
        for row, number, fine in zip(rows, numbers, good, strict=True)
        if not fine
    )
    return list(compress(rows, good)), list(compress(numbers, good))


def _judge(
    rows: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
    types: Mapping[str, RowType],
    required: frozenset[str],
    faults: list[Fault],
) -> list[bool]:
    """Find the rows that do not fit; one fault a row names everything that is wrong with it."""
    good = []
    for row, number in zip(rows, numbers, strict=True):
        reasons = [
            f"`{key}` is {'null' if key in row else 'missing'}" for key in sorted(required) if row.get(key) is None
        ]
        reasons += [reason for key, dtype in types.items() if (reason := mismatch(key, row.get(key), dtype))]
        good.append(not reasons)
        if reasons:
            faults.append(Fault(number, "; ".join(reasons), excerpt(row)))
    return good
