"""The flow of records as a picture: a Sankey diagram whose losses run into bins.

Bands of sources run from left to right, or from top to bottom where there is no room. What a step takes leaves its
band and runs into a red bin beside the bands, which leads to the samples of what it took.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from markupsafe import Markup

from curate_reports.page.amount import many, short
from curate_reports.page.river import Gate, River
from curate_reports.page.svg import LETTER, MINUS, element, fitted, picture, ribbon
from curate_reports.share import part, percent
from curate_reports.visible import visible

_GAP = 3.0  # between bands
_BIN = 26.0  # between the bands and the bin
_NODE = 9.0  # thickness of a node along the flow
_LEAST = 1.2  # a band that is there can be seen
_LINE = 13.0


@dataclass(frozen=True)
class _Level:
    """Where the bands lie at one place of the flow, across it: start and thickness of each, and of the bin."""

    bands: tuple[tuple[float, float], ...]
    bin: tuple[float, float] | None


def wide(river: River, width: float = 1080.0) -> Markup:
    """From left to right.

    Args:
        river: the numbers.
        width: in pixels, at least 600.
    """
    levels, labels = _levels(river, 300.0, 62.0), _LINE * 2.6
    names = max((min(len(name), 22) for name in river.bands), default=0)
    right = max(LETTER * (names + 7) + 16.0, 110.0)
    step = (width - right - _NODE) / max(len(river.gates), 1)
    places = _name_places(levels[-1])
    if levels[-1].bin:  # the names of the bands stand where it would be told what the last bin is
        start, thick = levels[-1].bin
        levels[-1] = replace(levels[-1], bin=(max(start, max(places.values(), default=0.0) + _LINE), thick))
    height = max(_end(level) for level in levels) + labels
    parts = [*_ribbons(river, levels, step, down=False), *_nodes(river, levels, step, down=False)]
    for place, (level, rows) in enumerate(zip(levels, river.levels(), strict=True)):
        x = place * step
        gate = river.gates[place - 1] if place else None
        room = step - 8 if place < len(river.gates) else right - 8
        head = fitted(_label(gate) if gate else "read", room, 6.9)
        parts.append(element("text", head, x=x, y=18, class_="b"))
        parts.append(element("text", f"{sum(rows):,}", x=x, y=34, class_="faint"))
        if gate and level.bin:
            parts.append(_bin(gate, level.bin, x, room))
    parts += _names(river, places, len(river.gates) * step + _NODE + 6, LETTER * names + 1)
    return picture(width, height, _said(river), parts, links=True)


def tall(river: River, width: float = 360.0) -> Markup:
    """From top to bottom, for narrow screens.

    Args:
        river: the numbers.
        width: in pixels, at least 300.
    """
    step, top = 88.0, 22.0
    levels = _levels(river, width - 24.0 - _BIN - _GAP * max(len(river.bands) - 1, 0), 2.0)
    parts = [Markup('<g transform="translate(0 22)">')]
    parts += [*_ribbons(river, levels, step, down=True), *_nodes(river, levels, step, down=True), Markup("</g>")]
    for place, (level, rows) in enumerate(zip(levels, river.levels(), strict=True)):
        y = top + place * step
        gate = river.gates[place - 1] if place else None
        label = f"{fitted(_label(gate), 140.0, 6.9)} " if gate else "read "
        parts.append(
            element("text", label, element("tspan", f"{sum(rows):,}", class_="faint"), x=0, y=y - 8, class_="b h")
        )
        if gate and level.bin:
            parts.append(_link(gate, _bar(level.bin, y), element(
                "text", f"{MINUS}{gate.total:,} ", element("tspan", fitted(_why(gate), 110.0), class_="faint"),
                x=width, y=y - 8, class_="loss h", text_anchor="end",
            )))  # fmt: skip
    return picture(width, top + len(river.gates) * step + _NODE + 6, _said(river), parts, links=True)


def _levels(river: River, room: float, start: float) -> list[_Level]:
    """Positions across the flow: the bands one after the other, the bin of a gate behind them."""
    scale = room / max(sum(river.came), sum(river.out), 1)
    found = []
    for place, rows in enumerate(river.levels()):
        at, bands = start, []
        for count in rows:
            thick = max(count * scale, _LEAST) if count else 0.0
            bands.append((at, thick))
            at += thick + (_GAP if count else 0.0)
        lost = river.gates[place - 1].total if place else 0
        found.append(_Level(tuple(bands), (at - _GAP + _BIN, max(lost * scale, 3.0)) if lost else None))
    return found


def _end(level: _Level) -> float:
    ends = [at + thick for at, thick in level.bands]
    return max([*ends, *([sum(level.bin)] if level.bin else [])], default=0.0)


def _ribbons(river: River, levels: Sequence[_Level], step: float, *, down: bool) -> Iterator[Markup]:
    """What stays from place to place, and what leaves; losses first, so that bands lie above them."""
    counts = river.levels()
    stay, leave = [], []
    for place, gate in enumerate(river.gates):
        here, there = levels[place], levels[place + 1]
        along, next_ = place * step + _NODE, (place + 1) * step
        filled = there.bin[0] if there.bin else 0.0
        for band, gone in enumerate(gate.lost):
            (at, thick), (to, kept) = here.bands[band], there.bands[band]
            before = counts[place][band]
            if not before:
                continue
            share = gone / before
            if kept:
                path = ribbon(*_points(along, at, next_, to, down=down), (thick * (1 - share), kept), down=down)
                stay.append(_path(path, f"s{river.colours[band]} r", river.bands[band], counts[place + 1][band]))
            if gone and there.bin:
                part_of_bin = there.bin[1] * gone / gate.total
                begin = at + thick * (1 - share)
                path = ribbon(*_points(along, begin, next_, filled, down=down), (thick * share, part_of_bin), down=down)
                leave.append(_path(path, f"s{river.colours[band]} q", river.bands[band], -gone))
                filled += part_of_bin
    yield from leave
    yield from stay


def _points(
    along: float, at: float, next_: float, to: float, *, down: bool
) -> tuple[tuple[float, float], tuple[float, float]]:
    return ((at, along), (to, next_)) if down else ((along, at), (next_, to))


def _path(shape: str, class_: str, band: str, rows: int) -> Markup:
    said = many(rows, "record") if rows >= 0 else f"{many(-rows, 'record')} dropped"
    return element("path", element("title", f"{visible(band)}: {said}"), d=shape, class_=class_)


def _nodes(river: River, levels: Sequence[_Level], step: float, *, down: bool) -> Iterator[Markup]:
    for place, (level, rows) in enumerate(zip(levels, river.levels(), strict=True)):
        for band, (at, thick) in enumerate(level.bands):
            if thick:
                box = {"x": at, "y": place * step, "width": thick, "height": _NODE}
                if not down:
                    box = {"x": place * step, "y": at, "width": _NODE, "height": thick}
                title = element("title", f"{visible(river.bands[band])}: {many(rows[band], 'record')}")
                yield element("rect", title, **box, class_=f"s{river.colours[band]}")


def _bin(gate: Gate, place: tuple[float, float], x: float, room: float) -> Markup:
    at, thick = place
    box = element("rect", x=x, y=at, width=_NODE, height=thick, rx=1.5, class_="bin")
    middle = at + min(thick, 34.0) / 2
    count = element("text", f"{MINUS}{gate.total:,}", x=x + _NODE + 5, y=middle, class_="b loss h")
    why = element("text", fitted(_why(gate), room - _NODE - 5), x=x + _NODE + 5, y=middle + _LINE, class_="faint h")
    return _link(gate, box, count, why)


def _bar(place: tuple[float, float], y: float) -> Markup:
    return element("rect", x=place[0], y=y, width=place[1], height=_NODE, rx=1.5, class_="bin")


def _link(gate: Gate, *parts: Markup) -> Markup:
    reasons = ", ".join(f"{visible(reason)} {rows:,}" for reason, rows in gate.reasons[:6])
    said = f"{visible(gate.label)} dropped {many(gate.total, 'record')}: {reasons}"
    where = quote(",".join(gate.steps), safe=",")
    return element("a", element("title", said), *parts, href=f"#samples?step={where}", aria_label=said)


def _label(gate: Gate) -> str:
    """The step's label without the word that all filters have in common."""
    return visible(gate.label.replace(".filter.", ".").replace(".transform.", "."))


def _why(gate: Gate) -> str:
    first, *rest = [visible(reason) for reason, _ in gate.reasons] or [""]
    return f"{first} +{len(rest)}" if rest else first


def _name_places(level: _Level) -> dict[int, float]:
    """Where the names of the bands stand across the flow: at their middles, but never on each other."""
    places: dict[int, float] = {}
    free = 0.0
    for band, (at, thick) in enumerate(level.bands):
        if thick:
            places[band] = max(at + thick / 2 + 4, free)
            free = places[band] + _LINE
    return places


def _names(river: River, places: Mapping[int, float], x: float, room: float) -> Iterator[Markup]:
    """Names of the bands beside their ends."""
    total = sum(river.out)
    for band, y in places.items():
        count = element("tspan", f" {short(river.out[band])}", class_="faint")
        share = percent(part(river.out[band], total))
        title = element("title", f"{visible(river.bands[band])}: {many(river.out[band], 'record')}, {share}")
        yield element("text", title, fitted(visible(river.bands[band]), room), count, x=x, y=y, class_="h")


def _said(river: River) -> str:
    came, out = sum(river.came), sum(river.out)
    sources = many(len(river.bands), "band")
    return f"Flow of records: {came:,} read in {sources}, {out:,} in the dataset"
