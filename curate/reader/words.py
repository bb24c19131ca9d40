"""What is wrong with a value, in words: the slow path, taken for the rows that do not fit."""

from __future__ import annotations

from typing import Any

import orjson
import polars as pl

from curate.reader.batch import excerpt
from curate.reader.column import MIXED, Unfit, as_polars, build, python_types
from curate.source import JSON, SCALAR, RowType

_SHOWN = 60  # characters of a value in a message


def found(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """What a value is, with its start."""
    if value is None:
        return "null"
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    text = excerpt(value)
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"{kinds.get(type(value), type(value).__name__)} ({shown})"


def expected(dtype: RowType) -> str:
    """What a row type takes."""
    if isinstance(dtype, str):
        return {SCALAR: "text, a number or a boolean", JSON: "any JSON value"}.get(dtype, "any value")
    if isinstance(dtype, pl.List):
        inner = as_polars(dtype.inner)
        plural = {pl.String: "texts", pl.Boolean: "booleans", pl.Struct: "objects", pl.List: "lists"}
        return f"a list of {plural.get(inner.base_type(), 'numbers')}"
    if isinstance(dtype, pl.Struct):
        return f"an object with {', '.join(field.name for field in dtype.fields)}"
    if dtype.is_integer():
        return "a whole number"
    return {pl.String: "text", pl.Boolean: "a boolean"}.get(dtype.base_type(), "a number")


def mismatch(name: str, value: Any, dtype: RowType) -> str | None:  # noqa: ANN401 - any JSON value
    """Why a value does not fit.

    Args:
        name: the key, or the path to a part of its value (`output[1]`, `answer.text`).
        value: what stands there.
        dtype: what should.

    Returns:
        The reason, or None where it fits.
    """
    if value is None:
        return None
    if isinstance(dtype, pl.List) and isinstance(value, list):
        inner = as_polars(dtype.inner)
        parts = ((f"{name}[{at}]", item, inner) for at, item in enumerate(value))
        return next((reason for part in parts if (reason := mismatch(*part))), None)
    if isinstance(dtype, pl.Struct) and isinstance(value, dict):
        fields = ((f"{name}.{field.name}", value.get(field.name), as_polars(field.dtype)) for field in dtype.fields)
        return next((reason for part in fields if (reason := mismatch(*part))), None)
    try:
        build(name, [value], dtype)
    except Unfit:
        small = isinstance(dtype, pl.DataType) and not dtype.is_nested() and type(value) in python_types(dtype)
        rest = f", too large for {dtype}" if small else f", expected {expected(dtype)}"
        return f"`{name}` is nested too deeply" if dtype in (JSON, MIXED) else f"`{name}` is {found(value)}{rest}"
    return None


# What orjson says, and what it means to somebody who did not write the parser.
_PLAIN = {
    "trailing comma is not allowed": "there is a comma before the closing bracket",
    "unexpected end of data": "the text ends in the middle of a value",
    "unexpected content after document": "there is more text after the end of the value",
    "unexpected control character in string": "a text holds a raw control character (write \\n for a line break)",
    "no low surrogate in string": "a text holds half of a surrogate pair",
    "invalid high surrogate in string": "a text holds half of a surrogate pair",
    "unexpected character, expected ',' or ']'": "a comma or ] is missing",
    "unexpected character, expected ',' or '}'": "a comma or } is missing",
    "unexpected character, expected ':' after key": "the colon after a key is missing",
    "unexpected character, expected a string key": "a key must be text in double quotes",
    "number is infinity when parsed as double": "a number is too large for 64 bits",
    "depth limit exceeded": "values are nested too deeply",
}


def not_json(error: orjson.JSONDecodeError) -> str:
    """Why text is not JSON, in plain words, with the column."""
    if error.msg.startswith("str is not valid UTF-8"):
        return "not valid UTF-8"
    rest = error.doc[error.pos : error.pos + 8]
    bad = next((word for word in ("NaN", "Infinity") if rest.startswith(word)), None)
    plain = f"{bad} is not a JSON number" if bad else _PLAIN.get(error.msg, error.msg)
    if error.msg == "trailing comma is not allowed":
        after = error.doc[error.pos + 1 :]
        breaks = after[: len(after) - len(after.lstrip())].count("\n")
        plain += f" on line {error.lineno + breaks}" if breaks else ""
    return f"not valid JSON: {plain} (column {error.colno})"
