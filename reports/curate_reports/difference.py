"""What a version has that an earlier one has not, and the other way round."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curate import manifest as manifests
from curate.hashing import hash64
from curate.manifest import Manifest
from curate_reports.rows import collect, files, layout, scan
from curate_reports.share import part

_CONTENT = "content"
_LINES = 400


@dataclass(frozen=True)
class Shift:
    """What became of a source between two versions.

    Args:
        source: in the recipe.
        before: records in the earlier version.
        after: records in the later one.
        added: only in the later one.
        removed: only in the earlier one.
        changed: in both, with another text.
        share_before: of the earlier version, 0-1.
        share_after: of the later one.
        median_before: characters of a record.
        median_after: characters of a record.
    """

    source: str
    before: int
    after: int
    added: int
    removed: int
    changed: int
    share_before: float
    share_after: float
    median_before: int
    median_after: int


@dataclass(frozen=True)
class Difference:
    """Two versions compared.

    Args:
        old: `NAME@ID` of the earlier one.
        new: of the later one.
        total: all records; its source is `total`.
        sources: those of the later one in its recipe's order, then those that are gone.
        recipe: lines of both recipes as a unified diff; empty where they are equal or one is missing.
    """

    old: str
    new: str
    total: Shift
    sources: tuple[Shift, ...]
    recipe: tuple[str, ...]


def difference(old: Path, new: Path) -> Difference:
    """Compare two versions by the ids of their records.

    Args:
        old: folder of the earlier version.
        new: folder of the later one.

    Raises:
        VersionError: one is none, or is damaged.
    """
    told = [manifests.read(folder) for folder in (old, new)]
    before, after = (_records(folder, manifest) for folder, manifest in zip((old, new), told, strict=True))
    kept = before.join(after, on="id", suffix="_after")
    changed = kept.filter(pl.col(_CONTENT) != pl.col(f"{_CONTENT}_after")).group_by("source_after").len()
    frames = {
        "before": before.group_by("source").agg(pl.len(), pl.col("length").quantile(0.5, "higher")),
        "after": after.group_by("source").agg(pl.len(), pl.col("length").quantile(0.5, "higher")),
        "added": after.join(before, on="id", how="anti").group_by("source").len(),
        "removed": before.join(after, on="id", how="anti").group_by("source").len(),
        "changed": changed,
    }
    counts = {name: {row[0]: row[1:] for row in frame.iter_rows()} for name, frame in frames.items()}
    sources = dict.fromkeys([*told[1].sources, *told[0].sources])
    shifts = tuple(_shift(name, counts, before.height, after.height) for name in sources)
    names = [f"{one.name}@{one.version}" for one in told]
    return Difference(names[0], names[1], _total(shifts, before, after), shifts, _recipes(old, new))


def _records(folder: Path, manifest: Manifest) -> pl.DataFrame:
    """Id, source, hash of the text and its characters."""
    if not files(manifest):
        return pl.DataFrame(schema={"id": pl.String, "source": pl.String, _CONTENT: pl.UInt64, "length": pl.UInt32})
    form = layout(manifest)
    text = pl.concat_str(list(form.parts.values()), separator="\x1f")
    told = {_CONTENT: hash64(text), "length": text.str.len_chars() - (len(form.parts) - 1)}
    return collect(scan(folder, files(manifest)).select("id", "source", **told), folder)


def _shift(name: str, counts: dict[str, dict[str, tuple[int, ...]]], before: int, after: int) -> Shift:
    was, now = (counts[when].get(name, (0, 0)) for when in ("before", "after"))
    moved = [counts[what].get(name, (0,))[0] for what in ("added", "removed", "changed")]
    added, removed, changed = moved
    mix = part(was[0], before), part(now[0], after)
    return Shift(name, was[0], now[0], added, removed, changed, *mix, int(was[1]), int(now[1]))


def _total(shifts: tuple[Shift, ...], before: pl.DataFrame, after: pl.DataFrame) -> Shift:
    sums = [sum(getattr(one, what) for one in shifts) for what in ("before", "after", "added", "removed", "changed")]
    medians = [int(frame["length"].quantile(0.5, "higher") or 0) for frame in (before, after)]
    whole = float(bool(sums[0])), float(bool(sums[1]))
    return Shift("total", sums[0], sums[1], sums[2], sums[3], sums[4], *whole, medians[0], medians[1])


def _recipes(old: Path, new: Path) -> tuple[str, ...]:
    paths = [folder / "recipe.yaml" for folder in (old, new)]
    if not all(path.is_file() for path in paths):
        return ()
    before, after = (path.read_text(encoding="utf-8").splitlines() for path in paths)
    lines = list(difflib.unified_diff(before, after, "before", "after", n=2, lineterm=""))[2:]
    rest = (f"… {len(lines) - _LINES:,} more lines",) if len(lines) > _LINES else ()
    return (*lines[:_LINES], *rest)
