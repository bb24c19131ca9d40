"""`curate publish`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli.options import OUT, Json, Out, VersionArgument
from curate.terminal import say, say_json

if TYPE_CHECKING:
    from pathlib import Path

    from curate.publish.send import Plan
    from curate.publish.target import Receipt
    from curate.recipe import Recipe

TargetArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="TARGET",
        help="hf://owner/name, s3://bucket/prefix, or a folder; the recipe's `publish: {target}` if none.",
    ),
]
Private = Annotated[
    bool | None,
    typer.Option("--private/--public", help="Who sees the repository that is made on the Hub: private unless told."),
]
Branch = Annotated[str | None, typer.Option("--branch", metavar="NAME", help="A branch on the Hub other than main.")]
Excerpts = Annotated[
    bool, typer.Option("--with-excerpts", help="Also publish the ledger's excerpts of text that is not in the dataset.")
]
Replace = Annotated[
    bool,
    typer.Option("--replace", help="Let go of files in the way, and of changes between the card's marks."),
]
ReadBack = Annotated[
    bool,
    typer.Option("--read-back/--no-read-back", help="Download all of it again to check; else trust the Hub's digests."),
]
AcceptLicense = Annotated[
    str | None,
    typer.Option(
        "--accept-license",
        metavar="REASON",
        help="Publish under the declared licence although the records contradict it; the card says the reason.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent, and how the card changes.")]


def command(
    version: VersionArgument,
    target: TargetArgument = None,
    private: Private = None,
    branch: Branch = None,
    excerpts: Excerpts = False,  # noqa: FBT002
    replace: Replace = False,  # noqa: FBT002
    read_back: ReadBack = True,  # noqa: FBT002
    accept_license: AcceptLicense = None,
    dry_run: DryRun = False,  # noqa: FBT002
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Publish a version: on the Hugging Face Hub as one commit and a tag, in an object store, or in a folder.

    Files that are there already are not sent. What people wrote into the card there stays. A publish that is killed
    leaves the place as it was, and can be repeated. Afterwards everything is read back and compared.

    Exit codes: 0 published (or there already), 1 refused or failed.
    """
    from curate.publish.place import target as place  # noqa: PLC0415
    from curate.publish.policy import licensed  # noqa: PLC0415
    from curate.publish.send import Request, planned, publish  # noqa: PLC0415
    from curate.version import find  # noqa: PLC0415

    folder = find(version, out)
    recipe = _recipe(folder)
    said = recipe.publish if recipe is not None else None
    if said is not None and target in (None, said.target):
        target = said.target
        private = said.private if private is None else private
        branch = branch or said.branch
    if target is None:
        raise typer.BadParameter(
            "no TARGET: name one (hf://owner/name, s3://bucket/prefix, or a folder), "
            "or in the recipe as publish: {target: …}"
        )
    goal = place(target, private=private is not False, branch=branch, download=read_back)
    request = Request(excerpts, replace, [licensed(accept_license)], accept_license)
    with planned(folder, goal, request, _tell) as plan:
        if not json:
            _show(plan, diff=dry_run)
        receipt = None if dry_run else publish(plan, goal, _tell)
        if json:
            say_json(summary(plan, receipt))
        elif receipt is not None:
            for note in receipt.notes:
                say(f"note: {note}", err=True)
            say(receipt.place)


def summary(plan: Plan, receipt: Receipt | None) -> dict[str, Any]:
    """What was published, or would be, as one JSON object."""
    manifest = plan.payload.manifest
    return {
        "name": manifest.name,
        "version": manifest.version,
        "files": {file.name: {"bytes": file.bytes, "sha256": file.sha256} for file in plan.payload.files},
        "send": [file.name for file in plan.send],
        "gone": list(plan.gone),
        "withheld": [*manifest.withheld, "run.json"],
        "card": list(plan.card),
        "notes": [*plan.notes, *(receipt.notes if receipt else ())],
        "published": receipt is not None,
        "place": receipt.place if receipt else None,
        "revision": receipt.revision if receipt else None,
    }


def _recipe(folder: Path) -> Recipe | None:
    """The version's recipe, where it says anything of publishing."""
    path = folder / "recipe.yaml"
    if not path.is_file() or "publish" not in path.read_text(encoding="utf-8", errors="replace"):
        return None
    from curate.recipe import load  # noqa: PLC0415 - most recipes say nothing

    return load(str(path))


def _tell(text: str) -> None:
    say(text, err=True)


def _show(plan: Plan, *, diff: bool) -> None:
    sending = {file.name for file in plan.send}
    for file in plan.payload.files:
        say(f"{'send ' if file.name in sending else 'there'} {file.bytes:>14,}  {file.name}")
    for name in plan.gone:
        say(f"{'gone':<20}  {name}")
    for name in (*plan.payload.manifest.withheld, "run.json"):
        say(f"{'stays at home':<20}  {name}")
    if diff and plan.card:
        say("\n".join(("", *plan.card)))
    for note in plan.notes:
        say(f"note: {note}", err=True)
