"""What a recipe says of records beside the mix: a set that a source adapter reads, or an earlier version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from curate import plugin
from curate.stage import Earlier, Reference, Settings


class ReferenceSet(Settings):
    """One set: a source's keys and its adapter's own options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str | None = Field(None, description="what the ledger calls it; the adapter's name, unless told")
    adapter: str = Field(description="any source adapter")
    path: tuple[str, ...] = Field((), description="files or patterns")
    hub: str | None = Field(None, description="owner/name or owner/name@revision")
    split: str | None = Field(None, description="of a Hub data set")
    config: str | None = Field(None, description="of a Hub data set")

    @field_validator("path", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo) -> Self:
        if bool(self.path) == bool(self.hub):
            raise ValueError(f"{self.adapter}: give either 'path' or 'hub'")
        try:
            plugin.source(self.adapter).Options.model_validate(self.model_extra or {}, context=info.context)
        except KeyError as error:
            raise ValueError(error.args[0]) from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise ValueError(f"{self.adapter}: {where}: {first['msg']}") from None
        return self

    @property
    def label(self) -> str:
        """What the ledger calls it."""
        return self.name or self.adapter

    def reference(self, columns: Iterable[str]) -> Reference:
        """What the engine is to read, and which columns of it."""
        return Reference(
            adapter=self.adapter,
            options=plugin.source(self.adapter).Options.model_validate(self.model_extra or {}),
            path=self.path,
            hub=self.hub,
            split=self.split,
            config=self.config,
            columns=frozenset(columns),
        )


class EarlierVersion(Settings):
    """A finished version."""

    name: str | None = Field(None, description="what the ledger calls it; the version as written here, unless told")
    version: str = Field(min_length=1, description="its folder, NAME (its latest) or NAME@ID-prefix")
    split: str | None = Field(None, description="only this one of its splits")

    @property
    def label(self) -> str:
        """What the ledger calls it: of a folder its name and id, not where it lies on this machine."""
        return self.name or "@".join(PurePath(self.version).parts[-2:])

    def reference(self, columns: Iterable[str]) -> Earlier:
        """What the engine is to read, and which fields of it."""
        return Earlier(self.version, self.split, frozenset(columns))


def _named(given: object) -> object:
    return {"version": given} if isinstance(given, str) else given


def _kind(given: object) -> str:
    said = given.keys() if isinstance(given, dict) else type(given).model_fields if isinstance(given, Settings) else ()
    return "version" if isinstance(given, str) or "version" in said else "set"


# A text stands for a version.
AnyReference = Annotated[
    Annotated[EarlierVersion, Tag("version")] | Annotated[ReferenceSet, Tag("set")],
    Discriminator(_kind),
    BeforeValidator(_named, json_schema_input_type=str | EarlierVersion | ReferenceSet),
]


def different(sets: Sequence[ReferenceSet | EarlierVersion]) -> None:
    """Refuse two sets of one name.

    Raises:
        ValueError: there are two.
    """
    labels = [one.label for one in sets]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise ValueError(f"two sets are called {twice[0]!r}: give each a 'name' of its own")
