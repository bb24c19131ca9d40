"""Names and values in sentences: cut short, and harmless on a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import orjson

_NAMED = 3  # names that are told of a list
_LONGEST = 60  # characters of a value

# Other: control, format (bidirectional marks, zero width, tags), surrogates, private use, unassigned; both separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Letters and marks that have a category of visible ones and no shape: fillers, the blank Braille cell, the joiner.
_SHAPELESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

_PLAIN = re.compile(r"[\n\t\x20-\x7e]*")


def hidden(character: str) -> bool:
    """Whether a character does something, or nothing, rather than show itself."""
    if character in _SHAPELESS or "\U000e0100" <= character <= "\U000e01ef":  # variation selectors can carry a message
        return True
    return unicodedata.category(character) in _HIDDEN


def harmless(text: str, kept: str = "\n\t") -> str:
    r"""The text of a stranger, with nothing in it that drives a terminal, hides, or turns the reading direction.

    Data sets and recipes hold terminal escape sequences, bidirectional overrides (https://trojansource.codes) and
    letters without a shape. Each such character is written as its code point.

    Args:
        text: any; also what Python makes of file names that are no UTF-8.
        kept: characters that stay.

    >>> harmless("a\x1b[31mb\u202ec")
    'a<U+001B>[31mb<U+202E>c'
    """
    if _PLAIN.fullmatch(text) and "\n" in kept and "\t" in kept:
        return text
    return "".join(f"<U+{ord(one):04X}>" if hidden(one) and one not in kept else one for one in text)


def some(names: Sequence[str], most: int = _NAMED) -> str:
    """The first names of a list, at most so many, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def shown(value: object) -> str:
    """A JSON-like value in a few characters, all on one line; None as `(not set)`."""
    if value is None:
        return "(not set)"
    text = harmless(value if isinstance(value, str) else orjson.dumps(value).decode(), kept="")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def change(key: str, old: object, new: object) -> str:
    """`key old → new`."""
    return f"{key} {shown(old)} → {shown(new)}"
