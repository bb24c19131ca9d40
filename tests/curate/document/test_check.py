"""pydantic's errors in words: what the broken recipes do not show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationInfo, field_validator

from curate.document.check import known_keys, validate
from curate.document.fault import Faults
from curate.document.tree import Budget, parse


class Strict(BaseModel):
    """Unknown keys are faults."""

    model_config = ConfigDict(extra="forbid")


class Inner(Strict):
    """A model in a model."""

    size: int = 1
    path: str = ""


class Tokens(Strict):
    """One alternative of a union of models."""

    tokens: int


class Gpu(Strict):
    """The other one."""

    gpu: str
    hours: float


class Many(RootModel[dict[str, Inner]]):
    """A model that is no mapping of its own."""


class Outer(Strict):
    """One field for each kind of annotation."""

    union: int | Inner | None = None
    list_or_one: str | list[str] = ""
    budget: Tokens | Gpu | None = None
    inner: list[Inner] = []
    by_name: dict[str, Inner] = {}
    many: Many | None = None
    tagged: Annotated[str, Field(alias="from")] = ""
    kind: Literal["a", 1, True] | None = None
    number: float | None = None
    pairs: tuple[tuple[str, int], ...] = ()
    asked: str = ""

    @field_validator("asked")
    @classmethod
    def _asked(cls, value: str, info: ValidationInfo) -> str:
        if value not in (info.context or {}).get("sources", (value,)):
            raise ValueError(f"no source {value!r}")
        return value


def faults(text: str, **context: Any) -> list[str]:
    found = Faults()
    root = parse(text, "x", Path(), found, Budget())
    result = validate(Outer, root, found, context)
    assert (result is None) is bool(found)
    return [] if result else [f"{fault.mark.column}: {fault.message}" for fault in found.error().faults]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("union: x", "8: expected a whole number or a mapping, found 'x'"),
        ("union: {siez: 1}", "9: unknown key 'siez', did you mean 'size'? (known: size, path)"),
        ("union: {size: x}", "15: expected a whole number, found 'x'"),
        ("list_or_one: 5", "14: expected a text or a list, found 5"),
        ("list_or_one: [a, 5]", "18: expected a text, found 5"),
        ("budget: {gpu: x}", "1: missing key 'hours'"),
        (
            "budget: {gpu: x, hours: 1, hous: 2}",
            "28: unknown key 'hous', did you mean 'hours'? (known: tokens, gpu, hours)",
        ),
        ("inner: [{size: 1}, {size: x}]", "27: expected a whole number, found 'x'"),
        ("inner: [{path: 5}]", "16: expected a text, found 5"),
        ("by_name: {a: {siz: 1}}", "15: unknown key 'siz', did you mean 'size'? (known: size, path)"),
        ("many: {a: {siz: 1}}", "12: unknown key 'siz', did you mean 'size'? (known: size, path)"),
        ("form: x", f"1: unknown key 'form', did you mean 'from'? (known: {', '.join(known_keys(Outer))})"),
        ("kind: b", "7: expected 'a', 1 or True, found 'b'"),
        ("number: true", "9: expected a number, found true"),
        ("pairs: [[a]]", "9: missing item 2"),
    ],
)
def test_words(text: str, wanted: str) -> None:
    assert faults(text) == [wanted]


def test_validators_may_ask_for_the_context() -> None:
    assert faults("asked: b", sources=("a",)) == ["8: no source 'b'"]
    assert faults("asked: a", sources=("a",)) == []


def test_numbers_in_quotes_are_numbers() -> None:
    assert faults("number: '1.5'") == []


def test_known_keys() -> None:
    assert "from" in known_keys(Outer)
    assert known_keys(Outer, ("inner", 0)) == ["size", "path"]
    assert known_keys(Outer, ("budget",)) == ["tokens", "gpu", "hours"]
    assert known_keys(Outer, ("number",)) == []
