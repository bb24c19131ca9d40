"""`curate stats`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def stats(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="A version folder, NAME (its latest) or NAME@ID-prefix.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of datasets.")] = Path("datasets"),
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Show a version: what went in, what left and why, the mix, lengths, languages, licences, and what looks odd."""
    from rich.console import Console  # noqa: PLC0415 - heavy imports wait until the command runs

    from curate.version import find  # noqa: PLC0415
    from curate_reports.encoding import ascii_json, safe  # noqa: PLC0415
    from curate_reports.facts import facts  # noqa: PLC0415
    from curate_reports.terminal import show  # noqa: PLC0415

    found = facts(find(version, out))
    if json:
        typer.echo(ascii_json(found.as_json()))
    else:
        with safe():
            show(found, Console())
