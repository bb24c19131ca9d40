"""What the settings of the rules share: which fields a rule looks at, and the range that a measure may lie in."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Self

import polars as pl
from pydantic import AfterValidator, Field, model_validator

from curate.example import CONTENT, EXAMPLE
from curate.stage import Settings, drops

# A path into meta: names of letters, digits, '_' and '-', with dots between them.
_META = re.compile(r"meta(\.[\w-]+)+", re.ASCII)


def _field(name: str) -> str:
    known = [column for column in EXAMPLE if column != "meta"]
    if name in known or _META.fullmatch(name):
        return name
    close = difflib.get_close_matches(name, known, 1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"unknown field {name!r}{hint} (known: {', '.join(known)}, meta.NAME)")


def content_fields(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Fields that a key or a text is made of: canonical content columns, or paths into meta.

    Raises:
        ValueError: one is neither; the message lists what there is.
    """
    for name in fields:
        if not name.startswith("meta.") and name not in CONTENT:
            raise ValueError(f"unknown field {name!r} (known: {', '.join(CONTENT)}, meta.x)")
    return fields


ContentFields = Annotated[tuple[str, ...], AfterValidator(content_fields)]


def regex(pattern: str) -> str:
    """A regular expression, tried where it will run: in Rust, which is linear in time and knows no look-around."""
    try:
        pl.select(pl.lit("").str.contains(pattern, strict=True))
    except pl.exceptions.ComputeError as error:
        raise ValueError(f"not a Rust regular expression: {_first_reason(str(error))}") from None
    return pattern


def _first_reason(message: str) -> str:
    """The line of Rust's message that says what is wrong, without the drawing of the pattern."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return told[0] if told else lines[0]


FieldName = Annotated[str, AfterValidator(_field)]
FieldNames = Annotated[list[FieldName], Field(min_length=1)]
Regex = Annotated[str, Field(min_length=1), AfterValidator(regex)]


class Fields(Settings):
    """Which fields are looked at: joined by one blank, a null one is empty; `meta.x` reaches into meta."""

    of: FieldNames


class Range(Fields):
    """A measure of the joined fields must lie in [min, max], both ends included."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("say min, max or both: without a limit the filter does nothing")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}: every record would go")
        return self


def outside(frame: pl.DataFrame, measure: pl.Expr, settings: Range, rule: str) -> pl.DataFrame:
    """The drops of the rows whose measure lies outside the range, with the measure and the limit that it breaks."""
    least = settings.min if settings.min is not None else 0
    measured = frame.select("at", measure.alias("value"))
    value = pl.col("value")
    short = value < least
    long = value > settings.max if settings.max is not None else pl.lit(value=False)
    return drops(
        measured,
        short | long,
        rule=rule,
        reason=pl.when(short).then(pl.lit("too short")).otherwise(pl.lit("too long")),
        value=value,
        limit=pl.when(short).then(pl.lit(f"min {least}")).otherwise(pl.lit(f"max {settings.max}")),
    )
