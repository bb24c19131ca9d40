"""The Source protocol: how somebody's rows become canonical examples.

A source is one module with a class `Adapter(Source)`. It says where its data comes from, which keys of a row it reads
and of
which type, and turns a frame of such rows into a frame of canonical columns. Reading files, decompressing, checking
types, ids,
quarantine and the Hub are the engine's work, the same for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict

from curate.license import canonical as license_name  # for adapters whose rows spell licences freely
from curate.text import (
    normalised as normal_form,
)  # for adapters that make groups: the form in which prompts are compared

__all__ = [
    "FAULT",
    "JSON",
    "SCALAR",
    "About",
    "Document",
    "Options",
    "RowType",
    "Source",
    "license_name",
    "normal_form",
]

# Row types beside polars' own. A SCALAR is text or a number or a boolean and arrives as text ("51.0", "true"); JSON
# is anything
# and arrives as its JSON text.
SCALAR = "scalar"
JSON = "json"
RowType = pl.DataType | str

# The column in which a source says why a row cannot become an example; null where it can.
FAULT = "fault"


class Options(BaseModel):
    """A source's own options, as keys beside `path` in the recipe."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class About:
    """Where a source's data comes from, and on which terms.

    Args:
        title: what the data set is called.
        url: its home.
        hub: `owner/name` on the Hugging Face Hub, where it lies there.
        revision: the commit that the adapter was written against.
        license: SPDX id where one exists, else the licence's name; `unknown` where none is stated.
        origin: who wrote the text: human, model, mixed or unknown.
        languages: ISO 639-1 codes.
        citation: the paper, as a link.
        models: language models that wrote text of it, by name.
    """

    title: str
    url: str
    license: str
    origin: str
    hub: str | None = None
    revision: str | None = None
    languages: tuple[str, ...] = ("en",)
    citation: str | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """What a whole JSON file holds: its rows, and what is the same for all of them (added as columns)."""

    rows: Sequence[object]
    constants: Mapping[str, Any] = field(default_factory=dict)


class Source(ABC):
    """An adapter. Subclasses are called `Adapter`, one a module; the module's name is the source's name.

    Attributes:
        about: origin and terms.
        Options: the pydantic model of the recipe's extra keys.
        row: the keys that are read from a row, each with the type it must have: a polars type, SCALAR or JSON. A key
            that a row
            lacks is null. None: every key, with the types found.
        required: keys without which a row is a fault.
        header: the columns, in order, of CSV files that have no header row. A first row with as many cells, none of
            which is a required key in any case, is then taken for data.
        formats: file formats it reads (`json`, `jsonl`, `csv`, `tsv`, `parquet`, `arrow`, `text`); the engine looks
            at suffix
            and content. A `text` file is one row with the column `text`.
    """

    about: ClassVar[About]
    Options: ClassVar[type[Options]] = Options
    row: ClassVar[Mapping[str, RowType] | None]
    required: ClassVar[frozenset[str]] = frozenset()
    header: ClassVar[tuple[str, ...]] = ()
    formats: ClassVar[tuple[str, ...]] = ("json", "jsonl", "csv", "tsv", "parquet", "arrow")
    folders: ClassVar[bool] = False  # a matched folder is one data set, which `datasets` loads
    version: ClassVar[int] = 1  # raise it when the same row gives another example: cached units are then made again

    def __init__(self, options: BaseModel | None = None) -> None:
        self.options: Any = options if options is not None else self.Options()

    def wants(self, path: PurePath) -> bool:  # noqa: ARG002
        """Whether a matched file belongs to the selection that the options make (by task number, say)."""
        return True

    def unpack(self, document: object) -> Document:
        """The rows of a parsed JSON file: the list itself, or the only list of objects in a mapping.

        Raises:
            ValueError: the document holds no list of rows; the message says what it holds.
        """
        if isinstance(document, list):
            return Document(document)
        if isinstance(document, dict):
            lists = {key: value for key, value in document.items() if isinstance(value, list)}
            if len(lists) == 1:
                return Document(next(iter(lists.values())))
            found = ", ".join(map(repr, list(document)[:8])) or "no keys"
            raise ValueError(f"expected a list of rows, found an object with {found}")
        raise ValueError(f"expected a list of rows, found {type(document).__name__}")

    @abstractmethod
    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn rows into examples: pure, columnar, one example a row, in the rows' order.

        Args:
            rows: the columns of `row`, then `file` (String: the path as the recipe's glob matched it), and what
                `unpack` named
                as constants.

        Returns:
            Any of the canonical content columns (`curate.example.CONTENT`), and optionally FAULT: a reason (String)
            for each
            row that cannot become an example, null for the others.
        """
