"""Text of strangers, made safe to show: nothing in it moves the cursor, hides, or turns the reading direction.

Data sets hold terminal escape sequences, bidirectional overrides (https://trojansource.codes) and letters without a
shape. Such characters are written as their code points, `<U+202E>`; runs of blanks and line breaks become one blank.
"""

from __future__ import annotations

import re

from curate.wording import harmless

_BLANKS = re.compile(r"[^\S\x1c-\x1f]+")  # Python counts four control characters among the blanks


def visible(text: str) -> str:
    r"""One line of text in which every character can be seen.

    >>> visible("a\x1b[31mb\n\u202ec [bold]")
    'a<U+001B>[31mb <U+202E>c [bold]'
    """
    return harmless(_BLANKS.sub(" ", text), kept="")


def clipped(text: str, length: int) -> str:
    """The visible start of a text, with an ellipsis where something is left out.

    >>> clipped("one two three", 7)
    'one two…'
    """
    # What is cut here is not escaped first: a text of a megabyte costs no more than one of a line.
    line = visible(text[: 4 * length]).strip()
    whole = len(line) <= length and len(text) <= 4 * length
    return line if whole else line[:length].rstrip() + "…"
