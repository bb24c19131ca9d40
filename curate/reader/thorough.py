"""JSON, thoroughly: what the fast parser does not let through, or does not tell.

A half of a surrogate pair makes orjson refuse a whole document, Python's parser keeps it. A key that stands twice in an
object is told by no parser: the last value stays, and the first would be lost silently. But it is known how many keys
there are in what was parsed, and how many are written is counted at a gigabyte a second: where the two differ, Python's
parser looks which key it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

_SPACED = re.compile(rb'"[ \t\r\n]+:')
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"[ \t\r\n]*+:?', re.DOTALL)

_NESTED = (dict, list)

TWICE = "a key stands twice in one object: "
SURROGATE = "a text holds half of a surrogate pair, which is not valid Unicode"


class Repeated(dict[str, Any]):
    """An object in which a key stands twice; the last value of each is in it."""

    key: str


def loads(text: str | bytes) -> tuple[object, int]:
    """Parse JSON with Python's parser; numbers are what orjson makes of them.

    Returns:
        The value, and how many objects in it are Repeated.

    Raises:
        ValueError: it is not JSON (`json.JSONDecodeError` where a place is known).
        RecursionError: it is nested deeper than Python's parser goes, some thousand levels.
    """
    found = 0

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        plain = dict(items)
        if len(plain) == len(items):
            return plain
        found += 1
        seen: set[str] = set()
        made = Repeated(plain)
        made.key = next(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return made

    return json.loads(text, object_pairs_hook=pairs, parse_int=_whole, parse_constant=_constant), found


def repeats(texts: Sequence[bytes], values: Sequence[object]) -> dict[int, str]:
    """The texts in which a key stands twice.

    Args:
        texts: valid JSON.
        values: what orjson made of each.

    Returns:
        Place of the text to the key, quoted.
    """
    if complete(b"\n".join(texts), values):
        return {}
    odd = [at for at, (text, value) in enumerate(zip(texts, values, strict=True)) if not complete(text, [value])]
    return {at: _first(texts[at]) for at in odd}


def complete(text: bytes, values: Sequence[object]) -> bool:
    """Whether what was parsed has all the keys that valid JSON text writes: none stands twice in one object."""
    present = sum(len(value) for value in containers(values) if type(value) is not list)
    # Two bytes that end a key; in a text they may stand too, so this counts too many at times, but never too few.
    if text.count(b'":') == present and not _SPACED.search(text):
        return True
    return sum(found[0].endswith(b":") for found in _STRING.finditer(text)) == present


def unsound(value: object) -> str | None:
    """Why a value that `loads` made cannot be taken, or None."""
    repeated = next((one for one in containers([value]) if isinstance(one, Repeated)), None)
    if repeated is not None:
        return f"{TWICE}{repeated.key!r}"
    try:
        orjson.dumps(value)
    except TypeError as error:
        return SURROGATE if "surrogates" in str(error) else None
    return None


def containers(values: Iterable[object]) -> list[dict[str, Any] | list[Any]]:
    """All objects and lists in values, without recursion: they may be nested a thousand levels deep."""
    left = [value for value in values if isinstance(value, dict | list)]
    for value in left:  # which grows meanwhile
        inner = value if type(value) is list else value.values()  # type: ignore[union-attr]
        left += [one for one in inner if isinstance(one, _NESTED)]
    return left


def _first(text: bytes) -> str:
    try:
        value, _ = loads(text)
    except RecursionError:
        return "(nested too deeply to say which)"
    return next((repr(one.key) for one in containers([value]) if isinstance(one, Repeated)), "")


def _whole(text: str) -> int | float:
    """As orjson reads it: beyond 64 bits a float."""
    number = int(text) if len(text) < 21 else float(text)
    return number if -(1 << 63) <= number < 1 << 64 else float(number)


def _constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON number")
