"""The smaller pictures: lengths, a bar of shares, sizes of clusters, tasks by difficulty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10

from markupsafe import Markup

from curate_reports.histogram import Bin
from curate_reports.page.amount import many, short
from curate_reports.page.svg import LETTER, element, fitted, picture
from curate_reports.share import part, percent
from curate_reports.visible import visible

_TOP, _LEFT, _FOOT = 18.0, 40.0, 22.0


def lengths(
    before: Sequence[Bin], after: Sequence[Bin], unit: str, limit: int | None = None, width: float = 520.0
) -> Markup:
    """Two histograms, one in front of the other, over bins that grow with their values.

    Args:
        before: of all records that came in; empty where that is not known.
        after: of those in the dataset, in bins of the same edges.
        unit: of the lengths.
        limit: a line to draw.
        width: in pixels.
    """
    height = 220.0
    filled = [place for one in (before, after) for place, bin_ in enumerate(one) if bin_.rows]
    first, last = min(filled, default=0), max(filled, default=0)
    bins = (before if len(before) > len(after) else after)[first : last + 1]
    if limit is not None and bins and limit >= bins[-1].high:
        limit = None
    top = _round_up(max((one.rows for one in (*before, *after)), default=0))
    step = (width - _LEFT - 4) / max(len(bins), 1)
    room = height - _TOP - _FOOT
    parts = list(_grid(top, width, height))
    for class_, series in (("was", before[first : last + 1]), ("s0", after[first : last + 1])):
        for place, one in enumerate(series):
            if one.rows:
                high = max(one.rows / top * room, 1.0)
                title = element("title", f"{one.low:,} to {one.high - 1:,} {unit}: {many(one.rows, 'record')}")
                x, wide = _LEFT + place * step, max(step - 1, 0.8)
                parts.append(
                    element("rect", title, x=x, y=height - _FOOT - high, width=wide, height=high, class_=class_)
                )
    parts += _ticks(bins, step, height)
    if limit is not None:
        x = _LEFT + step * next(place for place, one in enumerate(bins) if one.high > limit)
        anchor = "end" if x > width / 2 else "start"
        beside = x + (-5 if anchor == "end" else 5)
        label = element("text", f"limit {limit:,}", x=beside, y=_TOP - 5, text_anchor=anchor, class_="loss")
        parts += [element("path", d=f"M{x:.1f},{_TOP - 4}V{height - _FOOT}", class_="limit"), label]
    return picture(width, height, f"Lengths in {unit}: how many records are how long", parts)


def _grid(top: int, width: float, height: float) -> Iterator[Markup]:
    room = height - _TOP - _FOOT
    for quarter in range(5):
        y = height - _FOOT - room * quarter / 4
        yield element("path", d=f"M{_LEFT},{y:.1f}H{width}", class_="grid")
        yield element("text", short(top * quarter / 4), x=_LEFT - 6, y=y + 4, class_="faint", text_anchor="end")


def _ticks(bins: Sequence[Bin], step: float, height: float) -> Iterator[Markup]:
    """Labels at powers of two, and at zero, as far as they do not touch."""
    free = 0.0
    for place, one in enumerate(bins):
        power = one.low == 0 or (one.low & (one.low - 1)) == 0
        x = _LEFT + place * step
        if power and x >= free:
            label = f"{one.low:,}" if one.low < 100_000 else short(one.low)
            wide = len(label) * LETTER
            if x + wide <= _LEFT + len(bins) * step + 4:
                yield element("text", label, x=x, y=height - 6, class_="faint")
            free = x + wide + 14


def _round_up(value: int) -> int:
    """The next number that four quarters of are short: 4, 8, 12, 20, 40 … times a power of ten."""
    power = 1
    while True:
        for step in (4, 8, 12, 20, 32):
            if step * power >= value:
                return step * power
        power *= 10


@dataclass(frozen=True)
class Piece:
    """A part of a bar.

    Args:
        name: of the part.
        amount: of it.
        class_: its colour.
    """

    name: str
    amount: float
    class_: str


def bar(pieces: Sequence[Piece], title: str, whole: float | None = None, mark: float | None = None) -> Markup:
    """A lying bar of parts, drawn without labels: they stand below it as text.

    Args:
        pieces: from left to right.
        title: what the bar shows.
        whole: what the full width stands for; the sum of the pieces unless told.
        mark: where to draw a line.
    """
    width, height = 1000.0, 22.0
    total = whole or sum(one.amount for one in pieces)
    parts = [element("rect", width=width, height=height, rx=4, class_="empty")]
    at = 0.0
    for one in pieces:
        wide = part(round(one.amount), round(total)) * width
        if one.amount:
            said = f"{visible(one.name)}: {short(one.amount)}, {percent(part(round(one.amount), round(total)))}"
            drawn = max(wide - 1.5, 1.0)
            parts.append(element("rect", element("title", said), x=at, width=drawn, height=height, class_=one.class_))
        at += wide
    if mark is not None and total:
        x = min(mark / total * width, width - 2)
        parts.append(element("path", d=f"M{x:.1f},0V{height}", class_="limit thick"))
    drawn_bar = picture(width, height, title, parts)
    return Markup(str(drawn_bar).replace("<svg ", '<svg class="bar" preserveAspectRatio="none" ', 1))  # noqa: S704


def sizes(rows: Sequence[tuple[str, int]], width: float = 520.0) -> Markup:
    """Lying bars on a log scale, each with its label and count.

    Args:
        rows: labels and counts.
        width: in pixels.
    """
    left, step = 72.0, 26.0
    room = width - left - 48
    top = max((log10(count + 1) for _, count in rows), default=1.0) or 1.0
    parts = []
    for place, (label, count) in enumerate(rows):
        y = place * step
        parts.append(element("text", label, x=left - 10, y=y + 15, text_anchor="end"))
        parts.append(element("rect", x=left, y=y + 3, width=room, height=17, rx=3, class_="empty"))
        if count:
            long = max(log10(count + 1) / top * room, 2.0)
            title = element("title", f"{label}: {many(count, 'cluster')}")
            parts.append(element("rect", title, x=left, y=y + 3, width=long, height=17, rx=3, class_="s0"))
        parts.append(element("text", short(count), x=left + room + 8, y=y + 15, class_="faint"))
    return picture(width, max(len(rows), 1) * step, "Clusters by size", parts)


@dataclass(frozen=True)
class Dot:
    """A task.

    Args:
        name: of the task.
        score: mean of the metric, as a rule 0-1.
        rows: records in the dataset.
        colour: of its source.
    """

    name: str
    score: float
    rows: int
    colour: int


def scatter(
    dots: Sequence[Dot], stair: Sequence[tuple[float, float, int]], metric: str, width: float = 520.0
) -> Markup:
    """Tasks by score and by records, with the quota of each range of scores.

    Args:
        dots: the tasks.
        stair: lower edge, upper edge, quota.
        metric: what the score is.
        width: in pixels.
    """
    height = 260.0
    top = _round_up(max([*(dot.rows for dot in dots), *(quota for *_, quota in stair)], default=0))
    most = max([1.0, *(dot.score for dot in dots)])
    room, wide = height - _TOP - 2 * _FOOT, width - _LEFT - 10

    def at(score: float) -> float:
        return _LEFT + min(max(score / most, 0.0), 1.0) * wide

    def up(rows: float) -> float:
        return _TOP + room * (1 - rows / top)

    parts = list(_grid(top, width, height - _FOOT))
    for tick in range(6):
        label = f"{most * tick / 5:.0%}" if most == 1 else short(most * tick / 5)
        anchor = "end" if tick == 5 else "middle" if tick else "start"
        parts.append(
            element("text", label, x=at(most * tick / 5), y=height - _FOOT - 6, class_="faint", text_anchor=anchor)
        )
    parts.append(
        element(
            "text", f"{fitted(visible(metric), 300)} →", x=width - 10, y=height - 6, class_="faint", text_anchor="end"
        )
    )
    for dot in sorted(dots, key=lambda dot: (-dot.rows, dot.name)):
        title = element("title", f"{visible(dot.name)}: {dot.score:.3f}, {many(dot.rows, 'record')}")
        parts.append(element("circle", title, cx=at(dot.score), cy=up(dot.rows), r=4, class_=f"s{dot.colour} dot"))
    if stair:
        path = "".join(
            f"{'L' if place else 'M'}{at(low):.1f},{up(quota):.1f}H{at(high):.1f}"
            for place, (low, high, quota) in enumerate(stair)
        )
        parts.append(element("path", element("title", "quota"), d=path, class_="stair"))
    return picture(width, height, f"Tasks by {visible(metric)} and by records in the dataset", parts)
