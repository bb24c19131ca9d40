"""Generated parts of pages: what stands between two marks, compared by a test and written anew by `make docs`."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def between(page: Path, mark: str) -> str:
    """What stands between `<!-- mark -->` and `<!-- end mark -->`.

    Raises:
        ValueError: the page has no such marks.
    """
    found = _pattern(mark).search(page.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{page.name} has no <!-- {mark} --> … <!-- end {mark} -->")
    return found[2].strip("\n")


def replace(page: Path, mark: str, text: str) -> None:
    """Put a text between the marks of a page."""
    between(page, mark)
    old = page.read_text(encoding="utf-8")
    page.write_text(_pattern(mark).sub(lambda found: f"{found[1]}{text}\n{found[3]}", old), encoding="utf-8")


def _pattern(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {mark} -->\n)(.*?)(<!-- end {mark} -->)", re.DOTALL)
