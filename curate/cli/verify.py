"""`curate verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.options import OUT, Json, Out, Variables, VersionArgument, Workers
from curate.terminal import say, say_json

if TYPE_CHECKING:
    from curate.verify import Finding

Rebuild = Annotated[
    bool, typer.Option("--rebuild", help="Also build it again from its recipe and lock, and compare all bytes.")
]


def command(
    version: VersionArgument,
    rebuild: Rebuild = False,  # noqa: FBT002
    variables: Variables = None,
    workers: Workers = 0,
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Check a version: digests of all files, the fingerprint of its rows, the counts, the ledger, the card, the lock.

    With --rebuild, inputs must be where they were, or where `-v` says for recipes with a variable; nothing is taken
    from the cache, and the version built again is thrown away.

    Exit codes: 0 everything holds, 1 something does not (all faults are listed).
    """
    from curate.verify import verify  # noqa: PLC0415
    from curate.version import find  # noqa: PLC0415

    if variables and not rebuild:
        raise typer.BadParameter("-v goes with --rebuild: it says where inputs lie now")
    folder = find(version, out)
    findings = verify(folder)
    if rebuild:
        findings.append(_rebuilt(folder, variables or [], workers))
    holds = all(one.ok for one in findings)
    if json:
        checks = {one.what: one.faults for one in findings}
        say_json({"path": str(folder), "ok": holds, "checks": checks})
    else:
        for one in findings:
            say(f"{'ok    ' if one.ok else 'FAILED'} {one.what}")
            for fault in one.faults:
                say(f"       {fault}")
        say(str(folder))
    if not holds:
        raise typer.Exit(1)


def _rebuilt(folder: Path, variables: list[str], workers: int) -> Finding:
    from curate.build import Request  # noqa: PLC0415
    from curate.cli.progress import display  # noqa: PLC0415
    from curate.rebuild import rebuild  # noqa: PLC0415
    from curate.recipe import assigned  # noqa: PLC0415

    with display() as shown:
        request = Request(workers=workers, on_progress=shown.advance, on_tally=shown.tally)
        return rebuild(folder, assigned(variables), request)
