"""Expressions that several sources need: keys with aliases, meta as JSON, groups, text put together from a pattern."""

from __future__ import annotations

import polars as pl
import polars_hash as plh

from curate.source import normal_form


def constant(rows: pl.DataFrame, name: str) -> pl.Expr:
    """A column that `unpack` adds: null where rows came from a format without `unpack` (JSONL, Parquet, the Hub)."""
    return pl.col(name) if name in rows.columns else pl.lit(None, dtype=pl.String)


def missing(*names: str) -> pl.Expr:
    """The fault of rows in which none of these keys has a value, null for the others."""
    first, *others = (repr(name) for name in names)
    reason = f"no {first}" + (f" (nor {', '.join(others)})" if others else "")
    return pl.when(pl.all_horizontal(pl.col(name).is_null() for name in names)).then(pl.lit(reason))


def unselected(taken: pl.Expr, name: pl.Expr, option: str, field: str) -> pl.Expr:
    """The fault of rows that an option does not select, in formats where a source cannot leave rows out.

    A JSON document's rows are selected when it is unpacked. Elsewhere each row must become an example or a
    fault, and a row that falls out must be accounted for: that is a filter's work.
    """
    reason = f" is not selected, but `{option}` works in JSON files only: use a filter on {field} instead"
    return pl.when(~taken).then(pl.concat_str([pl.lit("'"), name, pl.lit("'" + reason)]))


def first_fault(*faults: pl.Expr) -> pl.Expr:
    """One reason a row: the first of these that is not null."""
    return pl.coalesce(*faults)


def meta(texts: dict[str, pl.Expr], json: dict[str, pl.Expr] | None = None) -> pl.Expr:
    """The JSON object of these values, without the keys whose value is null; null where all are.

    Args:
        texts: values to be written as JSON (text, numbers).
        json: values that are JSON texts already.
    """
    parts = [
        pl.struct(value.alias(key))
        .struct.json_encode()
        .str.slice(1)
        .str.strip_suffix("}")
        .pipe(_if, value.is_not_null())
        for key, value in texts.items()
    ]
    parts += [pl.concat_str([pl.lit(f'"{key}":'), value]) for key, value in (json or {}).items()]
    if not parts:
        return pl.lit(None, dtype=pl.String)
    body = pl.concat_str(parts, separator=",", ignore_nulls=True)
    return pl.when(body != "").then(pl.concat_str([pl.lit("{"), body, pl.lit("}")]))


def _if(value: pl.Expr, condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(value)


def group(text: pl.Expr) -> pl.Expr:
    """A group of the records whose text is equal but for case, width and blanks; null where it is empty."""
    # Blanks alone have an empty form; asking the text for them spares making the form twice.
    hashed = plh.concat_str([normal_form(text)]).nchash.xxh3_64().cast(pl.String)
    return pl.when(text.str.strip_chars() != "").then(hashed)


def filled(pattern: str, name: str, value: pl.Expr) -> pl.Expr:
    """A pattern such as `The answer is {answer}` with its one place filled; null where the value is null."""
    before, after = pattern.split("{" + name + "}", 1)
    return pl.concat_str([pl.lit(before), value, pl.lit(after)])
