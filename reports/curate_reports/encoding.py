"""Output that every terminal and every pipe can take."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_HANDLER = "curate_reports"
_PLAIN = {
    **dict.fromkeys("█▇▆▅", "#"),
    **dict.fromkeys("▉▊▋▌▍▎▏", "="),
    **dict.fromkeys("▄▃▂▁", "_"),
    **dict.fromkeys("“”", '"'),
    "░": ":",
    "→": ">",
    "·": ".",
    "…": "~",
}


def ascii_json(value: dict[str, Any]) -> str:
    r"""JSON on one line, in which every character that could do something to a terminal is escaped.

    >>> ascii_json({"a": "\x1b\x7f\x9b\u202e"})
    '{"a": "\\u001b\\u007f\\u009b\\u202e"}'
    """
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")


@contextmanager
def safe() -> Iterator[None]:
    """While the block runs, stdout writes a plain character for each that its encoding lacks: cp1252 has no blocks."""
    stream = sys.stdout
    if not hasattr(stream, "reconfigure"):
        yield
        return
    before = stream.errors
    stream.reconfigure(errors=_HANDLER)
    try:
        yield
    finally:
        stream.flush()
        stream.reconfigure(errors=before)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """One character for one, so that columns stay columns."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(one, "?") for one in error.object[error.start : error.end]), error.end


codecs.register_error(_HANDLER, _replaced)
