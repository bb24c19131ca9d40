"""`curate verify`."""

from __future__ import annotations

import typer

from curate.cli.options import OUT, Json, Out, VersionArgument


def command(version: VersionArgument, out: Out = OUT, json: Json = False) -> None:  # noqa: FBT002
    """Check a version: digests of all files, the fingerprint of its rows, the counts, the ledger, the card.

    Exit codes: 0 everything holds, 1 something does not (all faults are listed).
    """
    import orjson  # noqa: PLC0415

    from curate.verify import verify  # noqa: PLC0415
    from curate.version import find  # noqa: PLC0415

    folder = find(version, out)
    findings = verify(folder)
    if json:
        typer.echo(
            orjson.dumps(
                {
                    "path": str(folder),
                    "ok": all(one.ok for one in findings),
                    "checks": {one.what: one.faults for one in findings},
                }
            )
        )
    else:
        for one in findings:
            typer.echo(f"{'ok    ' if one.ok else 'FAILED'} {one.what}")
            for fault in one.faults:
                typer.echo(f"       {fault}")
        typer.echo(str(folder))
    if not all(one.ok for one in findings):
        raise typer.Exit(1)
