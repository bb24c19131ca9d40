"""Names and values in sentences: cut short, and harmless on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

_NAMED = 3  # names that are told of a list
_LONGEST = 60  # characters of a value


def some(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def shown(value: object) -> str:
    """A JSON-like value in a few characters, control characters as their code points; None as `(not set)`."""
    if value is None:
        return "(not set)"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    text = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def change(key: str, old: object, new: object) -> str:
    """`key old → new`."""
    return f"{key} {shown(old)} → {shown(new)}"
