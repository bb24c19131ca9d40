"""The Stage protocol: what a step of a recipe promises.

A stage never touches the text of the records that it keeps: it names the rows to drop, each with its evidence, and
may add or
replace columns. The engine keeps the units as they are, adds what stages say, and so can account for every record.

Three shapes:

RecordStage   looks at one record at a time: filter, transform, format. Pure function of a frame, in any order,
anywhere.
GlobalStage   looks at all records: dedup, sample, split. `keys` makes a narrow row a record, `decide` sees only those.
Setting       what the recipe says, validated: a pydantic model a stage.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from curate.room import Room

# Evidence of a drop. `at` is the row's place in its unit (UInt32), copied from the frame's own `at` column.
DROP: dict[str, pl.DataType] = {
    "at": pl.UInt32(),
    "rule": pl.String(),  # which rule of the stage: words, language, exact, max_per_task
    "reason": pl.String(),  # in words: "too long", "language de"
    "value": pl.String(),  # what was measured
    "limit": pl.String(),  # what is allowed
    "twin": pl.String(),  # id of the record that stays instead
    "similarity": pl.Float64(),  # to the twin, 0-1
    "rank": pl.Float64(),  # the hashed rank, 0-1, and
    "cutoff": pl.Float64(),  # the highest rank that stays
}


class Settings(BaseModel):
    """What a recipe says of one step. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Place:
    """Where a step stands.

    Args:
        label: place and name, unique in the recipe: `1.filter.words`, `ni.0.sample`.
        seed: the recipe's seed.
        sources: names of the sources whose records arrive, in the recipe's order (source priority).
        format: the settings of the recipe's format, for stages that measure what the trainer will read; a stage that
            looks at it names it in its key.
    """

    label: str
    seed: int
    sources: tuple[str, ...] = ()
    format: BaseModel | None = None


@dataclass(frozen=True)
class Outcome:
    """What a stage says of one frame.

    Args:
        drops: rows to drop, with the columns of DROP (missing ones are null).
        columns: new or replaced columns, with `at`; rows that are not named keep null (new) or their old value
            (replaced).
        counts: numbers for the manifest and the report, summed over units (how many prompts had an empty key, say).
        tables: of a global stage: what the version keeps beside the data, by name (`predictions`, `tasks`).
        notes: evidence about rows that stay, with the columns of DROP; a row may have several. Those of records that
            are in the dataset at the end stand in the version's `ledger/notes.parquet`. Record stages only.
    """

    drops: pl.DataFrame | None = None
    columns: pl.DataFrame | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    notes: pl.DataFrame | None = None


@dataclass(frozen=True)
class Desk:
    """What a stage that decides in the driver's process works with.

    Args:
        read: columns of a unit, by its number: `at` and those of the names that it has, alive rows only.
        folder: of the cache, for what must outlive the build (a model's answers).
        report: called with done, total and a few words about the speed.
    """

    read: Callable[[int, Sequence[str]], pl.DataFrame]
    folder: Path
    report: Callable[[int, int, str], None]


@dataclass(frozen=True)
class Reference:
    """Records beside the mix that a stage holds the mix against: evaluation sets, an earlier dataset.

    Args:
        adapter: the source adapter that reads them.
        options: the adapter's options.
        path: files or patterns, as in a recipe's source.
        hub: or a Hub data set.
        split: of a Hub data set.
        config: of a Hub data set.
        columns: what the stage wants to see of them.
    """

    adapter: str
    options: BaseModel
    path: tuple[str, ...]
    hub: str | None
    split: str | None
    config: str | None
    columns: frozenset[str]


@dataclass(frozen=True)
class Earlier:
    """Records beside the mix that a stage holds the mix against: those of a finished version.

    Args:
        version: its folder, `NAME` (its latest) or `NAME@PREFIX`.
        split: only this one.
        columns: which canonical columns the stage wants of its records.
    """

    version: str
    split: str | None
    columns: frozenset[str]


# Frames as files, by name: those that were kept under this key (anything JSON-like), else what is made now and kept.
Keep = Callable[[object, Callable[[], Mapping[str, pl.DataFrame]]], Mapping[str, Path]]


class Stage(ABC):
    """What every stage has. Subclasses are frozen in spirit: state is returned, never kept.

    Attributes:
        name: as the recipe writes it.
        version: part of every cache key; raise it when the same input gives another result.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    heavy: bool = False  # holds the interpreter's lock for most of its work: threads do not help it, processes do
    random: ClassVar[bool] = False  # uses hashed ranks: its result depends on the seed and on its label too
    Settings: ClassVar[type[BaseModel]]

    def __init__(self, settings: Any, place: Place) -> None:  # noqa: ANN401 - each stage knows its own settings' type
        self.settings = settings
        self.place = place

    @property
    @abstractmethod
    def reads(self) -> frozenset[str]:
        """Columns of the record that the stage reads; `at` always comes with them."""

    def lacks(self) -> str | None:
        """A setting that the recipe may say but that this version cannot carry out; None where there is none."""
        return None

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:  # noqa: ARG004 - most stages have nothing to warn of
        """What a careful reader of the stage's counts would ask about, in one sentence; None where there is nothing.

        Args:
            counts: of the whole step (`Outcome.counts`, summed).
        """
        return None

    @staticmethod
    def data_columns(settings: Any) -> dict[str, pl.DataType]:  # noqa: ANN401, ARG004 - each stage knows its own
        """Columns that the stage adds to the records and that stand in a finished version's data, after all others."""
        return {}

    def pin(self, base: Path, folder: Path, held: Mapping[str, Any]) -> Self:  # noqa: ARG002 - most stages name nothing
        """The stage with what its settings name outside the recipe pinned down: `key` and `resolved` tell of it then.

        Args:
            base: the folder that relative paths start from.
            folder: of the cache.
            held: what the lock beside the recipe says of this step (`resolved` of the build that wrote it).
        """
        return self

    def references(self) -> Mapping[str, Reference | Earlier]:
        """Records beside the mix that the stage needs, by name; none for most stages."""
        return {}

    def models(self) -> dict[str, str]:
        """Embedding models that the stage loads: as the recipe names them, by a name of the stage's own."""
        return {}

    def with_models(self, located: Mapping[str, Any]) -> Self:
        """The stage with its models at hand.

        Args:
            located: `curate.embedding.Located`, by name: folder and digest. The digest belongs into the stage's key.
        """
        raise TypeError(f"{type(self).__name__} has no place for models ({', '.join(located)})")

    def prepare(self, held: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """What the stage makes of its references, once, before any unit is looked at.

        Args:
            held: the references' columns, by name.

        Returns:
            Frames, which are stored and given back to `bind` as files.
        """
        raise TypeError(f"{type(self).__name__} names references ({', '.join(held)}) and prepares nothing of them")

    def prepare_key(self) -> dict[str, Any]:
        """What `prepare` depends on besides the references."""
        return self.key()

    def bind(self, parts: Mapping[str, Path], key: str) -> Self:
        """The stage with what it prepared at hand.

        Args:
            parts: the files by name.
            key: the digest of what they depend on: a part of the bound stage's own key.
        """
        raise TypeError(f"{type(self).__name__} has no place for {', '.join(parts)} ({key})")

    def resolved(self) -> dict[str, Any]:
        """What names in the settings stand for now: a tokenizer's digest, a model's revision. The lock holds them.

        A name that another machine or day may resolve otherwise belongs here, as plain data: `--locked` refuses to
        build where it is not what it was.
        """
        return {}

    def key(self) -> dict[str, Any]:
        """What the result depends on besides the records: goes into the cache key."""
        return {"stage": self.name, "version": self.version, "settings": self.settings.model_dump(mode="json")}


class RecordStage(Stage):
    """A stage that looks at one record at a time."""

    @abstractmethod
    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Judge the rows of a frame.

        Args:
            frame: `reads` and `at`.

        Returns:
            The outcome; for the same row always the same, whatever other rows are in the frame.
        """


class GlobalStage(Stage):
    """A stage whose decision needs all records, taken on narrow keys."""

    def key(self) -> dict[str, Any]:
        """As for any stage; hashed ranks depend on label and seed too, priorities on the order of the sources."""
        place = {"label": self.place.label, "seed": self.place.seed, "sources": self.place.sources}
        return {**super().key(), "place": place}

    # The integer column of the keys in which equal values must be decided on together; None: all records together.
    by: ClassVar[str | None] = None

    # Bytes that a row takes while it is decided on: how many buckets there are, and what needs too much memory.
    weight: ClassVar[int] = 400

    # Whether `decide_at` decides, once, in the driver's process: for work that may not be done twice, by a model or a
    # service.
    drives: ClassVar[bool] = False

    @property
    def from_files(self) -> bool:
        """Whether `decide_files` decides: for stages that look up more than narrow rows hold."""
        return False

    def keys_key(self) -> dict[str, Any]:
        """What the keys depend on: at most `key`. Settings that only the decision reads may be left out."""
        return self.key()

    @abstractmethod
    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Make one narrow row a record: `at`, `order` (`curate.hashing.order64`) and what `decide` needs."""

    @abstractmethod
    def decide(self, keys: pl.DataFrame) -> Outcome:
        """Decide on the narrow rows.

        Args:
            keys: what `keys` made, of all units, with `unit` (UInt32) beside `at`. The order of rows carries no
                meaning.

        Returns:
            Drops and columns with `unit` and `at`. `twin_unit` and `twin_at` in the drops name the record that stays;
            the engine
            turns them into its id. A `twin` that is there already is left as it is.
        """

    def decide_files(self, files: Sequence[Path], keep: Keep, room: Room) -> Outcome:  # noqa: ARG002
        """Decide with the files of the keys at hand; only asked where `from_files` says so.

        Args:
            files: one a unit; a file's name stands for its content.
            keep: holds what is dear to make and outlives a change of the settings.
            room: how much memory the decision may take; the outcome is the same.
        """
        raise TypeError(f"{type(self).__name__} decides on frames, not on {len(files)} files")

    def decide_at(self, keys: pl.DataFrame, desk: Desk) -> Outcome:
        """Decide in the driver's process; only asked where `drives` says so.

        Args:
            keys: as for `decide`.
            desk: texts of the few records that the decision needs, a folder, and progress.
        """
        raise TypeError(f"{type(self).__name__} does not decide on {keys.height} keys with {desk.folder}")


def drops(frame: pl.DataFrame, mask: pl.Expr, **evidence: pl.Expr | str | float) -> pl.DataFrame:
    """The drops of the rows where `mask` holds.

    Args:
        frame: has `at` and, for a global stage, `unit`.
        mask: true where the row goes; null counts as false.
        **evidence: columns of DROP as expressions on the frame, or constants.
    """
    places = [name for name in ("unit", "at") if name in frame.columns]
    given = []
    for name, what in evidence.items():
        expression = what if isinstance(what, pl.Expr) else pl.lit(what)
        given.append(expression.cast(DROP[name]).alias(name) if name in DROP else expression.alias(name))
    return frame.filter(mask.fill_null(value=False)).select(*places, *given)


def merge_drops(parts: list[pl.DataFrame]) -> pl.DataFrame | None:
    """One frame of drops in which each row stands once: the first rule that hits it is the one that counts."""
    parts = [part for part in parts if part.height]
    if not parts:
        return None
    return pl.concat(parts, how="diagonal").unique(subset="at", keep="first", maintain_order=True)
