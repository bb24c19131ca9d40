"""`curate sources`."""

from __future__ import annotations

from typing import Annotated

import typer

from curate.cli.options import Json
from curate.terminal import say, say_json, screen


def command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Tell all about this one.")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """List the source adapters, or tell all about one: its data, terms, options and the shape of a row."""
    import inspect  # noqa: PLC0415
    import sys  # noqa: PLC0415

    import orjson  # noqa: PLC0415

    from curate import plugin  # noqa: PLC0415
    from curate.errors import CurateError  # noqa: PLC0415

    names = list(plugin.names("sources"))
    if name is not None:
        try:
            adapter = plugin.source(name)
        except KeyError as error:
            raise CurateError(error.args[0]) from error
        about = adapter.about
        options = adapter.Options.model_json_schema().get("properties", {})
        text = inspect.cleandoc(sys.modules[adapter.__module__].__doc__ or "")
        if json:
            say_json({"name": name, "about": vars(about), "options": options, "doc": text})
            return
        say(f"{name}: {about.title}\n{about.url}\nlicence {about.license}, text by {about.origin}\n\n{text}")
        if options:
            say("\noptions:")
            for key, option in options.items():
                default = f" (default {orjson.dumps(option['default']).decode()})" if "default" in option else ""
                say(f"  {key}{default}: {option.get('description', '')}")
        return
    known = {each: plugin.source(each).about for each in names}
    if json:
        say_json({each: vars(about) for each, about in known.items()})
        return
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in ("source", "data", "licence", "text by"):
        table.add_column(head)
    for each, about in known.items():
        table.add_row(each, about.title, about.license, about.origin)
    screen().print(table)
