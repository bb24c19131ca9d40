"""Write a field from other fields."""

from __future__ import annotations

import string

import polars as pl
from pydantic import TypeAdapter, ValidationError, field_validator

from curate import stage, text
from curate.field import FieldName
from curate.stage import Outcome, RecordStage
from curate.transforms._rewrite import Text, first_reference, outcome

_NAME: TypeAdapter[str] = TypeAdapter(FieldName)


def parts_of(template: str) -> list[tuple[str, str | None]]:
    """Cut a template into literal texts and field names.

    Returns:
        Pairs of a literal text and the field that follows it (None at the end).

    Raises:
        ValueError: an unknown field, a conversion or format, or a brace that stands alone.
    """
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"template: {error}; write {{{{ and }}}} for braces in the text") from None
    for _, name, spec, conversion in parsed:
        if name is None:
            continue
        if spec or conversion:
            raise ValueError(f"template: {{{name}}} takes no format: fields are texts")
        try:
            _NAME.validate_python(name)
        except ValidationError as error:
            raise ValueError(f"template: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None
    return [(literal, name) for literal, name, _, _ in parsed]


class Rule(RecordStage):
    """Set the field `to` to a `template` of fields: `{instruction}`, `{input}`, `{task}`, `{meta.level}`.

    Not a language: names in braces are replaced by the field's text (empty where it is null), `{{` and `}}` are
    braces, all else stays. The record's text of the field `to` before is available as any other. If `output` is set,
    `references[0]` follows it and the other references stay. For whole prompts see the step `format`.

    Example:
        `transform: {template: {to: instruction, template: "{instruction} Answer with the letter only."}}`
    """

    name = "transform.template"

    class Settings(stage.Settings):
        """The field, and what it becomes."""

        to: Text
        template: str

        @field_validator("template")
        @classmethod
        def _readable(cls, template: str) -> str:
            parts_of(template)
            return template

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the named fields, and of the field that is set."""
        named = text.columns_of([name for _, name in parts_of(self.settings.template) if name])
        return named | {self.settings.to} | ({"references"} if self.settings.to == "output" else frozenset())

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Join literals and fields."""
        to = self.settings.to
        parts: list[pl.Expr] = [pl.lit("")]
        for literal, name in parts_of(self.settings.template):
            parts += [pl.lit(literal), *([text.value(name)] if name else [])]
        made = frame.select("at", pl.concat_str(parts).alias(to))
        if to != "output":
            return outcome(frame, {to: pl.lit(made[to])})
        references = frame.select(pl.lit(made[to]).alias("output"), "references").select(first_reference())
        return outcome(frame, {to: pl.lit(made[to]), "references": pl.lit(references.to_series())})
