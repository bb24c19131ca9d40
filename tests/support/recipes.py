"""Plug-ins for the tests of recipes, so that expected messages do not change when curate learns a new rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from curate.recipe import Recipe
from curate.source import Options
from curate.stage import Settings

FIELDS = ("instruction", "input", "output")


def _field(name: str) -> str:
    if name not in FIELDS:
        raise ValueError(f"unknown field {name!r} (known: {', '.join(FIELDS)})")
    return name


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


FieldName = Annotated[str, AfterValidator(_field)]


class Words(Settings):
    """`filter.words`: two fields of which one is needed."""

    of: tuple[FieldName, ...]
    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _limited(self) -> Words:
        if self.min is None and self.max is None:
            raise ValueError("say min, max or both")
        return self


class Regex(Settings):
    """`filter.regex`: a validator of its own."""

    of: tuple[FieldName, ...]
    keep: Annotated[str, AfterValidator(_regex)]


class Language(Settings):
    """`filter.language`."""

    of: tuple[FieldName, ...] = FIELDS
    keep: tuple[str, ...]


class Strip(Settings):
    """`transform.strip`: nothing is needed."""

    of: tuple[FieldName, ...] = FIELDS
    right: bool = True


class Against(Settings):
    """The long form of `against`."""

    path: str


class Dedup(Settings):
    """`dedup`: a choice, limits, and a union."""

    method: Literal["exact", "minhash"] = "exact"
    on: tuple[FieldName, ...] = ("instruction", "input")
    threshold: float = Field(default=0.8, gt=0, le=1)
    against: str | Against | None = None


class Sample(Settings):
    """`sample`."""

    max_per_task: int | None = Field(default=None, gt=0)
    keep: float | None = Field(default=None, ge=0, le=1)
    quota: list[int] | None = None


def _template(name: str) -> str:
    if name not in ("alpaca", "chatml"):
        raise ValueError(f"unknown template {name!r} (known: alpaca, chatml)")
    return name


class Format(Settings):
    """`format`."""

    columns: Literal["prompt_completion", "messages", "text"]
    template: Annotated[str, AfterValidator(_template)] = "alpaca"


class Gsm8k(Options):
    """Options of a source."""

    annotations: Literal["keep", "remove"] = "remove"
    limit: int | None = None


PLUGINS: dict[str, dict[str, tuple[str, type[BaseModel]]]] = {
    "sources": {"alpaca": ("Options", Options), "gsm8k": ("Options", Gsm8k)},
    "stages": {"dedup": ("Settings", Dedup), "format": ("Settings", Format), "sample": ("Settings", Sample)},
    "filters": {"language": ("Settings", Language), "regex": ("Settings", Regex), "words": ("Settings", Words)},
    "transforms": {"strip": ("Settings", Strip)},
}
CLASSES = {"sources": "Adapter", "stages": "Step", "filters": "Rule", "transforms": "Rule"}

Loader = Callable[..., Recipe]

MINIMAL = """\
version: 1
name: small
sources:
  math:
    adapter: gsm8k
    path: data.jsonl
format: {columns: prompt_completion}
"""
