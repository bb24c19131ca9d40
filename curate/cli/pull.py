"""`curate pull`."""

from __future__ import annotations

from typing import Annotated

import typer

from curate.cli.options import OUT, Json, Out
from curate.terminal import say, say_json

Reference = Annotated[
    str,
    typer.Argument(
        metavar="TARGET[@VERSION]",
        help="hf://owner/name, s3://bucket/prefix or a folder of versions; "
        "then an id or its beginning, a tag, a branch or a commit.",
    ),
]


def command(reference: Reference, out: Out = OUT, json: Json = False) -> None:  # noqa: FBT002
    """Bring a published version back, whole, and check every digest and count of it.

    It goes to `<out>/<name>/<id>`, and `latest` names it. Files that are here already are not fetched, and a pull that
    was killed goes on.

    Exit codes: 0 it is here, 1 failed; what was here is as it was.
    """
    from curate.publish.place import split, target  # noqa: PLC0415
    from curate.publish.pull import pull  # noqa: PLC0415

    name, version = split(reference)
    pulled = pull(target(name), version, out, _tell)
    manifest = pulled.manifest
    if json:
        said = {
            "name": manifest.name,
            "version": manifest.version,
            "path": str(pulled.path),
            "revision": pulled.revision,
            "fetched": list(pulled.fetched),
            "reused": pulled.reused,
        }
        say_json(said)
        return
    state = "it was here already" if pulled.reused else f"{len(pulled.fetched)} files fetched"
    say(f"{manifest.name}@{manifest.version}: {manifest.rows_out:,} records; {state}", err=True)
    say(str(pulled.path))


def _tell(text: str) -> None:
    say(text, err=True)
