"""What a recipe is once it is valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, model_validator

import curate
from curate.document.fault import found
from curate.hashing import digest
from curate.language import CODES
from curate.recipe.variables import is_path
from curate.stages.split import SplitSettings
from curate.tokens import TokenizerName

Origin = Literal["human", "model", "mixed", "unknown"]  # curate.example.ORIGINS; a test holds them equal
Mode = Literal["fail", "quarantine"]


# Keys of settings that may hold a path.
_PLACES = frozenset({"path", "model", "version", "tokenizer", "predictions"})


def _version(value: object) -> object:
    if isinstance(value, bool) or value != 1:
        raise ValueError(f"this curate ({curate.__version__}) reads recipes of version 1, found {found(value)}")
    return value


def _hub(value: str) -> str:
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?(@[\w./-]+)?", value):
        raise ValueError(f"expected owner/name or owner/name@revision, found {value!r}")
    return value


Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
SourceName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", max_length=60)]


def _languages(value: tuple[str, ...]) -> tuple[str, ...]:
    known = CODES["fasttext"]
    for code in value:
        if code not in known:
            raise ValueError(f"unknown language {code!r} (ISO 639-1: en, de, zh…; or und)")
    return value


class Part(BaseModel):
    """A part of a recipe: unknown keys are faults, and nothing changes after the check."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(Part):
    """One step.

    Args:
        label: its place and name, unique in the recipe: `1.filter.words`, `ni.0.sample`, `format`.
        name: the stage: `filter.words`, `dedup`.
        settings: an instance of the stage's Settings.
        line: where it stands in its file; 0 if the command line put it there.
    """

    label: str
    name: str
    settings: SerializeAsAny[BaseModel]
    line: int = 0


class OnError(Part):
    """What a row that does not fit does to the build."""

    mode: Mode = "fail"
    max_share: Share | None = None  # of the source's rows; more of them fail the build all the same

    @model_validator(mode="after")
    def _limit_needs_quarantine(self) -> OnError:
        if self.mode == "fail" and self.max_share is not None:
            raise ValueError("'max_share' goes with 'mode: quarantine': 'fail' allows no row that does not fit")
        return self


def _on_error(value: object) -> object:
    return {"mode": value} if isinstance(value, str) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Paths = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])
]


class SourceKeys(Part):
    """The keys that every source has; the others are its adapter's options."""

    adapter: str
    path: Paths = ()
    hub: Annotated[str, AfterValidator(_hub)] | None = None
    split: str | None = None
    config: str | None = None
    streaming: bool = False
    license: str | None = None
    origin: Origin | None = None
    models: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
        BeforeValidator(_listed, json_schema_input_type=str | list[str]),
    ] = ()
    on_error: Annotated[OnError, BeforeValidator(_on_error, json_schema_input_type=Mode | OnError)] = OnError()


class SourceSpec(SourceKeys):
    """A source: its keys, its options and its steps."""

    name: SourceName
    steps: tuple[Step, ...] = ()
    options: SerializeAsAny[BaseModel]


class Bounds(Part):
    """How many: at least, at most."""

    min: Count | None = None
    max: Count | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Bounds:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"'min' ({self.min}) is more than 'max' ({self.max})")
        return self


class ShareBounds(Part):
    """Which share of the dataset: at least, at most."""

    min: Share | None = None
    max: Share | None = None

    @model_validator(mode="after")
    def _in_order(self) -> ShareBounds:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"'min' ({self.min}) is more than 'max' ({self.max})")
        return self


class Licenses(Part):
    """Which licences may be in the dataset."""

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
    commercial: bool | None = None


class Origins(Part):
    """Whose text may not be in the dataset."""

    deny: tuple[Origin, ...] = ()


class TokenBounds(Bounds):
    """How many tokens, as a named tokenizer counts them."""

    tokenizer: TokenizerName = "cl100k_base"


class Expect(Part):
    """What the finished build must hold, else it fails."""

    rows: Bounds | None = None
    share: dict[str, ShareBounds] = {}
    max_dropped: dict[str, Share | dict[str, Share]] = {}
    max_cluster: Share | None = None  # of the records that come to a dedup step, the largest part that are alike
    languages: Annotated[tuple[str, ...], AfterValidator(_languages)] | None = None
    contamination: Count | None = None
    licenses: Licenses | None = None
    origin: Origins | None = None
    tokens: TokenBounds | None = None
    duplicates: Count | None = None


class Publish(Part):
    """Where `curate publish` sends a version, unless its command line says otherwise."""

    target: Annotated[str, Field(min_length=1)] | None = None  # hf://owner/name, or a folder
    private: bool = True
    branch: Annotated[str, Field(min_length=1)] | None = None


class Head(Part):
    """The keys at the top level; larger parts are checked alone, so that a fault in one hides none in another."""

    version: Annotated[Literal[1], BeforeValidator(_version)]
    name: Name
    description: str = ""
    license: str | None = None
    seed: int = 42
    notes: Any = None  # people's words, in any form
    extends: Any = None
    vars: Any = None
    sources: Any
    steps: Any = ()
    split: Any = None
    format: Any
    expect: Any = None
    publish: Publish = Publish()


class Recipe(Part):
    """A valid recipe.

    Args:
        path: its file.
        text: the file's text; where it extends another, or the command line changed it, a text that says the whole.
        base: the folder that relative paths in it start from.
    """

    version: Literal[1] = 1
    name: Name
    description: str = ""
    license: str | None = None
    seed: int = 42
    notes: Any = None
    vars: dict[str, Any] = {}
    sources: dict[str, SourceSpec]
    steps: tuple[Step, ...] = ()
    split: SplitSettings = SplitSettings()
    format: Step
    expect: Expect = Expect()
    publish: Publish = Publish()
    path: Path
    text: str
    base: Path

    @property
    def places(self) -> dict[str, str]:
        """The variables that hold paths, with their values: where files lie on this machine."""
        return {name: value for name, value in self.vars.items() if is_path(value)}

    def named(self, path: str) -> str:
        """A path as it is shown and kept: with the name of the variable that it begins with, not with its value.

        So a dataset version says nothing of the machine, and is the same wherever its inputs lie.
        """
        for name, value in sorted(self.places.items(), key=lambda one: (-len(one[1]), one[0])):
            head = value.rstrip("/") + "/"
            if path.rstrip("/") + "/" == head:
                return f"${{vars.{name}}}"
            if path.startswith(head):
                return f"${{vars.{name}}}/{path.removeprefix(head)}"
        return path

    def shown_paths(self, said: Any, key: str = "") -> Any:  # noqa: ANN401 - any plain data
        """Plain data with each text under a key that may hold a path (a `model`'s folder, say) as `named` gives it."""
        if isinstance(said, dict):
            return {name: self.shown_paths(below, name) for name, below in said.items()}
        if isinstance(said, list | tuple):
            return [self.shown_paths(below, key) for below in said]
        return self.named(said) if key in _PLACES and isinstance(said, str) else said

    def digest(self) -> str:
        """The hash of what the recipe means: two texts that say the same have the same, wherever its inputs lie."""
        said = self.model_dump(mode="json", exclude={"path", "text", "base", "vars", "notes", "description", "publish"})
        said["order"] = list(self.sources)  # the order of the sources is their priority
        for step in [
            *said["steps"],
            said["format"],
            *(step for one in said["sources"].values() for step in one["steps"]),
        ]:
            del step["line"]
        return digest(self.shown_paths(said))
