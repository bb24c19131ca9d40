"""The manifest: the public, versioned description of a dataset version. A reader needs nothing else of the engine.

Nothing in it depends on the time, the machine or the number of workers: that lies in `run.json`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from curate.errors import VersionError
from curate.wording import some

SCHEMA_VERSION = 1
NAME = "manifest.json"
_LARGEST = 64 << 20  # bytes: that of a thousand sources and a hundred thousand files is smaller


def _inside(name: str) -> str:
    """A file of the version, and of nothing else: manifests come from strangers, and polars takes `*` for a pattern."""
    odd = set(name) & set("*?[]\\:") or any(part in ("", ".", "..") for part in name.split("/"))
    if odd or not name.isprintable():
        raise ValueError("not a path inside the version")
    return name


FileName = Annotated[str, AfterValidator(_inside)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileInfo(_Part):
    """A file of the version."""

    sha256: str
    bytes: int


class InputInfo(_Part):
    """A file or Hub data set that was read."""

    source: str
    name: str = Field(description="path as the recipe's pattern matched it, or hf://owner/name@commit")
    sha256: str | None = None
    bytes: int | None = None


class SplitInfo(_Part):
    """One split."""

    rows: int
    bytes: int = Field(description="text, uncompressed")
    files: list[FileName]


class SourceInfo(_Part):
    """What became of one source: rows_in + repeated = rows_out + dropped + quarantined."""

    adapter: str
    title: str
    url: str
    license: str = Field(description="the recipe's word, else the source's")
    origin: str
    models: list[str] = Field(default_factory=list, description="models that wrote text of it, as far as stated")
    rows_in: int
    quarantined: int
    dropped: int
    repeated: int
    rows_out: int
    settings: dict[str, Any] = Field(
        default_factory=dict, description="what the recipe says of it beside adapter, licence, origin and steps"
    )


class StageInfo(_Part):
    """What one step did."""

    label: str
    name: str
    settings: dict[str, Any]
    rows_in: dict[str, int] = Field(description="by source")
    dropped: dict[str, dict[str, int]] = Field(description="by source, then by 'rule: reason'")
    counts: dict[str, int]


class TermsInfo(_Part):
    """Rows of one source, split, licence and text origin in the dataset."""

    source: str
    split: str
    license: str
    origin: str
    rows: int


class ExpectationInfo(_Part):
    """One expectation of the recipe and what the build had."""

    what: str
    limit: str
    value: str
    ok: bool


class Manifest(_Part):
    """A dataset version."""

    schema_version: int = SCHEMA_VERSION
    name: str
    version: str
    description: str
    license: str | None = Field(description="as the recipe declares it")
    fingerprint: str = Field(description="sum modulo 2**128 of xxh3-128 over the rows, 32 hex digits")
    columns: dict[str, str]
    rows_in: int
    rows_out: int
    dropped: int
    quarantined: int
    repeated: int
    splits: dict[str, SplitInfo]
    sources: dict[str, SourceInfo]
    stages: list[StageInfo]
    terms: list[TermsInfo]
    expectations: list[ExpectationInfo] = Field(default_factory=list)
    inputs: list[InputInfo]
    warnings: list[str]
    recipe: str = Field(description="digest of the validated recipe")
    seed: int
    files: dict[FileName, FileInfo]
    attachments: dict[FileName, FileInfo] = Field(default_factory=dict, description="reports: outside the id")
    withheld: list[FileName] = Field(
        default_factory=list, description="files that stayed at home when it was published"
    )
    tool: dict[str, str] = Field(description="versions that the bytes depend on")


def write(manifest: Manifest, folder: Path) -> None:
    """Write `manifest.json`."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (folder / NAME).write_bytes(orjson.dumps(manifest.model_dump(), option=options))


def read(folder: Path) -> Manifest:
    """Read the manifest of a version folder.

    Raises:
        VersionError: there is none, it is damaged, or a newer curate wrote it.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise VersionError(f"{path} is larger than {_LARGEST >> 20} MiB, which no manifest is")
        stored = orjson.loads(data)
    except OSError as error:
        raise VersionError(f"{folder} is not a dataset version: {NAME} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise VersionError(f"{path} is damaged: {error}") from error
    found = stored.get("schema_version") if isinstance(stored, dict) else None
    if found != SCHEMA_VERSION:
        raise VersionError(
            f"{path} has schema_version {found!r}, this curate reads {SCHEMA_VERSION}; "
            "use the curate that wrote it or a newer one"
        )
    try:
        manifest = Manifest.model_validate(stored)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)]
        raise VersionError(f"{path} is damaged: {some(faults)}") from error
    if lost := [name for split in manifest.splits.values() for name in split.files if name not in manifest.files]:
        raise VersionError(f"{path} is damaged: splits name files that `files` does not have: {some(lost)}")
    return manifest
