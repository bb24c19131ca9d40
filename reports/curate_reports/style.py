"""The looks of the terminal report: how a heading, a number and a text of strangers are shown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from curate_reports.visible import visible

# Wider than this the eye loses its line.
WIDEST = 116
# Narrower than this, what is nice to have goes.
NARROW = 80
# From here on two things stand side by side.
WIDE = 100

FAINT = "dim"
LOSS = "red"
BAR = "cyan"
ALERT = "yellow"


def words(text: str, style: str = "") -> Text:
    """Text of strangers: neither markup nor control characters have power in it."""
    return Text(visible(text), style=style, no_wrap=True, overflow="ellipsis")


def plain(text: str, style: str = "") -> Text:
    """Text of our own, as it is."""
    return Text(text, style=style)


def number(value: int, style: str = "") -> Text:
    """A count; nothing is written as a faint point, so that what is there stands out."""
    return Text(f"{value:,}", style=style) if value else Text("·", style=FAINT)


def section(title: str, *parts: RenderableType, note: str = "") -> Group:
    """A heading with a faint note beside it, and what belongs under it."""
    head = Text.assemble((title, "bold"), (f"  {note}" if note else "", FAINT))
    return Group("", head, *(Padding(part, (0, 0, 0, 2)) for part in parts))


def table(heads: Sequence[str], left: int = 1) -> Table:
    """A table without lines: the first `left` columns are words, the others numbers."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=FAINT, show_header=any(heads))
    for place, head in enumerate(heads):
        made.add_column(
            head, justify="left" if place < left else "right", no_wrap=True, overflow="ellipsis", ratio=None
        )
    return made
