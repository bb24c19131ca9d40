"""Python values to one typed polars column, strictly: nothing is converted that the source did not ask for.

polars' own `strict=True` takes "2" for a number inside a struct and a text for a list of texts, so nested types are
taken apart here, down to flat columns, and the types of their values are compared. Every step is one pass in C or one
comprehension.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from operator import itemgetter
from types import NoneType
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
from polars.datatypes import DataTypeClass

from curate.errors import CurateError
from curate.source import JSON, SCALAR, RowType

# The type of a column without one: text as it is, anything else as its JSON text.
MIXED = "mixed"
_SCALARS = {str, int, float, bool}
_OLDEST = pl.CompatLevel.oldest()

# Inferred types beyond this are kept as JSON text: polars compares nested types level by level, and every field of a
# struct is a column as long as the frame.
_DEEPEST = 16
_WIDEST = 256


class Unfit(Exception):  # noqa: N818 - caught by `typed`, never seen by a user
    """A value is not of the column's type."""


def build(name: str, values: Sequence[Any], dtype: RowType) -> pl.Series:
    """Make a column.

    Args:
        name: the column's name.
        values: what orjson made of the rows; None where a row lacks the key.
        dtype: a polars type, SCALAR, JSON or MIXED.

    Returns:
        The column, String for SCALAR, JSON and MIXED.

    Raises:
        Unfit: a value is of another type, or a whole number is too large.
    """
    if dtype == SCALAR:
        values = _texts(values, allowed=_SCALARS)
    elif dtype == MIXED:
        values = _texts(values, allowed=None)
    elif dtype == JSON:
        values = [None if value is None else _json(value) for value in values]
    elif isinstance(dtype, pl.List | pl.Struct):
        return pl.Series(name, pl.from_arrow(_nested(values, dtype)), dtype=dtype)
    else:
        return _flat(name, values, as_polars(dtype))
    return pl.Series(name, values, dtype=pl.String)


def valued(rows: Sequence[Mapping[str, Any]], key: str) -> Sequence[Any]:
    """The values of a key, None where a row lacks it."""
    try:
        return list(map(itemgetter(key), rows))  # nearly always all rows have it
    except KeyError:
        return [row.get(key) for row in rows]


def nulls(name: str, rows: int, dtype: RowType) -> pl.Series:
    """The column of a key that no row has."""
    return pl.Series(name, [None], dtype=as_polars(dtype)).new_from_index(0, rows)


def as_polars(dtype: RowType | DataTypeClass) -> pl.DataType:
    """The polars type that a column of this row type has."""
    if isinstance(dtype, DataTypeClass):
        return dtype()  # type: ignore[no-any-return]
    return pl.String() if isinstance(dtype, str) else dtype


def python_types(dtype: pl.DataType) -> set[type]:
    """The types of JSON values that a flat polars type takes.

    Raises:
        CurateError: none: no row can hold such a type.
    """
    if dtype == pl.String:
        return {str}
    if dtype == pl.Boolean:
        return {bool}
    if dtype.is_integer():
        return {int}
    if dtype.is_float():
        return {int, float}
    raise CurateError(
        f"rows cannot hold the type {dtype}: a source declares text, numbers, booleans, lists, structs, SCALAR or JSON"
    )


def infer(values: Sequence[Any], depth: int = 0) -> RowType:
    """The one type that all values share, or MIXED. Whole numbers and fractions are mixed: 5 must not become 5.0.

    Args:
        values: of a column; None where a row lacks it.
        depth: in how many lists and objects they lie.
    """
    if depth > _DEEPEST:
        return MIXED
    kinds = set(map(type, values)) - {NoneType}
    if len(kinds) > 1:
        return MIXED
    kind = next(iter(kinds), str)
    if kind is list:
        inner = infer(list(chain.from_iterable(value for value in values if value)), depth + 1)
        return MIXED if isinstance(inner, str) else pl.List(inner)
    if kind is dict:
        return _infer_struct([value for value in values if value is not None], depth)
    if kind is int:
        return pl.Int64() if all(-(1 << 63) <= value < 1 << 63 for value in values if value is not None) else MIXED
    return {str: pl.String(), bool: pl.Boolean(), float: pl.Float64()}.get(kind, MIXED)


def _infer_struct(values: list[dict[str, Any]], depth: int) -> RowType:
    fields: dict[str, pl.DataType] = {}
    keys = dict.fromkeys(chain.from_iterable(values))
    if len(keys) > _WIDEST:
        return MIXED
    for key in keys:
        inner = infer([value.get(key) for value in values], depth + 1)
        if isinstance(inner, str):
            return MIXED
        fields[key] = inner
    return pl.Struct(fields) if fields else MIXED  # {} has no fields to keep


def _texts(values: Sequence[Any], allowed: set[type] | None) -> Sequence[str | None]:
    kinds = set(map(type, values)) - {NoneType}
    if allowed is not None and kinds - allowed:
        raise Unfit
    if kinds <= {str}:
        return values
    return [value if value is None or isinstance(value, str) else _json(value) for value in values]


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """The JSON text of a value.

    Raises:
        Unfit: it is nested deeper than orjson writes: 254 levels.
    """
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        raise Unfit from error


def _flat(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    if set(map(type, values)) - python_types(dtype) - {NoneType}:
        raise Unfit
    try:
        return pl.Series(name, values, dtype=dtype, strict=True)
    except (TypeError, OverflowError) as error:  # the types are right, so a whole number does not fit its bits
        raise Unfit from error


def _nested(values: Sequence[Any], dtype: pl.DataType) -> pa.Array:
    """Lists and structs as an Arrow array, built from the flat arrays inside them.

    `pa.array(values)` would do it alone, but imports pandas (over a second) and takes a text for a list of letters.
    """
    kinds = set(map(type, values))
    nulls = None
    if NoneType in kinds or not values:
        nulls = pl.Series([value is None for value in values], dtype=pl.Boolean).to_arrow(compat_level=_OLDEST)
    kinds -= {NoneType}
    if isinstance(dtype, pl.List):
        if kinds - {list}:
            raise Unfit
        whole = values if nulls is None else [value or () for value in values]
        items = _nested(list(chain.from_iterable(whole)), as_polars(dtype.inner))
        offsets = pl.Series(list(accumulate(map(len, whole), initial=0)), dtype=pl.Int64).to_arrow(compat_level=_OLDEST)
        return pa.LargeListArray.from_arrays(offsets, items, mask=nulls)
    if isinstance(dtype, pl.Struct):
        if kinds - {dict}:
            raise Unfit
        names = [field.name for field in dtype.fields]
        parts = [
            _nested([None if value is None else value.get(field.name) for value in values], as_polars(field.dtype))
            for field in dtype.fields
        ]
        return pa.StructArray.from_arrays(parts, names=names, mask=nulls)
    return _flat("", values, dtype).to_arrow(compat_level=_OLDEST)
