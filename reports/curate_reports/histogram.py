"""Counts drawn with block characters, and the bins that make lengths drawable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_RISING = " ▁▂▃▄▅▆▇█"
LOST = "░"


@dataclass(frozen=True)
class Bin:
    """How many values lie in [low, high)."""

    low: int
    high: int
    rows: int


def edges(highest: int) -> list[int]:
    """Edges of bins that grow with their values: each number up to 8, then four a doubling.

    Lengths of text spread over orders of magnitude: bins of one width would show one bar and a long tail.

    >>> edges(21)
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24]
    """
    found = list(range(9))
    while found[-1] <= highest:
        step = 1 << (found[-1].bit_length() - 3)
        found.append(found[-1] + step)
    return found


def merged(bins: Sequence[Bin], most: int) -> list[Bin]:
    """Neighbours put together until there are at most so many bins; empty ones at both ends are left out."""
    filled = [place for place, one in enumerate(bins) if one.rows]
    if not filled:
        return []
    kept = list(bins[filled[0] : filled[-1] + 1])
    size = -(-len(kept) // most)
    groups = [kept[start : start + size] for start in range(0, len(kept), size)]
    return [Bin(group[0].low, group[-1].high, sum(one.rows for one in group)) for group in groups]


def bar(share: float, width: int) -> str:
    """A lying bar, exact to an eighth of a character; what is not nothing can be seen.

    >>> bar(0.5, 4), bar(0.0, 4), bar(0.001, 4)
    ('██', '', '▏')
    """
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def funnel_bar(kept: float, lost: float, width: int) -> tuple[str, str]:
    """Two bars end to end: what is left of the whole, and what has just gone.

    >>> funnel_bar(0.5, 0.25, 8)
    ('████', '░░')
    """
    left = round(kept * width)
    gone = round((kept + lost) * width) - left
    if kept > 0:
        left = max(left, 1)
    return "█" * left, LOST * gone


def columns(rows: Sequence[int], height: int = 1) -> list[str]:
    """Standing bars, a character each, as lines from the top; what is not nothing can be seen.

    >>> columns([1, 4, 0, 2], 2)
    [' █  ', '▄█ █']
    """
    top = max(rows, default=0)
    levels = [max(round(one / top * height * 8), 1) if one else 0 for one in rows]
    lines = [[_RISING[min(max(level - 8 * line, 0), 8)] for level in levels] for line in range(height)]
    return ["".join(line) for line in reversed(lines)]


def axis(bins: Sequence[Bin]) -> str:
    """Labels under standing bars: round numbers, each below the bin that it lies in, as many as there is room for.

    >>> axis([Bin(low, high, 1) for low, high in pairwise(edges(21))])
    '0 2  5   10'
    """
    line = [" "] * len(bins)
    free = 0
    for place, one in enumerate(bins):
        for value, label in _TICKS.items():
            if one.low <= value < one.high and place >= free and place + len(label) <= len(line):
                line[place : place + len(label)] = label
                free = place + len(label) + 1
    found = "".join(line).rstrip()
    return found or f"{bins[0].low}-{bins[-1].high - 1}"


def _label(value: int) -> str:
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value // size}{unit}"
    return str(value)


_TICKS = {0: "0"} | {digit * 10**power: _label(digit * 10**power) for power in range(8) for digit in (1, 2, 5)}


def binned(values: Sequence[int], rows: Sequence[int]) -> tuple[Bin, ...]:
    """Put counted values into bins, in the order of `edges`.

    Args:
        values: different ones, ascending.
        rows: how often each was met.
    """
    found, place = [], 0
    for low, high in pairwise(edges(values[-1] if values else 0)):
        count = 0
        while place < len(values) and values[place] < high:
            count += rows[place]
            place += 1
        found.append(Bin(low, high, count))
    return tuple(found)
