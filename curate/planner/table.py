"""The planner's tables: facts about models, cards and measured runs, each row with the address of its source."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from curate.errors import CurateError

_FOLDER = Path(__file__).parent / "tables"

Row = Mapping[str, str]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """The rows of a table: `models`, `cards` or `throughput`, as texts by column."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def find(name: str, table: str, what: str, advice: str = "") -> Row:
    """The row of this name or alias; case, blanks and underscores make no difference.

    Raises:
        CurateError: there is none; the message lists what there is.
    """
    known = {_plain(alias): row for row in rows(table) for alias in (row["name"], *row["aliases"].split())}
    row = known.get(_plain(name))
    if row is not None:
        return row
    close = difflib.get_close_matches(_plain(name), known, 1)
    hint = f", did you mean {known[close[0]]['name']!r}?" if close else ""
    names = ", ".join(row["name"] for row in rows(table))
    raise CurateError(f"unknown {what} {name!r}{hint} (known: {names}{advice})")


def digest() -> str:
    """What identifies the tables: plans from other tables are other plans."""
    return sha256(b"".join(path.read_bytes() for path in sorted(_FOLDER.glob("*.csv")))).hexdigest()


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign not in " _").replace("rtx-", "rtx")
