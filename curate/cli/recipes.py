"""`curate recipes`: what recipes come with curate."""

from __future__ import annotations

from typing import Annotated

import typer

from curate.cli.options import Json
from curate.terminal import say, say_json


def command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Print this recipe.")] = None,
    *,
    json: Json = False,
) -> None:
    """List the recipes that come with curate, or print one: a start for your own."""
    from curate.document.fault import unknown  # noqa: PLC0415
    from curate.recipe import described, shipped  # noqa: PLC0415

    known = shipped()
    if name is not None and name not in known:
        say(unknown("recipe", name, known), err=True)
        raise typer.Exit(2)
    if name is not None:
        text = known[name].read_text(encoding="utf-8")
        if json:
            say_json({"name": name, "path": str(known[name]), "text": text})
        else:
            say(text.removesuffix("\n"))
        return
    about = described()
    if json:
        say_json({"recipes": [{"name": one, "path": str(known[one]), "description": about[one]} for one in known]})
        return
    width = max(map(len, known), default=0)
    for one in known:
        say(f"{one:<{width}}  {about[one]}".rstrip())
