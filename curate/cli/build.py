"""`curate build`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli import amount
from curate.cli.options import OUT, Json, Limit, Locked, MemoryLimit, Out, RecipeArgument, Sets, Variables, Workers
from curate.terminal import say_json, screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curate.build import Built
    from curate.expect import Check


def command(
    recipe: RecipeArgument,
    out: Out = OUT,
    variables: Variables = None,
    sets: Sets = None,
    limit: Limit = None,
    workers: Workers = 0,
    memory_limit: MemoryLimit = None,
    locked: Locked = False,  # noqa: FBT002
    report: Annotated[  # noqa: FBT002
        bool,
        typer.Option("--report/--no-report", envvar="CURATE_REPORT", help="Write report.html and assets/*.svg too."),
    ] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would run, as `curate plan`.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Build a recipe into a dataset version.

    The version is a folder named by its content: `<out>/<name>/<id>`. The same recipe and inputs give the same id,
    whatever the number of workers and the memory. Steps that have run before are taken from the cache.

    Exit codes: 0 built, 1 failed, 2 the recipe is wrong, 3 an expectation of the recipe is broken, 130 interrupted.
    """
    if dry_run:
        from curate.cli import plan  # noqa: PLC0415

        plan.command(recipe, variables=variables, sets=sets, limit=limit, out=out, json=json)
        return

    from curate.build import Request, build  # noqa: PLC0415
    from curate.cli.progress import display  # noqa: PLC0415
    from curate.errors import ExpectationError  # noqa: PLC0415
    from curate.pins import beside  # noqa: PLC0415
    from curate.recipe import assigned, load  # noqa: PLC0415

    loaded = load(recipe, assigned(variables or []), sets or [])
    lock = beside(loaded.path) if locked else None
    with display() as shown:
        request = Request(
            out=out,
            workers=workers,
            limit=limit,
            lock=lock,
            attach=report,
            memory=_memory(memory_limit),
            on_progress=shown.advance,
            on_tally=shown.tally,
        )
        try:
            built = build(loaded, request)
        except ExpectationError as error:
            if json:
                failed = {"ok": False, "name": loaded.name, "expect": _checked(error.checks)}
                say_json(failed)
            raise
    if json:
        say_json(summary(built))
    else:
        _show(built)


def _memory(limit: str | None) -> int | None:
    """Bytes that the user allows.

    Raises:
        typer.BadParameter: it is no amount, or less than any build takes.
    """
    from curate.room import LEAST, shown  # noqa: PLC0415

    if limit is None:
        return None
    size = amount.size(limit, "4GB or 800MB")
    if size < LEAST:
        raise typer.BadParameter(f"--memory-limit {limit}: any build takes {shown(LEAST)}")
    return size


def _checked(checks: Sequence[Check]) -> list[dict[str, Any]]:
    return [{"what": one.what, "limit": one.limit, "value": one.value, "ok": one.ok} for one in checks]


def summary(built: Built) -> dict[str, Any]:
    """The build as one JSON object."""
    manifest = built.manifest
    return {
        "name": manifest.name,
        "version": manifest.version,
        "path": str(built.path),
        "rows_in": manifest.rows_in,
        "rows_out": manifest.rows_out,
        "repeated": manifest.repeated,
        "dropped": {
            stage.label: sum(sum(rules.values()) for rules in stage.dropped.values()) for stage in manifest.stages
        },
        "quarantined": manifest.quarantined,
        "splits": {name: split.rows for name, split in manifest.splits.items()},
        "sources": {name: info.model_dump(include=set(_COUNTS)) for name, info in manifest.sources.items()},
        "expect": _checked(built.checks),
        "warnings": manifest.warnings,
        "reused": built.reused,
        "seconds": round(built.seconds, 3),
    }


_COUNTS = ("rows_in", "quarantined", "dropped", "repeated", "rows_out")


def _show(built: Built) -> None:
    """The result for people: sources, faults, warnings, where it lies."""
    from rich.table import Table  # noqa: PLC0415

    from curate.collect import fault_text  # noqa: PLC0415

    manifest, console, errors = built.manifest, screen(), screen(err=True)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("source")
    for head in ("in", "quarantined", "dropped", "repeated", "out"):
        table.add_column(head, justify="right")
    for name, info in manifest.sources.items():
        table.add_row(name, *(f"{getattr(info, count):,}" for count in _COUNTS))
    table.add_row("total", *(f"{getattr(manifest, count):,}" for count in _COUNTS), style="bold")
    console.print(table)
    for fault in built.faults.head(5).iter_rows(named=True):
        errors.print(f"quarantined: {fault_text(fault)}", soft_wrap=True)
    if built.faults.height > 5:
        errors.print(
            f"quarantined: and {built.faults.height - 5:,} more, see ledger/drops.parquet",
        )
    for warning in manifest.warnings:
        errors.print(f"warning: {warning}", style="yellow", soft_wrap=True)
    splits = ", ".join(f"{name} {split.rows:,}" for name, split in manifest.splits.items())
    state = "unchanged, it was there already" if built.reused else f"built in {built.seconds:.1f} s"
    console.print(f"\n{manifest.name}@{manifest.version}: {splits}; {state}", soft_wrap=True)
    console.print(str(built.path), soft_wrap=True)
