"""Text of strangers, made safe to show: nothing in it moves the cursor, hides, or turns the reading direction.

Data sets hold terminal escape sequences, bidirectional overrides (https://trojansource.codes) and letters without a
shape. Such characters are written as their code points, `<U+202E>`; runs of blanks and line breaks become one blank.
"""

from __future__ import annotations

import re
import unicodedata

_BLANKS = re.compile(r"[^\S\x1c-\x1f]+")  # Python counts four control characters among the blanks

# Other: control, format (bidirectional marks, zero width, tags), surrogates, private use, unassigned; both separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Letters and marks that have a category of visible ones and no shape: fillers, the blank Braille cell, the joiner.
_SHAPELESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def visible(text: str) -> str:
    r"""One line of text in which every character can be seen.

    >>> visible("a\x1b[31mb\n\u202ec [bold]")
    'a<U+001B>[31mb <U+202E>c [bold]'
    """
    line = _BLANKS.sub(" ", text)
    if line.isascii() and line.isprintable():
        return line
    return "".join(f"<U+{ord(one):04X}>" if hidden(one) else one for one in line)


def clipped(text: str, length: int) -> str:
    """The visible start of a text, with an ellipsis where something is left out.

    >>> clipped("one two three", 7)
    'one two…'
    """
    # What is cut here is not escaped first: a text of a megabyte costs no more than one of a line.
    line = visible(text[: 4 * length]).strip()
    whole = len(line) <= length and len(text) <= 4 * length
    return line if whole else line[:length].rstrip() + "…"


def hidden(character: str) -> bool:
    """Whether a character does something, or nothing, rather than show itself."""
    if character in _SHAPELESS or "\U000e0100" <= character <= "\U000e01ef":  # variation selectors can carry a message
        return True
    return unicodedata.category(character) in _HIDDEN
