"""The report for a terminal of any width, from 60 columns on: sections of `curate_reports.facts`, top to bottom."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.text import Text

from curate_reports.facts import Facts
from curate_reports.panel import clusters, frequent, lengths, mix, terms
from curate_reports.panel_flow import funnel, sources
from curate_reports.share import part, percent
from curate_reports.style import ALERT, FAINT, WIDEST, section, words
from curate_reports.visible import visible


def show(facts: Facts, console: Console) -> None:
    """Print a version's facts.

    Args:
        facts: of the version.
        console: knows the width, and whether there are colours.
    """
    width = min(console.width, WIDEST)
    for one in report(facts, width):
        console.print(one, width=width, markup=False, highlight=False, emoji=False)


def report(facts: Facts, width: int) -> list[RenderableType]:
    """The sections that this version has something to say in."""
    sections = [
        _head(facts),
        alerts(facts),
        funnel(facts, width),
        sources(facts, width),
        mix(facts, width),
        lengths(facts, width),
        terms(facts, width),
        frequent(facts, width),
        clusters(facts, width),
    ]
    return [one for one in sections if one is not None]


def _head(facts: Facts) -> RenderableType:
    title = Text.assemble((visible(facts.name), "bold"), (f"@{visible(facts.version)}", FAINT))
    kept = percent(part(facts.rows_out, facts.rows_in))
    flow = Text.assemble(
        f"{facts.rows_in:,} rows in → ", (f"{facts.rows_out:,} out", "bold"), f" ({kept})" if facts.rows_in else ""
    )
    splits = " · ".join(f"{visible(one.name)} {one.rows:,}" for one in facts.splits)
    licence = f"licence {visible(facts.license)}" if facts.license else "no licence declared"
    tool = f"curate {visible(facts.tool.get('curate', 'of unknown version'))}"
    about = Text(f"{licence} · seed {facts.seed} · {tool}", style=FAINT)
    told = [Text(visible(facts.description))] if facts.description else []
    return Group(title, *told, flow, *([Text(splits)] if splits else []), about, words(facts.path, FAINT))


def alerts(facts: Facts) -> RenderableType | None:
    """What to look at first."""
    if not facts.alerts:
        return None
    lines = [Text.assemble(("! ", ALERT), one.text) for one in facts.alerts]
    return section("Worth a look", *lines)
