"""What differs between two versions and why, as every report shows it. `curate.diff` finds it."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.diff import Diff, diff
from curate_reports.share import part

_LINES = 400


@dataclass(frozen=True)
class Balance:
    """What became of a source between two versions.

    Args:
        source: in the recipe.
        before: records in the earlier version.
        now: records in the later one.
        added: only in the later one.
        removed: only in the earlier one.
        changed: in both, and not the same.
        share_before: of the earlier version, 0-1.
        share_now: of the later one.
    """

    source: str
    before: int
    now: int
    added: int
    removed: int
    changed: int
    share_before: float
    share_now: float


@dataclass(frozen=True)
class Difference:
    """Two versions compared.

    Args:
        found: what differs, by cause.
        sources: the balance of each, those that shifted most first.
        total: all records; its source is `total`.
        recipe: lines of both recipes as a unified diff; empty where they are equal or one is missing.
    """

    found: Diff
    sources: tuple[Balance, ...]
    total: Balance
    recipe: tuple[str, ...]

    @property
    def names(self) -> tuple[str, str]:
        """`NAME@ID` of both versions, as people find them."""
        old, new = self.found.old, self.found.new
        return f"{old.name}@{old.version}", f"{new.name}@{new.version}"

    def as_json(self) -> dict[str, Any]:
        """The difference as one JSON object: what `curate diff --json` prints."""
        return self.found.as_json()


def difference(old: Path, new: Path) -> Difference:
    """Compare two versions.

    Args:
        old: folder of the earlier version.
        new: folder of the later one.

    Raises:
        VersionError: one is none, or is damaged.
    """
    return balanced(diff(old, new), old, new)


def balanced(found: Diff, old: Path, new: Path) -> Difference:
    """A difference with its balance by source.

    Args:
        found: what differs between the two.
        old: folder of the earlier version.
        new: folder of the later one.
    """
    counts = {kind: Counter[str]() for kind in ("added", "removed", "changed")}
    for group in found.groups:
        counts[group.kind].update(group.sources)
    added, removed, changed = counts.values()
    sources = tuple(
        Balance(
            one.name,
            one.old,
            one.new,
            added[one.name],
            removed[one.name],
            changed[one.name],
            one.old_share,
            one.new_share,
        )
        for one in found.shifts
        if one.of == "source"
    )
    before, now = found.old.rows, found.new.rows
    whole = part(before, before), part(now, now)
    total = Balance("total", before, now, found.added, found.removed, found.changed, *whole)
    return Difference(found, sources, total, _recipes(old, new))


def _recipes(old: Path, new: Path) -> tuple[str, ...]:
    paths = [folder / "recipe.yaml" for folder in (old, new)]
    if not all(path.is_file() for path in paths):
        return ()
    before, after = (path.read_text(encoding="utf-8").splitlines() for path in paths)
    lines = list(difflib.unified_diff(before, after, "before", "after", n=2, lineterm=""))[2:]
    rest = (f"… {len(lines) - _LINES:,} more lines",) if len(lines) > _LINES else ()
    return (*lines[:_LINES], *rest)
