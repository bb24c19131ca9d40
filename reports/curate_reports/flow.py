"""Sections of the terminal report on where records went: the funnel by step, the balance by source."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.text import Text

from curate_reports.difference import Difference
from curate_reports.facts import Facts
from curate_reports.funnel import Reason, Source, Step
from curate_reports.histogram import funnel_bar
from curate_reports.line import BAR, FAINT, GAP, LOSS, Grid, number, section, words, wrapped
from curate_reports.share import part, percent
from curate_reports.visible import clipped, visible

# Narrower than this, numbers that can be worked out from others are left out.
NARROW = 80
# From here on there is room for words beside numbers and bars.
WIDE = 100
# Reasons of one step that are told one by one.
_REASONS = 4
# Columns that reasons may have, and those of a count.
_REASON, _COUNT = 40, 11
_BAR = 40


def funnel(facts: Facts, room: int) -> list[Text]:
    """What each step took, why, and how much of all was left."""
    full = room >= NARROW
    grid = Grid(["step", *(["in"] if full else []), "dropped", "kept"])
    rows = []
    for step in facts.steps:
        cells = [words(step.label), *([number(step.rows_in)] if full else [])]
        rows.append([*cells, number(step.dropped, LOSS), number(step.kept)])
    for row in rows:
        grid.add(*row)
    inner = room - GAP
    widths = grid.widths(inner)
    spare = min(inner - sum(widths) - GAP * len(widths), _BAR)
    lines = grid.lines(inner)[:1]
    for step, row in zip(facts.steps, rows, strict=True):
        left, gone = funnel_bar(part(step.alive, facts.rows_in), part(step.dropped, facts.rows_in), max(spare, 0))
        lines.append(Text.assemble(grid.line(row, widths), " " * GAP, (left, BAR), (gone, LOSS)))
        lines += _reasons(step, sum(widths[:-1]) + GAP * (len(widths) - 2), inner)
    if facts.repeated:
        lines.append(Text(f"and {facts.repeated:,} copies of records that a step repeats", style=FAINT))
    note = "█ left of all rows, ░ dropped here" if spare > 0 else ""
    return section("Funnel", lines, room, note)


def _reasons(step: Step, at: int, room: int) -> list[Text]:
    """The most frequent reasons behind their counts, which end in column `at`, and how many others there are.

    Where labels are so long that reasons would be cut, the counts stand further to the left.
    """
    told = [(one.rows, _said(one, step)) for one in step.reasons[:_REASONS]]
    if rest := step.reasons[_REASONS:]:
        told.append(
            (sum(one.rows for one in rest), f"{len(rest)} other reasons" if len(rest) > 1 else "1 other reason")
        )
    longest = max((cell_len(visible(reason)) for _, reason in told), default=0)
    at = min(at, max(room - GAP - 1 - min(longest, _REASON), _COUNT))
    return [
        Text(f"{rows:>{at},}{' ' * GAP}{clipped(reason, room - at - GAP - 1)}", style=FAINT) for rows, reason in told
    ]


def _said(reason: Reason, step: Step) -> str:
    """The reason, with its rule where neither it nor the step's label says that already."""
    said = reason.rule in step.label or reason.rule in reason.reason or reason.rule == "quarantine"
    return reason.reason if said else f"{reason.reason} ({reason.rule})"


def sources(facts: Facts, room: int) -> list[Text]:
    """The balance of each source, and its share of the mix."""
    counts = _counts(facts, full=room >= NARROW)
    worst = room >= WIDE and any(one.worst for one in facts.sources)
    heads = ["source", *(head for head, _ in counts), *(["mostly dropped by"] if worst else []), "of the mix"]
    grid = Grid(heads, left=(0, len(heads) - 2) if worst else (0,))
    for one in facts.sources:
        blame = words(f"{one.worst}  {one.worst_dropped:,}" if one.worst else "", FAINT)
        cells = [words(one.name), *(number(value(one)) for _, value in counts), *([blame] if worst else [])]
        grid.add(*cells, percent(one.share), part=one.share)
    if len(facts.sources) > 1:
        totals = [number(sum(value(one) for one in facts.sources), "bold") for _, value in counts]
        grid.add(Text("total", style="bold"), *totals, *([""] if worst else []), "")
    return section("Sources", grid.lines(room - GAP), room)


def shifts(compared: Difference, room: int) -> list[Text]:
    """What came and went since an earlier version, by source, and because of what."""
    mix = ["of the mix"] if room >= NARROW else []
    grid = Grid(["source", "before", "now", "added", "removed", "changed", *mix])
    for one in (*compared.sources, *([compared.total] if len(compared.sources) > 1 else [])):
        moved = [number(one.added), number(one.removed, LOSS), number(one.changed)]
        share = f"{percent(one.share_before)} → {percent(one.share_now)}" if one is not compared.total else ""
        grid.add(words(one.source), number(one.before), number(one.now), *moved, *([share] if mix else []))
    lines = [*grid.lines(room - GAP), Text("because of")]
    for change in compared.found.changes:
        lines += wrapped(Text.assemble("  ", visible(change.text), (f"  {change.effect}", FAINT)), room - GAP)
    if not compared.found.changes:
        lines[-1] = Text("recipe, inputs and packages are the same")
    return section(f"Since {visible(compared.names[0])}", lines, room, "records matched by their ids")


def _counts(facts: Facts, *, full: bool) -> list[tuple[str, Callable[[Source], int]]]:
    """The counts to show: those that are zero everywhere are left out."""
    lost: list[tuple[str, Callable[[Source], int]]] = [
        ("quarantined", lambda one: one.quarantined),
        ("dropped", lambda one: one.dropped),
    ]
    if not full:
        lost = [("lost", lambda one: one.quarantined + one.dropped)]
    every = [
        ("in", lambda one: one.rows_in),
        *lost,
        ("copies", lambda one: one.repeated),
        ("out", lambda one: one.rows_out),
    ]
    return [(head, value) for head, value in every if head in {"in", "out"} or any(map(value, facts.sources))]


def expectations(facts: Facts, room: int) -> list[Text]:
    """What the recipe expected, and what the build had."""
    grid = Grid(["", "", "allowed", "found"], left=(0, 1, 3), shrink=1)
    for one in facts.expectations:
        verdict = Text("ok") if one.ok else Text("BROKEN", style=LOSS)
        grid.add(verdict, words(one.what), words(one.limit), words(one.value))
    return section("Expectations", grid.lines(room - GAP), room) if facts.expectations else []
