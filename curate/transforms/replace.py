"""Replace what a pattern finds."""

from __future__ import annotations

import re
from typing import Self

import polars as pl
from pydantic import Field, model_validator

from curate.field import Regex
from curate.stage import Outcome, RecordStage
from curate.transforms._rewrite import Fields, columns_of, outcome, rewritten

# As Rust reads it: without braces, the longest run of letters, digits and underscores is the name.
_GROUP = re.compile(r"\$(?:(\w+)|\{([^}]+)\})", re.ASCII)


class Rule(RecordStage):
    r"""Replace every match of `pattern`, or every occurrence of the text `literal`, by `by` in the fields `of`.

    Patterns are Rust regular expressions (https://docs.rs/regex/latest/regex/#syntax): linear in time, no
    look-around. In `by`, `$1` or `${1}` is the first group, `$name` or `${name}` a named one, `$$` a dollar sign;
    with `literal`, `by` is taken as it is. `$1a` names a group "1a": write `${1}a`. Fields are instruction, input and
    output unless told; all `references` change with the output.

    Example:
        `transform: {replace: {of: [output], pattern: '<<[^>]*>>', by: ''}}` (GSM8K's calculator notes)
    """

    name = "transform.replace"

    class Settings(Fields):
        """Fields, what goes, what comes."""

        pattern: Regex | None = None
        literal: str | None = Field(default=None, min_length=1)
        by: str

        @model_validator(mode="after")
        def _one_kind(self) -> Self:
            if (self.pattern is None) == (self.literal is None):
                raise ValueError("say either pattern or literal")
            if self.pattern is not None:
                self._check_groups(self.pattern)
            return self

        def _check_groups(self, pattern: str) -> None:
            groups = pl.select(pl.lit("").str.extract_groups(pattern)).to_series().dtype
            known = {field.name for field in groups.fields} if isinstance(groups, pl.Struct) else set()
            numbers = {"0", *map(str, range(1, len(known) + 1))}
            for bare, braced in _GROUP.findall(self.by.replace("$$", "")):
                group = bare or braced
                if group not in known | numbers:
                    raise ValueError(f"by names the group ${group}, which the pattern does not have")

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Replace."""
        return outcome(frame, rewritten(self.settings.of, self._replace))

    def _replace(self, text: pl.Expr) -> pl.Expr:
        settings = self.settings
        if settings.literal is not None:
            return text.str.replace_all(settings.literal, settings.by, literal=True)
        return text.str.replace_all(settings.pattern, settings.by)
