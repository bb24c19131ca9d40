"""Frames that come with types (Parquet, Arrow, the Hub) or as text (CSV) to the types that their source declares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Any

import orjson
import polars as pl

from curate.errors import SourceFault
from curate.reader.batch import Batch, Fault, excerpt, make
from curate.reader.column import Unfit, as_polars, build
from curate.reader.typed import own_name, too_many
from curate.reader.words import expected, mismatch
from curate.source import JSON, SCALAR, RowType, Source
from curate.wording import shown, some

_NAMED = 20  # columns that a message tells


class Caster:
    """Casts the frames of one file.

    Args:
        schema: the file's columns.
        source: the adapter.
        name: what the `file` column shows.
        textual: the columns hold the text of cells, as in CSV, to be parsed.

    Raises:
        SourceFault: a required column is missing, or a column's type can never be what the source declares.
    """

    def __init__(self, schema: pl.Schema, source: Source, name: str, *, textual: bool = False) -> None:
        self._source = source
        self._name = name
        self._textual = textual
        self._types = source.row if source.row is not None else {key: _plain(dtype) for key, dtype in schema.items()}
        if source.row is None:
            too_many(len(schema))
        if missing := sorted(source.required - set(schema)):
            raise SourceFault(
                f"there is no column {', '.join(f'`{key}`' for key in missing)} (found: {_names(schema)})"
            )
        self.reads = tuple(key for key in self._types if key in schema)
        if not self.reads:
            wanted = ", ".join(self._types) or "any"
            raise SourceFault(f"there is none of the columns that the source reads: {wanted} (found: {_names(schema)})")
        if not textual:
            for key in self.reads:
                if not _castable(schema[key], self._types[key]):
                    raise SourceFault(f"column `{key}` is {schema[key]}, expected {expected(self._types[key])}")

    def batch(self, frame: pl.DataFrame, numbers: Sequence[int], faults: Iterable[Fault] = ()) -> Batch:
        """Cast one frame.

        Args:
            frame: has the columns of `reads`.
            numbers: each row's number in the file.
            faults: what the format's reader found already.

        Returns:
            The rows that fit, and all faults.
        """
        found = list(faults)
        columns = {key: self._column(key, frame) for key in self._types}
        bad: dict[int, list[str]] = {}
        for key in self.reads:
            self._blame(key, frame[key], columns[key], bad)
        for at, reasons in sorted(bad.items()):
            raw = dict(zip(self.reads, frame.select(self.reads).row(at), strict=True))
            found.append(Fault(numbers[at], "; ".join(reasons), excerpt(raw)))
        series = list(columns.values())
        if bad:
            good = [at not in bad for at in range(frame.height)]
            series = [column.filter(pl.Series(good, dtype=pl.Boolean)) for column in series]
            numbers = list(compress(numbers, good))
        return make(series, pl.Series(numbers, dtype=pl.Int64), self._name, {}, found)

    def _column(self, key: str, frame: pl.DataFrame) -> pl.Series:
        dtype = self._types[key]
        if key not in frame.columns:
            return pl.Series(key, [None], dtype=as_polars(dtype)).new_from_index(0, frame.height)
        column = frame[key]
        done = _parsed(column, dtype) if self._textual else _cast(column, dtype)
        return done.alias(own_name(key, self._source))

    def _blame(self, key: str, before: pl.Series, after: pl.Series, bad: dict[int, list[str]]) -> None:
        """Note the rows of one column whose value was lost in the cast, or is null though it must not be."""
        if after.null_count() == 0:
            return
        dtype = self._types[key]
        lost = after.is_null() & before.is_not_null()
        if self._textual and dtype != pl.String:
            lost &= before != ""
        for at in lost.arg_true():
            value = before[at]
            value = value.to_list() if isinstance(value, pl.Series) else value
            reason = None if self._textual else mismatch(key, value, dtype)
            bad.setdefault(at, []).append(reason or f"`{key}` is {excerpt(value)[:60]}, expected {expected(dtype)}")
        if key in self._source.required:
            for at in (after.is_null() & ~lost).arg_true():
                bad.setdefault(at, []).append(f"`{key}` is null")


def _names(schema: pl.Schema) -> str:
    return some([shown(name) for name in schema], _NAMED) or "none"


def _plain(dtype: pl.DataType) -> pl.DataType:
    """The type for a column of a source that takes every key as it is."""
    return pl.String() if dtype == pl.Null or isinstance(dtype, pl.Categorical | pl.Enum) else dtype


def _castable(found: pl.DataType, wanted: RowType) -> bool:
    """Whether values of one type can be what a source wants, without changing what they say."""
    if wanted == JSON or found in (wanted, pl.Null):
        return True
    text = found == pl.String or isinstance(found, pl.Categorical | pl.Enum)
    if wanted == SCALAR:
        return text or found.is_numeric() or found == pl.Boolean
    if isinstance(wanted, pl.List):
        return isinstance(found, pl.List | pl.Array) and _castable(as_polars(found.inner), as_polars(wanted.inner))
    if isinstance(wanted, pl.Struct):
        fields = {field.name: field.dtype for field in found.fields} if isinstance(found, pl.Struct) else None
        return fields is not None and all(
            field.name not in fields or _castable(as_polars(fields[field.name]), as_polars(field.dtype))
            for field in wanted.fields
        )
    if wanted == pl.String:
        return text
    assert isinstance(wanted, pl.DataType)  # noqa: S101 - for the type checker: SCALAR and JSON are dealt with
    return (wanted.is_float() and found.is_numeric()) or (wanted.is_integer() and found.is_integer())


def _cast(column: pl.Series, dtype: RowType) -> pl.Series:
    """Cast a typed column; values that do not fit become null."""
    if dtype == JSON:
        return build(column.name, _plain_values(column), JSON)
    if dtype == SCALAR:
        return column.cast(pl.String)
    wanted = as_polars(dtype)
    if column.dtype == wanted:
        return column
    return column.to_frame("x").select(_recast(pl.col("x"), column.dtype, wanted)).to_series()


def _plain_values(column: pl.Series) -> list[Any]:
    """Values that JSON can hold: dates and decimals as text."""
    values = column.to_list()
    return orjson.loads(orjson.dumps(values, default=str))  # type: ignore[no-any-return]


def _recast(value: pl.Expr, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    """An expression for a cast that polars does not do: structs by the names of their fields, at any depth."""
    if found in (wanted, pl.Null) or not wanted.is_nested():
        return value.cast(wanted, strict=False)
    if isinstance(wanted, pl.List):
        assert isinstance(found, pl.List | pl.Array)  # noqa: S101 - as _castable found
        items = value.arr.to_list() if isinstance(found, pl.Array) else value
        return items.list.eval(_recast(pl.element(), as_polars(found.inner), as_polars(wanted.inner)))
    assert isinstance(wanted, pl.Struct)  # noqa: S101 - for the type checker: there are no other nested types
    assert isinstance(found, pl.Struct)  # noqa: S101 - as _castable found
    have = {field.name: as_polars(field.dtype) for field in found.fields}
    parts = [
        _recast(value.struct.field(field.name), have[field.name], as_polars(field.dtype)).alias(field.name)
        if field.name in have
        else pl.lit(None, dtype=field.dtype).alias(field.name)
        for field in wanted.fields
    ]
    return pl.when(value.is_not_null()).then(pl.struct(parts))


def _parsed(column: pl.Series, dtype: RowType) -> pl.Series:
    """Parse the text of cells; what cannot be parsed becomes null, as does an empty cell that is not wanted as text."""
    if dtype in (pl.String, SCALAR):
        return column
    if dtype == JSON:
        return build(column.name, [_json_cell(cell) for cell in column], JSON)
    wanted = as_polars(dtype)
    if wanted.is_nested():
        return pl.concat([_nested_cell(cell, wanted) for cell in column]) if len(column) else pl.Series(dtype=wanted)
    if wanted == pl.Boolean:
        return column.str.to_lowercase().replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        )
    return column.str.strip_chars().cast(wanted, strict=False)


def _json_cell(cell: str) -> Any:  # noqa: ANN401 - any JSON value
    """A list or an object where the cell is the JSON text of one, else the text itself."""
    if not cell.lstrip().startswith(("[", "{")):
        return cell or None
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell


def _nested_cell(cell: str, dtype: pl.DataType) -> pl.Series:
    try:
        return build("", [_json_cell(cell)], dtype)
    except Unfit:
        return pl.Series([None], dtype=dtype)
