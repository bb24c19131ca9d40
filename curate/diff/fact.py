"""The facts of a difference: plain frozen data, which every view takes them from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Side:
    """One of the two versions.

    Args:
        name: the dataset's name.
        version: its id.
        rows: records in it.
    """

    name: str
    version: str
    rows: int


@dataclass(frozen=True)
class Setting:
    """One setting that is not what it was; None where it was not said."""

    key: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Change:
    """One thing that was done to the recipe, its inputs or the tools.

    Args:
        number: its place in `Diff.changes`; groups name their causes by it.
        kind: `setting`, `step added`, `step removed`, `step moved`, `source added`, `source removed`, `source`,
            `order`, `input`, `reference`, `seed`, `template`, `limit` or `package`.
        place: what it happened to: a step's label (`5.dedup`, in both versions if it shifted), a source, a package.
        text: in one line what changed: `5.dedup: threshold 0.8 → 0.7`.
        settings: which settings changed, for kinds that have them.
        direct: records that are added, removed or changed because of this at its own place.
        consequence: records that are so because of what this led to at a later step.
    """

    number: int
    kind: str
    place: str
    text: str
    settings: tuple[Setting, ...] = ()
    direct: int = 0
    consequence: int = 0

    @property
    def effect(self) -> str:
        """What came of it, in words: `1,200 direct, 30 as a consequence`."""
        told = ((self.direct, "direct"), (self.consequence, "as a consequence"))
        return ", ".join(f"{rows:,} {how}" for rows, how in told if rows) or "no record differs because of it"


@dataclass(frozen=True)
class Group:
    """Records that differ for the same cause.

    Args:
        kind: `added`, `removed` or `changed`.
        causes: numbers of the changes that together are the cause; empty where nothing that the versions record
            explains it.
        via: the step at which it shows, where that is not the place of the cause: the record differs there as a
            consequence. None for a direct effect.
        text: the cause in one line.
        what: of a `changed` group, the columns that differ (`split` for a record that moved to another side,
            `id` for one whose other text made it another record to the ledger).
        records: how many.
        sources: how many of each source.
        examples: the least ids, at most 3.
    """

    kind: str
    causes: tuple[int, ...]
    via: str | None
    text: str
    what: tuple[str, ...]
    records: int
    sources: dict[str, int]
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Shift:
    """A part of the mix, before and after.

    Args:
        of: what is counted: `source`, `split`, `license`, `origin`, `task` or `language`.
        name: which.
        old: rows (of the sample, for languages), and
        new: likewise.
        old_share: of all rows, 0-1, and
        new_share: likewise.
    """

    of: str
    name: str
    old: int
    new: int
    old_share: float
    new_share: float


@dataclass(frozen=True)
class Length:
    """Characters of a column in the sample: the least length that so many percent of the records do not exceed."""

    column: str
    percent: int
    old: int | None
    new: int | None


@dataclass(frozen=True)
class Diff:
    """What differs between two versions, and why.

    Args:
        old: the version before.
        new: the version after.
        same: whether the two hold the same rows (equal fingerprints).
        added: records only the new one has.
        removed: records only the old one has.
        changed: records that both have, with another content or on another side of the split; an edited input
            (same source and prompt, other id) counts as one changed record.
        unchanged: records that are the same in both.
        changes: everything that differs in recipe, inputs and tools, in the order in which it takes effect.
        groups: the records by cause, the largest first.
        shifts: of the mix, the largest first within each `of`.
        lengths: quantiles of the sample.
        sampled: records of each version's sample: the least ids, so always the same ones.
        records: a row a record: `kind`, `id`, `old_id` (of an edited one), `source`, `group` (its place in `groups`).
    """

    old: Side
    new: Side
    same: bool
    added: int
    removed: int
    changed: int
    unchanged: int
    changes: list[Change]
    groups: list[Group]
    shifts: list[Shift]
    lengths: list[Length]
    sampled: tuple[int, int]
    records: pl.DataFrame = field(repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        """All but the single records, as one JSON object."""
        # Not asdict of the whole: it would copy the records.
        told = {name: value for name, value in vars(self).items() if name != "records"}
        plain = {name: asdict(value) if isinstance(value, Side) else value for name, value in told.items()}
        lists = {name: [asdict(one) for one in value] for name, value in plain.items() if isinstance(value, list)}
        return {"schema_version": SCHEMA_VERSION, **plain, **lists}
