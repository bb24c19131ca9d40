"""The numbers of every picture as tables, and the tables that need no picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup, escape

from curate_reports.funnel import Step
from curate_reports.page.svg import MINUS, OTHER
from curate_reports.page.view import View
from curate_reports.share import part, percent
from curate_reports.visible import clipped, visible

if TYPE_CHECKING:
    from curate_reports.difference import Balance, Difference

_NOTHING = "·"
_INPUTS = 100
_TASKS = 200
_REASONS = 8

Cell = str | Markup


def table(
    label: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    right: str = "",
    *,
    total: bool = False,
    tall: bool = False,
    heat: bool = False,
) -> Markup:
    """A table that scrolls by itself where it is wider than the page; the first cell of a row is its head.

    Args:
        label: what it tells, for those who do not see it.
        heads: of the columns.
        rows: cells, escaped unless they are markup.
        right: the numbers of the columns that are aligned right, as digits.
        total: whether the last row sums up the others.
        tall: whether it scrolls downwards too.
        heat: whether its cells are coloured by their numbers.
    """
    aligned = {int(digit) for digit in right}
    shown = [_row(cells, aligned) for cells in rows]
    if total and shown:
        shown[-1] = shown[-1].replace("<tr>", '<tr class="total">', 1)
    head = "".join(
        f'<th scope="col"{_class("r", place in aligned)}>{escape(name)}</th>' for place, name in enumerate(heads)
    )
    region = f'<div class="scroll{" tall" if tall else ""}" tabindex="0" role="region" aria-label="{escape(label)}">'
    body = "\n".join(shown) or f'<tr><td colspan="{len(heads)}">nothing</td></tr>'
    # Heads, labels and cells are escaped above and in _row.
    opened = f"{region}<table{_class('heat', heat)}>"
    return Markup(f"{opened}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")  # noqa: S704


def _row(cells: Sequence[Cell], right: set[int]) -> str:
    others = (f"<td{_class('num', place in right)}>{escape(cell)}</td>" for place, cell in enumerate(cells) if place)
    return f'<tr><th scope="row">{escape(cells[0])}</th>{"".join(others)}</tr>'


def _class(name: str, wanted: bool) -> str:  # noqa: FBT001 - one use, one meaning
    return f' class="{name}"' if wanted else ""


def _count(rows: int) -> str:
    return f"{rows:,}" if rows else _NOTHING


def _coloured(rows: int, sign: str, class_: str) -> Cell:
    return Markup('<span class="{}">{}{:,}</span>').format(class_, sign, rows) if rows else _NOTHING


def _keyed(name: str, colour: int) -> Markup:
    return Markup('<span class="key k{}"></span>{}').format(colour, visible(name))


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)


def steps(view: View) -> Markup:
    """What each step took, and why."""
    rows = [
        (
            _linked(step),
            f"{step.rows_in:,}",
            _coloured(step.dropped, MINUS, "loss"),
            f"{step.kept:,}",
            f"{step.alive:,}",
            _why(step),
        )
        for step in view.facts.steps
    ]
    return table("Steps as a table", ("step", "in", "dropped", "kept", "left of all", "why"), rows, "1234")


def _linked(step: Step) -> Cell:
    if not step.dropped:
        return visible(step.label)
    return Markup('<a href="#samples?step={}">{}</a>').format(quote(step.label), visible(step.label))


def _why(step: Step) -> str:
    told = [f"{visible(one.reason)} {one.rows:,}" for one in step.reasons[:_REASONS]]
    more = len(step.reasons) - _REASONS
    return ", ".join([*told, *([f"{more:,} other reasons"] if more > 0 else [])])


def sources(view: View) -> Markup:
    """The balance of each source."""
    facts = view.facts
    rows: list[Sequence[Cell]] = []
    for one in facts.sources:
        counts = [_count(n) for n in (one.rows_in, one.quarantined, one.dropped, one.repeated, one.rows_out)]
        blame = f"{visible(one.worst)} {one.worst_dropped:,}" if one.worst else ""
        rows.append((_keyed(one.name, view.colours[one.name]), *counts, percent(one.share), blame))
    sums = (facts.rows_in, facts.quarantined, facts.dropped, facts.repeated, facts.rows_out)
    rows.append(("total", *map(_count, sums), "", ""))
    heads = ("source", "in", "quarantined", "dropped", "copies", "out", "of the mix", "mostly dropped by")
    return table("Sources as a table", heads, rows, "123456", total=True)


def mix(view: View, by: str) -> Markup:
    """The parts of the mix."""
    total = view.facts.rows_out
    ranked = sorted(view.tiles, key=lambda one: -one.rows)
    rows = [(_keyed(one.name, one.colour), f"{one.rows:,}", percent(part(one.rows, total))) for one in ranked]
    return table("The mixture as a table", (by, "records", "of the mix"), rows, "12")


def lengths(view: View) -> Markup:
    """Quantiles of the parts of a record, and the bins of the picture."""
    facts, size = view.facts, view.size
    quantiles = [
        (one.part, *(f"{value:,}" for value in (one.p5, one.p50, one.p95, one.highest, one.total)))
        for one in facts.lengths
    ]
    heads = ("characters of", "p5", "median", "p95", "longest", "total")
    longer = size.before or size.after
    rows = []
    for place, one in enumerate(longer):
        if one.rows:
            kept = size.after[place].rows if place < len(size.after) else 0
            span = f"{one.low:,}" if one.high - one.low == 1 else f"{one.low:,} to {one.high - 1:,}"
            rows.append((span, *([f"{one.rows:,}"] if size.before else []), f"{kept:,}"))
    bins = (size.unit.name, *(["came in"] if size.before else []), "in the dataset")
    return table("Lengths as a table", heads, quantiles, "12345") + table("Bins of lengths", bins, rows, "12")


def amounts(view: View) -> Markup:
    """Text by source and by part."""
    size = view.size
    own = [(_keyed(name, view.colours[name]), f"{n:,}", percent(part(n, size.total))) for name, n in size.by_source]
    parts = [(name, f"{n:,}", percent(part(n, size.total))) for name, n in size.by_part]
    return table("Text by source as a table", ("source", size.unit.name, "of all"), [*own, *parts], "12")


def languages(view: View) -> Markup:
    """Languages of the sample."""
    rows = [(one.name, f"{one.rows:,}", percent(one.share)) for one in view.facts.sample.languages]
    return table("Languages as a table", ("language", "records of the sample", "share"), rows, "12")


def tasks(view: View) -> Markup:
    """The largest tasks, with their scores where there are any."""
    if view.difficulty:
        dots = view.difficulty.dots[:_TASKS]
        rows = [(visible(dot.name), f"{dot.score:.3f}", f"{dot.rows:,}") for dot in dots]
        return table("Tasks as a table", ("task", visible(view.difficulty.metric), "records"), rows, "12", tall=True)
    top = view.facts.tasks.top
    told = [(visible(one.name), visible(one.source), f"{one.rows:,}", percent(one.share)) for one in top]
    return table("Tasks as a table", ("task", "source", "records", "of the mix"), told, "23")


def clusters(view: View) -> Markup:
    """Clusters of duplicates by size."""
    rows = [(label, f"{count:,}") for label, count in view.clusters]
    return table("Clusters by size", ("records in the cluster", "clusters"), rows, "1")


def largest(view: View, most: int) -> Markup:
    """The records that most others were dropped for."""
    rows = [
        (clipped(one.excerpt or one.twin, 80), f"{one.rows:,}", clipped(", ".join(one.sources), 60))
        for one in view.facts.clusters.top[:most]
    ]
    return table("The largest clusters", ("record that stayed", "dropped", "from"), rows, "1")


def balance(compared: Difference, colours: Mapping[str, int]) -> Markup:
    """What came and went, by source."""
    rows = [
        (_keyed(one.source, colours.get(one.source, OTHER)), *_moved(one), _moving(one.share_before, one.share_now))
        for one in compared.sources
    ]
    heads = ("source", "before", "now", "added", "removed", "changed", "of the mix")
    total = ("total", *_moved(compared.total), "")
    return table("Difference by source", heads, [*rows, total], "123456", total=True)


def _moved(one: Balance) -> Sequence[Cell]:
    added, removed = _coloured(one.added, "+", "gain"), _coloured(one.removed, MINUS, "loss")
    return f"{one.before:,}", f"{one.now:,}", added, removed, _count(one.changed)


def _moving(before: float, now: float) -> str:
    one, other = percent(before), percent(now)
    return one if one == other else f"{one} → {other}"


def changes(compared: Difference) -> Markup:
    """What was changed, and how many records differ because of it."""
    rows = [
        (clipped(one.text, 300), one.kind, _count(one.direct), _count(one.consequence))
        for one in compared.found.changes
    ]
    return table("Changes and what came of them", ("change", "of", "direct", "as a consequence"), rows, "23")


def shifts(compared: Difference) -> Markup:
    """The parts of the mix whose share is another, without sources, which have a table of their own."""
    rows = [
        (visible(one.name), one.of, f"{one.old:,}", f"{one.new:,}", _moving(one.old_share, one.new_share))
        for one in compared.found.shifts
        if one.of != "source" and (one.of != "task" or percent(one.old_share) != percent(one.new_share))
    ]
    return table("Shifts of the mix", ("part", "is a", "before", "now", "of the mix"), rows, "234", tall=True)


def sizes(compared: Difference) -> Markup:
    """Quantiles of lengths before and after."""
    names = {5: "p5", 50: "median", 95: "p95"}
    rows = [
        (f"{one.column} {names.get(one.percent, one.percent)}", *(_known(size) for size in (one.old, one.new)))
        for one in compared.found.lengths
    ]
    return table("Shifts of lengths", ("characters", "before", "now"), rows, "12")


def _known(size: int | None) -> str:
    return _NOTHING if size is None else f"{size:,}"


def terms(view: View) -> Markup:
    """Records by licence and by who wrote them."""
    rows = [(visible(source), visible(licence), visible(origin), f"{n:,}") for source, licence, origin, n in view.terms]
    return table("Records by licence", ("source", "licence of the records", "text by", "records"), rows, "3")


def provenance(view: View) -> Markup:
    """Where each source comes from."""
    rows = [
        (visible(one.name), _web(one.url, one.title), _code(visible(one.adapter)), visible(one.license))
        for one in view.facts.sources
    ]
    return table("Where the data come from", ("source", "data set", "adapter", "licence of the set"), rows)


def _web(url: str, title: str) -> Cell:
    """A title that leads to its address, if that is one of the web."""
    if not url.startswith(("https://", "http://")):
        return visible(title)
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(url, visible(title or url))


def inputs(view: View) -> Markup:
    """The files that were read, by digest."""
    rows = [
        (visible(one.name), visible(one.source), _code((one.sha256 or "")[:16]))
        for one in view.manifest.inputs[:_INPUTS]
    ]
    return table("Inputs by digest", ("input", "source", "sha256"), rows, tall=True)


def expectations(view: View) -> Markup:
    """What the recipe expects, and what the build found."""
    verdicts = {
        True: Markup('<span class="pill good">holds</span>'),
        False: Markup('<span class="pill bad">broken</span>'),
    }
    rows = [
        (visible(one.what), verdicts[one.ok], visible(one.limit), visible(one.value)) for one in view.facts.expectations
    ]
    return table("Expectations as a table", ("expectation", "verdict", "allowed", "found"), rows)


def overlaps(view: View) -> Markup:
    """Records by source and evaluation set, the more the darker."""
    found = view.overlap
    if found is None:
        return Markup("")
    most = max((rows for _, counts in found.rows for rows in counts), default=1)
    rows = [(visible(source), *(_heat(rows, most) for rows in counts)) for source, counts in found.rows]
    heads = ("source", *map(visible, found.sets))
    return table("Overlaps by source and evaluation set", heads, rows, heat=True)


def _heat(rows: int, most: int) -> Markup:
    level = 1 + int(4 * (rows / most) ** 0.5) if rows else 0
    return Markup('<span class="h{}">{}</span>').format(level, f"{rows:,}" if rows else _NOTHING)
