"""What commands write, through one door: texts of strangers reach the terminal with nothing in them that it obeys.

Ruff refuses `typer.echo` and rich's `Console` elsewhere in the command line, so that nothing goes past it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import orjson
import typer

from curate.wording import harmless, hidden

if TYPE_CHECKING:
    from rich.console import Console

_NOT_ASCII = re.compile(r"[^\x20-\x7e\n]")


def say(text: object = "", *, err: bool = False, **style: Any) -> None:  # noqa: ANN401 - click's
    """Write a line.

    Args:
        text: what is hidden in it is written as code points; line breaks and tabs stay.
        err: to stderr.
        style: what `typer.style` takes (`fg`, `bold`, …), where the stream is a terminal.
    """
    typer.secho(harmless(str(text)), err=err, **style)  # noqa: TID251 - this is the door


def say_json(value: object, *, indent: bool = False) -> None:
    r"""Write a value as JSON, on one line unless told.

    A control, bidirectional or invisible character is written as `\uXXXX`: the same value to a parser.

    Args:
        value: what orjson takes; anything else in it as its text.
        indent: by two blanks.
    """
    text = orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 if indent else 0).decode()
    typer.echo(_NOT_ASCII.sub(_escaped, text))  # noqa: TID251 - as above


def _escaped(found: re.Match[str]) -> str:
    """A hidden character as JSON escapes it: by its UTF-16 code units."""
    if not hidden(found[0]):
        return found[0]
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def screen(*, err: bool = False, quiet: bool = False) -> Console:
    """A rich console for tables and progress, in which texts are texts: no markup, no emoji, nothing that is obeyed.

    Args:
        err: writes to stderr.
        quiet: writes nothing.
    """
    from rich.console import Console, ConsoleOptions, RenderableType  # noqa: PLC0415 - heavy; this is the door
    from rich.segment import Segment  # noqa: PLC0415

    class Harmless(Console):
        """Makes what is shown harmless where it becomes text, before rich adds its own control sequences."""

        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                yield segment if segment.control else Segment(harmless(segment.text), segment.style)

    return Harmless(stderr=err, quiet=quiet, markup=False, emoji=False, highlight=False)
