"""Lines of text for a terminal: cells put in columns that fit the room, blocks put side by side.

Tables of rich shorten whatever does not fit, numbers too. Here one column of words gives way, then the bars; a number
is never cut.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from curate_reports.histogram import bar
from curate_reports.visible import visible

FAINT = "dim"
LOSS = "red"
BAR = "cyan"
ALERT = "yellow"

GAP = 2
# Words that are cut shorter say nothing.
_LEAST = 8
# A bar shorter than this cannot be compared, a longer one makes the eye travel.
_SHORT_BAR, _LONG_BAR = 6, 40


def words(text: str, style: str = "") -> Text:
    """Text of strangers: neither markup nor control characters have power in it."""
    return Text(visible(text), style=style)


def number(value: int, style: str = "") -> Text:
    """A count; nothing is a faint point, so that what is there stands out."""
    return Text(f"{value:,}", style=style) if value else Text("·", style=FAINT)


def section(title: str, lines: Sequence[Text], room: int, note: str = "") -> list[Text]:
    """An empty line, a heading with a faint note beside it or below, and indented lines."""
    head = Text(title, style="bold")
    below = []
    if note and len(title) + GAP + cell_len(note) <= room:
        head = Text.assemble(head, " " * GAP, (note, FAINT))
    elif note:
        below = wrapped(Text(note, style=FAINT), room - GAP)
    return [Text(), head, *(indented(line) for line in (*below, *lines))]


def indented(line: Text, by: int = GAP) -> Text:
    """A line further to the right."""
    return Text.assemble(" " * by, line) if line.plain else line


def wrapped(text: Text, room: int) -> list[Text]:
    """A long text as lines, broken between words."""
    lines = text.wrap(Console(file=io.StringIO(), width=room), room)
    for line in lines:
        line.rstrip()
    return list(lines)


class Grid:
    """Cells in columns.

    Args:
        heads: of the columns.
        left: columns that are aligned left, others are aligned right.
        shrink: the column that gives way where room is short.
    """

    def __init__(self, heads: Sequence[str], left: Sequence[int] = (0,), shrink: int = 0) -> None:
        self._rows = [[Text(head, style=FAINT) for head in heads]]
        self._left = left
        self._shrink = shrink
        self._bars: list[float | None] = [None]

    def add(self, *cells: Text | str, part: float | None = None) -> None:
        """One more row, with a bar behind it where a part of the whole is given."""
        self._rows.append([Text(cell) if isinstance(cell, str) else cell for cell in cells])
        self._bars.append(part)

    def lines(self, room: int) -> list[Text]:
        """The rows, the heads first if there are any; no line is wider than the room if words can give way."""
        widths = self.widths(room)
        spare = min(room - sum(widths) - GAP * len(widths), _LONG_BAR)
        found = []
        for cells, share in zip(self._rows, self._bars, strict=True):
            line = self.line(cells, widths)
            if share is not None and spare >= _SHORT_BAR:
                line = Text.assemble(line, " " * GAP, (bar(share, spare), BAR))
            line.rstrip()
            found.append(line)
        return found if found[0].plain else found[1:]

    def widths(self, room: int) -> list[int]:
        """The width of each column."""
        widths = [max(cell.cell_len for cell in column) for column in zip(*self._rows, strict=True)]
        over = sum(widths) + GAP * (len(widths) - 1) - room
        if over > 0:
            widths[self._shrink] = max(widths[self._shrink] - over, min(_LEAST, widths[self._shrink]))
        return widths

    def line(self, cells: Sequence[Text], widths: Sequence[int]) -> Text:
        """One row, as wide as the columns."""
        found = Text()
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            shown = cell.copy()
            shown.truncate(width, overflow="ellipsis")
            pad = " " * (width - shown.cell_len)
            found.append(" " * GAP if place else "")
            found = found + shown + pad if place in self._left else found + pad + shown
        return found


def beside(blocks: Sequence[Sequence[Text]], room: int, gap: int = 4) -> list[Text]:
    """Blocks of lines from left to right as long as they fit, the others below, with an empty line between."""
    rows: list[list[Sequence[Text]]] = []
    used = 0
    for block in blocks:
        width = _width(block) + gap
        if not rows or used + width - gap > room:
            rows.append([])
            used = 0
        rows[-1].append(block)
        used += width
    found: list[Text] = []
    for row in rows:
        found += [Text(), *_joined(row, gap)] if found else _joined(row, gap)
    return found


def _joined(blocks: Sequence[Sequence[Text]], gap: int) -> list[Text]:
    widths = [_width(block) + gap for block in blocks]
    found = []
    for cells in zip_longest(*blocks, fillvalue=Text()):
        line = Text()
        for cell, width in zip(cells, widths, strict=True):
            line = line + cell + " " * (width - cell.cell_len)
        line.rstrip()
        found.append(line)
    return found


def _width(block: Sequence[Text]) -> int:
    return max((line.cell_len for line in block), default=0)
