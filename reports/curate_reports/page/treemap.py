"""The mix as a treemap: areas are shares. Squarified (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from curate_reports.page.amount import many, short
from curate_reports.page.svg import LETTER, element, fitted, picture
from curate_reports.share import part, percent
from curate_reports.visible import visible

_PAD = 1.5
_LINE = 14.0


@dataclass(frozen=True)
class Tile:
    """One part of the mix.

    Args:
        name: a source, or a task.
        rows: records of it.
        colour: of it.
    """

    name: str
    rows: int
    colour: int


Box = tuple[float, float, float, float]


def treemap(tiles: Sequence[Tile], width: float = 520.0, height: float = 280.0) -> Markup:
    """The picture.

    Args:
        tiles: parts of the mix; those without records have no tile.
        width: in pixels.
        height: in pixels.
    """
    shown = sorted((one for one in tiles if one.rows), key=lambda one: (-one.rows, one.name))
    total = sum(one.rows for one in shown)
    boxes = squarified([one.rows for one in shown], (0.0, 0.0, width, height))
    parts = [_tile(one, box, total) for one, box in zip(shown, boxes, strict=True)]
    named = ", ".join(f"{visible(one.name)} {percent(part(one.rows, total))}" for one in shown[:5])
    return picture(width, height, f"What is in the mix: {named}", parts)


def _tile(tile: Tile, box: Box, total: int) -> Markup:
    x, y, width, height = box
    wide, high = max(width - _PAD, 0.5), max(height - _PAD, 0.5)
    share = percent(part(tile.rows, total))
    title = element("title", f"{visible(tile.name)}: {many(tile.rows, 'record')}, {share}")
    area = element("rect", x=x, y=y, width=wide, height=high, rx=min(3.0, wide / 4, high / 4), class_=f"s{tile.colour}")
    return element("g", title, area, *_labels(tile, share, (x, y, wide, high)))


def _labels(tile: Tile, share: str, box: Box) -> Iterator[Markup]:
    x, y, width, height = box
    room = width - 16
    if height < _LINE + 6:
        return
    name = fitted(visible(tile.name), room, LETTER * 1.06)
    if name:
        yield element("text", name, x=x + 8, y=y + 17, class_="b on")
    told = f"{share} · {short(tile.rows)}"
    said = told if len(told) * LETTER <= room else share
    if name and height >= 2 * _LINE + 8 and len(said) * LETTER <= room:
        yield element("text", said, x=x + 8, y=y + 17 + _LINE, class_="on")


def squarified(sizes: Sequence[float], box: Box) -> list[Box]:
    """A box for each size, areas in proportion, as square as they get.

    >>> squarified([2, 1, 1], (0, 0, 4, 2))
    [(0, 0.0, 2.0, 2.0), (2.0, 0.0, 2.0, 1.0), (2.0, 1.0, 2.0, 1.0)]

    Args:
        sizes: the largest first, all above zero.
        box: x, y, width, height of the whole.
    """
    x, y, width, height = box
    total = sum(sizes)
    found: list[Box] = []
    start = 0
    while start < len(sizes):
        short_side = min(width, height)
        scale = width * height / total if total else 0.0
        row = [sizes[start] * scale]
        while start + len(row) < len(sizes):
            longer = [*row, sizes[start + len(row)] * scale]
            if _worst(longer, short_side) > _worst(row, short_side):
                break
            row = longer
        thick = sum(row) / short_side if short_side else 0.0
        at = 0.0
        for area in row:
            long = area / thick if thick else 0.0
            found.append((x, y + at, thick, long) if height <= width else (x + at, y, long, thick))
            at += long
        if height <= width:
            x, width = x + thick, width - thick
        else:
            y, height = y + thick, height - thick
        total -= sum(sizes[start : start + len(row)])
        start += len(row)
    return found


def _worst(row: Sequence[float], side: float) -> float:
    """The greatest ratio of sides in a row."""
    area = sum(row)
    if not side or not area:
        return 0.0
    return max(side**2 * max(row) / area**2, area**2 / (side**2 * min(row)))
