"""Amounts as users type them: a number and its unit."""

from __future__ import annotations

import re

import typer

_SIZES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "t": 1_000_000_000_000}
_TIMES = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def size(text: str, examples: str) -> int:
    """Bytes: `10G`, `512MB`, `1.5 GB`, `4GiB`.

    Raises:
        typer.BadParameter: it is none; the message gives the examples.
    """
    found = _found(r"(\d+(?:\.\d+)?) ?([kmgt]?)(i?)b?", text, examples)
    step = _SIZES[found[2]]
    return int(float(found[1]) * (1024 ** (len(str(step)) // 3) if found[3] else step))


def age(text: str, examples: str) -> float:
    """Seconds: `30d`, `12h`.

    Raises:
        typer.BadParameter: as for `size`.
    """
    found = _found(r"(\d+(?:\.\d+)?) ?([smhdw])", text, examples)
    return float(found[1]) * _TIMES[found[2]]


def _found(pattern: str, text: str, examples: str) -> re.Match[str]:
    found = re.fullmatch(pattern, text.strip().lower())
    if not found:
        raise typer.BadParameter(f"expected a number and its unit, such as {examples}, found {text!r}")
    return found
