"""Text of strangers in a page: every character that does not show itself stands there as its code point."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from curate.wording import hidden

# Zero-width joiners and non-joiners shape words of these scripts, and emoji: after one of those they are spelling.
_JOINED = re.compile("[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]")
_JOINERS = "\u200c\u200d"


def seen(text: str) -> Markup:
    r"""Text as HTML, line breaks and tabs as they are.

    >>> seen("a <b>\u202e")
    Markup('a &lt;b&gt;<span class="cp">U+202E</span>')
    """
    return Markup("").join(
        Markup('<span class="cp">U+{:04X}</span>').format(ord(piece)) if odd else escape(piece)
        for odd, piece in _pieces(text)
    )


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    start = 0
    for place, character in enumerate(text):
        if character in "\n\t" or not hidden(character):
            continue
        if character in _JOINERS and place and _JOINED.match(text[place - 1]):
            continue
        if start < place:
            yield False, text[start:place]
        yield True, character
        start = place + 1
    if start < len(text):
        yield False, text[start:]


def highlighted(yaml: str) -> Markup:
    """A recipe as HTML, its comments and keys marked."""
    return Markup("\n").join(_line(line) for line in yaml.splitlines())


_KEY = re.compile(r"\s*(?:- )*[\w.-]+(?=:(?:\s|$))")


def _line(line: str) -> Markup:
    cut = _comment(line)
    code, comment = line[:cut], line[cut:]
    key = _KEY.match(code)
    begin = Markup('<span class="key">{}</span>').format(seen(key[0])) if key else Markup("")
    tail = Markup('<span class="note">{}</span>').format(seen(comment)) if comment else Markup("")
    return begin + seen(code[key.end() if key else 0 :]) + tail


def _comment(line: str) -> int:
    """Where the comment of a line of YAML begins: a number sign after a blank, outside quotes."""
    quote = ""
    for place, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "#" and (not place or line[place - 1].isspace()):
            return place
    return len(line)
