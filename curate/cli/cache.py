"""`curate cache`: what the stage cache holds, and making it smaller."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli import amount
from curate.cli.options import Json
from curate.terminal import say, say_json, screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curate.sweep import Stored

app = typer.Typer(no_args_is_help=True, help="Show the cache of steps that have run, or make it smaller.")

MaxSize = Annotated[
    str | None,
    typer.Option(
        "--max-size", metavar="SIZE", help="What may stay, as in 10G or 500M; least recently used goes first."
    ),
]
OlderThan = Annotated[
    str | None, typer.Option("--older-than", metavar="AGE", help="Also drop what nobody used for so long: 30d, 12h.")
]
AllAnswers = Annotated[
    bool, typer.Option("--answers", help="Also forget what models answered to `score` steps: to be asked again.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")]


@app.command("ls")
def ls(json: Json = False) -> None:  # noqa: FBT002
    """Show what the cache holds: entries and bytes by the step that made them, when they were used, and where."""
    import time  # noqa: PLC0415

    from curate.cache import default_root  # noqa: PLC0415
    from curate.score.answers import kept  # noqa: PLC0415
    from curate.sweep import leftovers, running, since, stored  # noqa: PLC0415

    root, now = default_root(), time.time()
    builds = running(root)
    entries, waste = stored(root), leftovers(root, since(root))
    answers, size = kept(root)
    said = {
        "path": str(root),
        "entries": len(entries),
        "bytes": sum(one.bytes for one in entries),
        "running": len(builds),
        "answers": {"entries": answers, "bytes": size},
        "leftovers": {"files": len(waste), "bytes": sum(one.bytes for one in waste)},
        "kinds": _kinds(entries, now),
    }
    if json:
        say_json(said)
    else:
        _show(said)


@app.command("prune")
def prune(
    max_size: MaxSize = None,
    older_than: OlderThan = None,
    answers: AllAnswers = False,  # noqa: FBT002
    dry_run: DryRun = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Drop what was not used for the longest time, and what killed builds left. Running builds lose nothing."""
    from curate import sweep  # noqa: PLC0415
    from curate.cache import default_root  # noqa: PLC0415
    from curate.room import shown  # noqa: PLC0415 - imports pyarrow

    most = None if max_size is None else amount.size(max_size, "10G, 500M or 0")
    age = None if older_than is None else amount.age(older_than, "30d, 12h or 2w")
    done = sweep.prune(default_root(), most, age, answers=answers, dry_run=dry_run)
    if json:
        say_json({"dry_run": dry_run, **asdict(done)})
        return
    verb = "would go" if dry_run else "removed"
    say(f"{verb}: {done.entries:,} entries ({shown(done.bytes)}) and {done.leftovers:,} leftovers of killed builds")
    say(f"kept: {done.kept:,} entries ({shown(done.kept_bytes)})")
    if done.answers:
        say(f"{verb}: {done.answers:,} answers of models ({shown(done.answers_bytes)})")
    elif answers and sweep.running(default_root()):
        say("the answers of models stay: a build is running", err=True)
    if done.held:
        say(f"{done.held:,} of them should go, but running builds use them", err=True)


def _kinds(entries: Sequence[Stored], now: float) -> list[dict[str, Any]]:
    """Entries by kind, the largest first; ages in seconds."""
    found = []
    for kind in {one.kind for one in entries}:
        mine = [one for one in entries if one.kind == kind]
        ages = [max(0.0, round(now - one.used, 1)) for one in mine]
        size = sum(one.bytes for one in mine)
        found.append({"kind": kind, "entries": len(mine), "bytes": size, "newest": min(ages), "oldest": max(ages)})
    return sorted(found, key=lambda one: (-int(one["bytes"]), str(one["kind"])))


def _show(said: dict[str, Any]) -> None:
    from rich.table import Table  # noqa: PLC0415

    from curate.room import shown  # noqa: PLC0415

    table = Table(
        "made by", "entries", "size", "last used", "longest unused", box=None, header_style="bold", pad_edge=False
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for one in said["kinds"]:
        ages = (_age(one["newest"]), _age(one["oldest"]))
        table.add_row(one["kind"], f"{one['entries']:,}", shown(one["bytes"]), *ages)
    table.add_row("total", f"{said['entries']:,}", shown(said["bytes"]), "", "", style="bold")
    console = screen()
    console.print(table)
    if said["answers"]["entries"]:
        console.print(f"and {said['answers']['entries']:,} answers of models ({shown(said['answers']['bytes'])})")
    if said["leftovers"]["files"]:
        waste = said["leftovers"]
        console.print(f"{waste['files']:,} leftovers of killed builds ({shown(waste['bytes'])}): `curate cache prune`")
    if said["running"]:
        console.print(f"running now: {said['running']:,}")
    console.print(said["path"], soft_wrap=True)


def _age(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:,.0f} s"
