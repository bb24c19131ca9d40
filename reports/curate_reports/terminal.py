"""The report for a terminal of any width, from 60 columns on: the facts from top to bottom, as lines of text."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from curate_reports.content import clusters, common, lengths, tasks, terms
from curate_reports.difference import Difference
from curate_reports.facts import Facts
from curate_reports.flow import expectations, funnel, shifts, sources
from curate_reports.line import ALERT, FAINT, GAP, section, words, wrapped
from curate_reports.share import part, percent
from curate_reports.visible import visible

# Wider than this the eye loses its line.
WIDEST = 116


def show(facts: Facts, console: Console, compared: Difference | None = None) -> None:
    """Print a version's facts.

    Args:
        facts: of the version.
        console: knows the width, and whether there are colours.
        compared: with an earlier version.
    """
    for line in report(facts, min(console.width, WIDEST), compared):
        console.print(line, markup=False, highlight=False, emoji=False, no_wrap=True, overflow="ellipsis")


def report(facts: Facts, room: int, compared: Difference | None = None) -> list[Text]:
    """The lines of all sections that this version has something to say in."""
    parts = (_head, _alerts, funnel, sources, expectations, tasks, lengths, terms, common, clusters)
    lines = [line for one in parts for line in one(facts, room)]
    return [*lines, *shifts(compared, room)] if compared else lines


def _head(facts: Facts, room: int) -> list[Text]:
    title = Text.assemble((visible(facts.name), "bold"), (f"@{visible(facts.version)}", FAINT))
    kept = f" ({percent(part(facts.rows_out, facts.rows_in))})" if facts.rows_in else ""
    flow = Text.assemble(f"{facts.rows_in:,} rows in → ", (f"{facts.rows_out:,} out", "bold"), kept)
    splits = "".join(f" · {visible(one.name)} {one.rows:,}" for one in facts.splits)
    licence = f"licence {visible(facts.license)}" if facts.license else "no licence declared"
    about = f"{licence} · seed {facts.seed} · curate {visible(facts.tool.get('curate', '(unknown)'))}"
    lines = [title, words(facts.description), flow + splits, Text(about, style=FAINT), words(facts.path, FAINT)]
    return [short for line in lines if line.plain for short in wrapped(line, room)]


def _alerts(facts: Facts, room: int) -> list[Text]:
    """What to look at first."""
    lines: list[Text] = []
    for one in facts.alerts:
        first, *rest = wrapped(Text(one.text), room - 2 * GAP)
        lines += [Text.assemble(("! ", ALERT), first), *(Text.assemble("  ", line) for line in rest)]
    return section("Worth a look", lines, room) if lines else []
