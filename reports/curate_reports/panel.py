"""Sections of the terminal report on what is in the dataset: mix, lengths, languages, terms, repeats, duplicates."""

from __future__ import annotations

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from curate_reports.cluster import Cluster
from curate_reports.facts import Facts
from curate_reports.histogram import axis, bar, columns, merged
from curate_reports.length import Length
from curate_reports.share import Share, part, percent
from curate_reports.style import BAR, FAINT, NARROW, WIDE, number, plain, section, table, words
from curate_reports.visible import clipped, visible

_TASKS = 8
_TERMS = 6
_CLUSTERS = 5
_HEIGHT = 4


def mix(facts: Facts, width: int) -> RenderableType | None:
    """The largest tasks."""
    found = facts.tasks
    if not found.count:
        return None
    room = 20 if width >= NARROW else 10
    made = table(["task", "records", "of the mix", ""])
    made.columns[0].max_width = width - 34 - room
    made.columns[3].justify = "left"
    shown = found.top[:_TASKS]
    for one in shown:
        made.add_row(words(one.name), number(one.rows), percent(one.share), Text(bar(one.share, room), BAR))
    if found.count > len(shown):
        rest = facts.rows_out - found.untasked - sum(one.rows for one in shown)
        others = f"{found.count - len(shown):,} others"
        made.add_row(Text(others, FAINT), number(rest), percent(part(rest, facts.rows_out)), "")
    if found.untasked:
        made.add_row(Text("no task", FAINT), number(found.untasked), percent(part(found.untasked, facts.rows_out)), "")
    note = f"{found.count:,} in all, median {found.median:,} records" if found.count > 1 else ""
    return section("Tasks", made, note=note)


def lengths(facts: Facts, width: int) -> RenderableType | None:
    """Quantiles of all lengths, and a histogram of the words."""
    if not facts.lengths:
        return None
    made = table(["", "", "p5", "median", "p95", "max", "total"], left=2)
    if width >= NARROW:
        made.add_column("shape", no_wrap=True)
    for one in facts.lengths:
        values = [number(value) for value in (one.p5, one.p50, one.p95, one.highest, one.total)]
        shape = [Text(columns([each.rows for each in merged(one.bins, 24)])[0], BAR)] if width >= NARROW else []
        made.add_row(one.part if one.unit == "words" else "", plain(one.unit, FAINT), *values, *shape)
    drawn = [_histogram(one, width // 2 - 4 if width >= WIDE else width - 4) for one in facts.lengths if one.unit == "words"]
    return section("Lengths", made, "", _beside(drawn, width))


def _histogram(length: Length, room: int) -> RenderableType:
    bins = merged(length.bins, room)
    lines = [Text(line, BAR) for line in columns([one.rows for one in bins], _HEIGHT)]
    return Group(*lines, Text(axis(bins), FAINT), Text(f"words a {length.part}, bins that grow", FAINT))


def _beside(parts: Sequence[RenderableType], width: int) -> RenderableType:
    """Side by side where there is room, else below each other."""
    if width < WIDE or len(parts) < 2:
        return Group(*(line for one in parts for line in (one, "")))
    grid = Table.grid(padding=(0, 4, 0, 0))
    grid.add_row(*parts)
    return grid


def terms(facts: Facts, width: int) -> RenderableType | None:
    """Languages, licences, origins."""
    looked = "all" if facts.sample.rows == facts.sample.of else f"a sample of {facts.sample.rows:,}"
    parts = [
        _shares(f"languages of {looked}", facts.sample.languages),
        _shares("licences", facts.licenses),
        _shares("written by", facts.origins),
    ]
    shown = [one for one in parts if one is not None]
    if not shown:
        return None
    return section("Languages, licences, origins", Columns(shown, padding=(0, 4)), note="und: too little text to tell")


def _shares(head: str, found: Sequence[Share]) -> Table | None:
    if not found:
        return None
    made = table([head, "", ""])
    made.columns[0].max_width = 24
    for one in found[:_TERMS]:
        made.add_row(words(one.name), number(one.rows), percent(one.share))
    if len(found) > _TERMS:
        rest = found[_TERMS:]
        made.add_row(Text(f"{len(rest)} others", FAINT), number(sum(one.rows for one in rest)), "")
    return made


def frequent(facts: Facts, width: int) -> RenderableType | None:
    """What many records have in common: the beginning of the prompt, the whole output."""
    room = width - 24
    made = table(["", "", ""], left=0)
    made.columns[2].justify = "left"
    for one in facts.sample.openings:
        made.add_row(percent(one.share), plain("prompts begin", FAINT), _quoted(one.name + "…", room))
    for output in facts.outputs[:3]:
        made.add_row(percent(output.share), plain("outputs are", FAINT), _quoted(output.text, room))
    return section("Most frequent", made) if made.row_count else None


def _quoted(text: str, room: int) -> Text:
    return Text(clipped(text, room) or "(empty)", no_wrap=True, overflow="ellipsis")


def clusters(facts: Facts, width: int) -> RenderableType | None:
    """The records with the most copies."""
    found = facts.clusters
    if not found.count:
        return None
    made = table(["dropped", "similarity", "of", "kept"], left=0)
    made.columns[2].justify = made.columns[3].justify = "left"
    made.columns[2].max_width = 16
    for one in found.top[:_CLUSTERS]:
        text = clipped(one.excerpt or one.twin, max(width - 42, 16))
        made.add_row(number(one.rows), _similarity(one), words(", ".join(one.sources)), Text(text, no_wrap=True, overflow="ellipsis"))
    copies = "record" if found.rows == 1 else "records"
    return section("Duplicates", made, note=f"{found.rows:,} {copies} dropped for {found.count:,} that stayed")


def _similarity(one: Cluster) -> str:
    if one.least_similar is None or one.most_similar is None:
        return ""
    low, high = f"{one.least_similar:.2f}", f"{one.most_similar:.2f}"
    return low if low == high else f"{low}-{high}"
