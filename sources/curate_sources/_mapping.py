"""A column map: which key of a row fills which canonical column, for data that no adapter knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from curate.source import FAULT, Options
from curate_sources._column import first_fault, meta
from curate_sources._turns import PAIRS, history

Column = Literal[
    "task", "group", "system", "instruction", "input", "output", "references", "history", "tools", "license", "origin"
]
Name = Annotated[str, Field(min_length=1)]
_SHOWN = 400  # characters of a list of columns in a message: a row may have a thousand
_READER = ("file", "row")  # columns that reading adds to the row's own


class Constant(BaseModel):
    """The same text in every record."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    const: str


class Extra(Options):
    """What may be kept beside the mapped columns."""

    meta: tuple[Name, ...] = Field((), description="keys of the row to keep in `meta`")
    task: str | None = Field(None, description="the task of all records")
    system: str | None = Field(None, description="the system text of all records")


@dataclass(frozen=True)
class _Found:
    """A value of the row: how to get it and its type; or why it cannot be had."""

    value: pl.Expr
    dtype: pl.DataType
    fault: str | None = None


def mapped(rows: pl.DataFrame, columns: Mapping[str, str | Constant], extra: Extra) -> pl.DataFrame:
    """Fill canonical columns from the keys of the rows.

    Args:
        rows: with the types found.
        columns: canonical column to the key that fills it: a name, a path into nested values (`answers.text.0`), with
            `?` at the end where the key may be missing, or a constant.
        extra: what to keep beside them.
    """
    faults: list[pl.Expr] = []
    filled: dict[str, pl.Expr] = {}
    for name, key in columns.items():
        found = _Found(pl.lit(key.const), pl.String()) if isinstance(key, Constant) else _find(rows, key)
        made = _fitting(name, found)
        filled[name] = made.value
        if made.fault is not None:
            faults.append(pl.lit(made.fault))
    if extra.task is not None:
        filled["task"] = pl.lit(extra.task)
    if extra.system is not None:
        filled["system"] = pl.lit(extra.system)
    if "output" not in filled and "references" in filled:
        filled["output"] = filled["references"].list.first()
    keep = [(key, _find(rows, key)) for key in extra.meta]
    faults += [pl.lit(found.fault) for _, found in keep if found.fault]
    faults += _unfilled(columns, filled)
    filled["meta"] = meta({key.removesuffix("?"): found.value for key, found in keep})
    filled[FAULT] = first_fault(*faults)
    return rows.with_columns(**filled).select(list(filled))  # a frame of constants alone would have one row


def _unfilled(columns: Mapping[str, str | Constant], filled: Mapping[str, pl.Expr]) -> list[pl.Expr]:
    """The faults of rows that ask nothing, or hold no answer."""

    def named(*wanted: str) -> str:
        keys = [columns[name] for name in wanted if name in columns]
        return " and ".join(repr(key.removesuffix("?")) for key in keys if isinstance(key, str)) or "the map"

    asked = [filled[name] for name in ("instruction", "input") if name in filled]
    silent = pl.all_horizontal(value.is_null() for value in asked)
    return [
        pl.when(silent).then(pl.lit(f"no value in {named('instruction', 'input')}")),
        pl.when(filled["output"].is_null()).then(
            pl.lit(f"no value in {named('output') if 'output' in columns else named('references')}")
        ),
    ]


def _find(rows: pl.DataFrame, key: str) -> _Found:
    """Follow a path through structs, lists and JSON texts."""
    path = key.removesuffix("?")
    nothing = pl.lit(None, dtype=pl.String)
    if path in rows.columns:
        return _Found(pl.col(path), rows.schema[path])
    first, *steps = path.split(".")
    if first not in rows.columns:
        found = ", ".join(name for name in rows.columns if name not in _READER)[:_SHOWN] or "none"
        fault = None if key.endswith("?") else f"there is no column {path!r} (found: {found})"
        return _Found(nothing, pl.String(), fault)
    value, dtype = pl.col(first), rows.schema[first]
    for at, step in enumerate(steps):
        if isinstance(dtype, pl.Struct) and step in (field.name for field in dtype.fields):
            value, dtype = value.struct.field(step), next(_type(f.dtype) for f in dtype.fields if f.name == step)
        elif isinstance(dtype, pl.List) and step.isdecimal() and len(step) < 10:
            value, dtype = value.list.get(int(step), null_on_oob=True), _type(dtype.inner)
        elif dtype == pl.String:
            rest = "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in steps[at:])
            return _Found(value.str.json_path_match(f"${rest}"), pl.String())
        else:
            fault = (
                None
                if key.endswith("?")
                else f"there is no {step!r} in {'.'.join([first, *steps[:at]])!r}, which is {dtype}"
            )
            return _Found(nothing, pl.String(), fault)
    return _Found(value, dtype)


def _fitting(name: str, found: _Found) -> _Found:
    """A value as the type of its canonical column."""
    value, dtype = found.value, found.dtype
    if name == "history":
        if dtype == PAIRS:
            return _Found(history(value), dtype, found.fault)
        return _Found(
            pl.lit(None), dtype, found.fault or f"'history' needs a list of [question, answer] pairs, found {dtype}"
        )
    if name == "references":
        listed = value.cast(pl.List(pl.String)) if isinstance(dtype, pl.List) else pl.concat_list(value.cast(pl.String))
        nested = isinstance(dtype, pl.Struct) or (isinstance(dtype, pl.List) and _type(dtype.inner).is_nested())
        return _Found(listed, dtype, found.fault) if not nested else _unfit(name, "texts or a list of texts", dtype)
    if name == "tools" and dtype.is_nested():
        return _Found(as_json(value), dtype, found.fault)
    if dtype.is_nested():
        return _unfit(name, "text (a path such as `answers.0` reaches into a list)", dtype)
    return _Found(value.cast(pl.String), dtype, found.fault)


def _unfit(name: str, wanted: str, dtype: pl.DataType) -> _Found:
    nothing = pl.lit(None, dtype=pl.List(pl.String) if name == "references" else pl.String)
    return _Found(nothing, dtype, f"{name!r} needs {wanted}, found {dtype}")


def as_json(value: pl.Expr) -> pl.Expr:
    """A nested value as its JSON text."""
    text = pl.struct(value.alias("x")).struct.json_encode().str.strip_prefix('{"x":').str.strip_suffix("}")
    return pl.when(value.is_not_null()).then(text)


def _type(dtype: Any) -> pl.DataType:  # noqa: ANN401 - polars gives a type or its class
    return dtype() if isinstance(dtype, type) else dtype  # type: ignore[no-any-return]
