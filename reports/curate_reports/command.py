"""`curate stats`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curate.terminal import say, screen


def stats(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="A version folder, NAME (its latest) or NAME@ID-prefix.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of datasets.")] = Path("datasets"),
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the report as one HTML page into this file.")
    ] = None,
    against: Annotated[
        str | None, typer.Option("--against", metavar="OLD", help="An earlier version to compare with, as VERSION.")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples", metavar="N", min=0, max=5000, help="Records to read in the page, kept and dropped; 200 each."
        ),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            "--tokenizer", metavar="T", help="Measure in its tokens in the page: cl100k_base, a path, a model."
        ),
    ] = None,
    seq_len: Annotated[
        int | None,
        typer.Option("--seq-len", metavar="N", min=1, help="The longest record that the model takes, in tokens."),
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Show a version: what went in, what left and why, the mix, lengths, languages, licences, and what looks odd.

    With `--html` the same and more goes into one page that needs nothing but a browser; the build writes it too. With
    `--against` it tells which records were added, removed or changed since an earlier version, and because of what.
    """
    if html is None and (samples, tokenizer, seq_len) != (None, None, None):
        raise typer.BadParameter("--samples, --tokenizer and --seq-len shape the page: name its file with --html")
    if seq_len is not None and tokenizer is None:
        raise typer.BadParameter("--seq-len counts tokens: name their tokenizer with --tokenizer")
    from curate.version import find  # noqa: PLC0415 - heavy imports wait until the command runs

    folder, old = find(version, out), find(against, out) if against else None
    if html is not None:
        from curate_reports.page.browser import SAMPLES  # noqa: PLC0415
        from curate_reports.page.file import write  # noqa: PLC0415
        from curate_reports.page.view import Options  # noqa: PLC0415

        write(folder, html, Options(SAMPLES if samples is None else samples, old, tokenizer, seq_len))
        if not json:
            say(str(html))
            return
    _print(folder, old, json=json)


def _print(folder: Path, old: Path | None, *, json: bool) -> None:
    """The report on stdout."""
    from curate_reports.difference import difference  # noqa: PLC0415 - as above
    from curate_reports.encoding import ascii_json, safe  # noqa: PLC0415
    from curate_reports.facts import facts  # noqa: PLC0415
    from curate_reports.terminal import show  # noqa: PLC0415

    found = facts(folder)
    compared = difference(old, folder) if old else None
    if json:
        say(ascii_json(found.as_json() | ({"difference": compared.as_json()} if compared else {})))
    else:
        with safe():
            show(found, screen(), compared)
