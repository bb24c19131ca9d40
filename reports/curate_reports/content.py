"""Sections of the terminal report on what is in the dataset: tasks, lengths, languages, terms, repeats, duplicates."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from curate_reports.cluster import Cluster
from curate_reports.facts import Facts
from curate_reports.flow import NARROW
from curate_reports.histogram import axis, columns, merged
from curate_reports.length import Length
from curate_reports.line import BAR, FAINT, GAP, Grid, beside, number, section, words
from curate_reports.sample import begun
from curate_reports.share import Share, part, percent
from curate_reports.visible import clipped

_TASKS = 8
_TERMS = 6
_COMMON = 3
_CLUSTERS = 5
_HEIGHT = 4
_SHAPE = 24


def tasks(facts: Facts, room: int) -> list[Text]:
    """The largest tasks; their bars compare them with the largest."""
    found = facts.tasks
    if not found.count:
        return []
    grid = Grid(["task", "records", "of the mix"])
    shown = found.top[:_TASKS]
    for one in shown:
        grid.add(words(one.name), number(one.rows), percent(one.share), part=part(one.rows, shown[0].rows))
    rest = facts.rows_out - found.untasked - sum(one.rows for one in shown)
    for label, rows in ((f"{found.count - len(shown):,} more", rest), ("no task", found.untasked)):
        if rows:
            grid.add(Text(label, style=FAINT), number(rows), percent(part(rows, facts.rows_out)))
    note = f"{found.count:,} in all, {found.median:,} records in the median one" if found.count > 1 else ""
    return section("Tasks", grid.lines(room - GAP), room, note)


def lengths(facts: Facts, room: int) -> list[Text]:
    """Quantiles of all lengths, and a histogram of the words."""
    if not facts.lengths:
        return []
    full = room >= NARROW
    grid = Grid(["", "", "p5", "median", "p95", "max", *(["total", "shape"] if full else [])], left=(0, 1, 7), shrink=1)
    for one in facts.lengths:
        cells = [number(value) for value in (one.p5, one.p50, one.p95, one.highest)]
        more = [number(one.total), Text(_shape(one), style=BAR)] if full else []
        grid.add(one.part if one.unit == "words" else "", Text(one.unit, style=FAINT), *cells, *more)
    drawn = [_histogram(one, room - GAP) for one in facts.lengths if one.unit == "words"]
    return section("Lengths", [*grid.lines(room - GAP), Text(), *beside(drawn, room - GAP)], room)


def _shape(length: Length) -> str:
    return columns([one.rows for one in merged(length.bins, _SHAPE)])[0]


def _histogram(length: Length, room: int) -> list[Text]:
    bins = merged(length.bins, room)
    drawn = columns([one.rows for one in bins], _HEIGHT)
    head = Text(f"words per {length.part}, log scale", style=FAINT)
    return [head, *(Text(line.rstrip(), style=BAR) for line in drawn), Text(axis(bins), style=FAINT)]


def terms(facts: Facts, room: int) -> list[Text]:
    """Languages, licences, origins."""
    parts = [
        _shares("language", facts.sample.languages),
        _shares("licence", facts.licenses),
        _shares("written by", facts.origins),
    ]
    some = facts.sample.rows < facts.sample.of
    note = f"languages of a hashed sample of {facts.sample.rows:,}; und: too little text to tell" if some else ""
    lines = beside([one for one in parts if one], room - GAP)
    return section("Languages, licences, origins", lines, room, note) if lines else []


def _shares(head: str, found: Sequence[Share]) -> list[Text]:
    if not found:
        return []
    grid = Grid([head, "", ""])
    for one in found[:_TERMS]:
        grid.add(words(one.name), number(one.rows), percent(one.share))
    if rest := found[_TERMS:]:
        share = sum(one.share for one in rest)
        grid.add(Text(f"{len(rest)} more", style=FAINT), number(sum(one.rows for one in rest)), percent(share))
    return grid.lines(32)


def common(facts: Facts, room: int) -> list[Text]:
    """What many records share: the beginning of the prompt, the whole output."""
    begin, same = Text("prompts begin", style=FAINT), Text("outputs are", style=FAINT)
    grid = Grid(["", "", ""], left=(1, 2), shrink=2)
    for one in facts.sample.openings:
        grid.add(percent(one.share), begin, words(begun(one)))
    for output in facts.outputs.top[:_COMMON]:
        grid.add(percent(output.share), same, clipped(output.text, room))
    lines = grid.lines(room - GAP)
    return section("Most frequent", lines, room) if facts.sample.openings or facts.outputs.top else []


def clusters(facts: Facts, room: int) -> list[Text]:
    """The records that others were dropped for."""
    found = facts.clusters
    if not found.count:
        return []
    grid = Grid(["dropped", "alike", "from", "record that stayed"], left=(2, 3), shrink=3)
    for one in found.top[:_CLUSTERS]:
        text = clipped(one.excerpt or one.twin, room)
        grid.add(number(one.rows), _similarity(one), clipped(", ".join(one.sources), room // 4), text)
    note = f"{found.rows:,} dropped for {found.count:,} that stayed"
    return section("Duplicates", grid.lines(room - GAP), room, note)


def _similarity(one: Cluster) -> str:
    if one.least_similar is None or one.most_similar is None:
        return ""
    low, high = percent(one.least_similar), percent(one.most_similar)
    return low if low == high else f"{low}-{high}"
