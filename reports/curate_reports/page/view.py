"""All that a page shows, as plain frozen data: put together here, drawn by the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from curate.manifest import Manifest
from curate_reports import facts as fact
from curate_reports.facts import Facts
from curate_reports.page import browser, difficulty, overlap, palette, river, size, twin
from curate_reports.page.browser import SAMPLES
from curate_reports.page.difficulty import Difficulty
from curate_reports.page.overlap import Overlap
from curate_reports.page.river import River
from curate_reports.page.size import Size
from curate_reports.page.treemap import Tile
from curate_reports.page.twin import Twin
from curate_reports.reading import read
from curate_reports.rows import SPLIT

if TYPE_CHECKING:
    from curate_reports.difference import Difference
    from curate_reports.page.group import Shown

# Records whose languages and openings are told: a share is known to within two of a hundred.
SIZE = 500
_RECIPE = 64_000
_TILES = 40


@dataclass(frozen=True)
class Options:
    """What a page is to show beside the version itself.

    Args:
        samples: kept records to read, and as many dropped ones.
        against: folder of an earlier version.
        tokenizer: measures in its tokens; characters unless told.
        limit: the longest record that the model takes, in tokens.
    """

    samples: int = SAMPLES
    against: Path | None = None
    tokenizer: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class View:
    """A version as a page shows it.

    Args:
        facts: what every report shows.
        manifest: of the version.
        colours: of the sources.
        river: where records went.
        short_river: the same with fewer gates, for less room.
        tiles: of the mix.
        size: how much text.
        budget: tokens that the mixture has and may have, where the recipe gives it a budget.
        difficulty: tasks by score; None without scores.
        cap: records that the recipe leaves of a task, if it says so.
        overlap: with evaluation sets; None where the recipe looks for none.
        clusters: of duplicates, by their size.
        twins: duplicates beside what stayed.
        terms: records by source, licence and origin.
        difference: to an earlier version; None where none was named.
        groups: of records that differ from it, by cause, with some to read.
        recipe: its text; empty for a version that came without.
        records: to read.
        left_out: records for which there was no room.
        options: that the page was made with.
    """

    facts: Facts
    manifest: Manifest
    colours: dict[str, int]
    river: River
    short_river: River
    tiles: tuple[Tile, ...]
    size: Size
    budget: tuple[int, int] | None
    difficulty: Difficulty | None
    cap: int | None
    overlap: Overlap | None
    clusters: tuple[tuple[str, int], ...]
    twins: tuple[Twin, ...]
    terms: tuple[tuple[str, str, str, int], ...]
    difference: Difference | None
    groups: tuple[Shown, ...]
    recipe: str
    records: tuple[dict[str, Any], ...]
    left_out: int
    options: Options


def view(folder: Path, options: Options = Options()) -> View:
    """Read a version and compute what its page shows.

    Args:
        folder: of a finished version.
        options: what to show.

    Raises:
        VersionError: it is none, or it is damaged.
        CurateError: the tokenizer cannot be had.
    """
    reading = read(
        folder, ("characters",), SIZE, columns=_shown, more=lambda narrow: browser.chosen(narrow, options.samples)
    )
    manifest, narrow = reading.manifest, reading.narrow
    told = fact.told(reading)
    colours = palette.colours(told.sources)
    records, left_out = browser.records(reading, options.samples)
    compared, groups = _compared(options, folder)
    return View(
        told,
        manifest,
        colours,
        river.river(manifest, told.steps, colours),
        river.river(manifest, told.steps, colours, river.FEWER),
        _tiles(told, narrow, colours),
        size.size(reading, options.tokenizer, options.limit),
        size.budget(manifest),
        difficulty.difficulty(folder, manifest, narrow, colours),
        difficulty.cap(manifest),
        overlap.overlap(manifest),
        twin.sizes(folder, manifest),
        twin.twins(folder, manifest),
        _terms(manifest),
        compared,
        groups,
        _text(folder / "recipe.yaml"),
        tuple(_headed(one, reading.bodies) for one in records),
        left_out,
        options,
    )


def _compared(options: Options, folder: Path) -> tuple[Difference | None, tuple[Shown, ...]]:
    if options.against is None:
        return None, ()
    from curate_reports.difference import difference  # noqa: PLC0415 - a build's own page needs none of it
    from curate_reports.page.group import SAMPLES as OF_EACH  # noqa: PLC0415
    from curate_reports.page.group import groups  # noqa: PLC0415

    compared = difference(options.against, folder)
    return compared, groups(compared.found, options.against, folder, min(options.samples, OF_EACH))


def _shown(column: str) -> bool:
    """Whether a column of `data/` is shown; the others would only cost time."""
    return column not in {"group", "meta", "references", SPLIT}


def _tiles(told: Facts, narrow: pl.DataFrame, colours: Mapping[str, int]) -> tuple[Tile, ...]:
    """The sources, or the tasks of the only one."""
    if len([one for one in told.sources if one.rows_out]) > 1:
        return tuple(Tile(one.name, one.rows_out, colours[one.name]) for one in told.sources)
    counts = narrow.group_by("task").len("rows").drop_nulls("task").sort("rows", "task", descending=[True, False])
    tiles = [Tile(task, rows, place % 8) for place, (task, rows) in enumerate(counts.head(_TILES).iter_rows())]
    rest = narrow.height - sum(one.rows for one in tiles)
    if not tiles:
        return tuple(Tile(one.name, one.rows_out, 0) for one in told.sources)
    return (*tiles, *([Tile("other", rest, 8)] if rest else []))


def _terms(manifest: Manifest) -> tuple[tuple[str, str, str, int], ...]:
    """Records by source, licence and origin, of all splits together, in the recipe's order."""
    counts = Counter[tuple[str, str, str]]()
    for one in manifest.terms:
        counts[one.source, one.license, one.origin] += one.rows
    places = {name: place for place, name in enumerate(manifest.sources)}
    ranked = sorted(counts.items(), key=lambda item: (places.get(item[0][0], 0), -item[1], item[0]))
    return tuple((*key, rows) for key, rows in ranked)


def _headed(record: dict[str, Any], bodies: Mapping[str, str]) -> dict[str, Any]:
    """A record with the beginning of what was asked, which the template hides."""
    text = bodies.get(record["id"]) if record["outcome"] == "kept" else None
    return {**record, "head": (text or record["fields"][0][1])[:140]} if record["fields"] else {**record, "head": ""}


def _text(path: Path) -> str:
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    return text if len(text) <= _RECIPE else f"{text[:_RECIPE]}\n# … cut after {_RECIPE:,} characters"
