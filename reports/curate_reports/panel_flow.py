"""Sections of the terminal report on where records went: the funnel by step, the balance by source."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from curate_reports.facts import Facts
from curate_reports.funnel import Reason, Source, Step
from curate_reports.histogram import bar, funnel_bar
from curate_reports.share import part, percent
from curate_reports.style import BAR, FAINT, LOSS, NARROW, WIDE, number, section, table, words
from curate_reports.visible import visible

# Reasons of one step that are told one by one.
_REASONS = 4


def funnel(facts: Facts, width: int) -> RenderableType:
    """What each step took, why, and how much of all was left."""
    room = _bar_room(width)
    made = table(["step", "in", "dropped", "kept", ""], left=1)
    made.columns[0].max_width = 22 if width < NARROW else 32
    made.columns[4].justify = "left"
    for step in facts.steps:
        kept, gone = funnel_bar(part(step.alive, facts.rows_in), part(step.dropped, facts.rows_in), room)
        made.add_row(
            words(step.label),
            number(step.rows_in),
            number(step.dropped, LOSS),
            number(step.kept),
            Text.assemble((kept, BAR), (gone, LOSS)),
        )
        for count, reason in _reasons(step):
            made.add_row(Text.assemble("  ", words(reason, FAINT)), "", Text(f"{count:,}", FAINT), "", "")
    if facts.repeated:
        made.add_row("copies", "", "", Text(f"+{facts.repeated:,}"), "")
    return section("Funnel", made, note="█ left of all rows  ░ dropped here")


def _bar_room(width: int) -> int:
    return max(min(width - 64, 40), 8)


def _reasons(step: Step) -> list[tuple[int, str]]:
    """The most frequent reasons in words, and how many others there are."""
    told = [(one.rows, _words(one, step)) for one in step.reasons[:_REASONS]]
    rest = step.reasons[_REASONS:]
    if rest:
        told.append((sum(one.rows for one in rest), f"{len(rest)} other reasons" if len(rest) > 1 else "1 other reason"))
    return told


def _words(reason: Reason, step: Step) -> str:
    """The reason, with its rule where the step's label does not say it already."""
    said = reason.rule in step.label or reason.rule in reason.reason or reason.rule in {"quarantine", ""}
    return reason.reason if said or not reason.reason else f"{reason.reason} ({reason.rule})"


def sources(facts: Facts, width: int) -> RenderableType:
    """The balance of each source, and its share of the mix."""
    counts = _columns(facts, width)
    wide = width >= WIDE and any(one.worst for one in facts.sources)
    heads = ["source", *(head for head, _ in counts), "of the mix", ""]
    made = table([*heads, "mostly dropped by"] if wide else heads)
    made.columns[0].max_width = 14 if width < NARROW else 24
    for place in range(len(heads) - 1, len(made.columns)):
        made.columns[place].justify = "left"
    room = 20 if width >= WIDE else 14 if width >= NARROW else 6
    for one in facts.sources:
        _add(made, one, [value(one) for _, value in counts], room, wide=wide)
    if len(facts.sources) > 1:
        total = [sum(value(one) for one in facts.sources) for _, value in counts]
        made.add_row("total", *(number(value) for value in total), *[""] * (3 if wide else 2), style="bold")
    return section("Sources", made)


def _add(made: Table, one: Source, counts: list[int], room: int, *, wide: bool) -> None:
    worst = [words(f"{one.worst} ({one.worst_dropped:,})" if one.worst else "", FAINT)] if wide else []
    share = Text(percent(one.share))
    made.add_row(words(one.name), *(number(value) for value in counts), share, Text(bar(one.share, room), BAR), *worst)


def _columns(facts: Facts, width: int) -> list[tuple[str, Callable[[Source], int]]]:
    """The counts to show: those that are zero everywhere are left out."""
    every: list[tuple[str, Callable[[Source], int]]] = [
        ("in", lambda one: one.rows_in),
        ("quarantined" if width >= NARROW else "quar.", lambda one: one.quarantined),
        ("dropped", lambda one: one.dropped),
        ("repeated" if width >= NARROW else "rep.", lambda one: one.repeated),
        ("out", lambda one: one.rows_out),
    ]
    return [(head, value) for head, value in every if head in {"in", "out"} or any(map(value, facts.sources))]
