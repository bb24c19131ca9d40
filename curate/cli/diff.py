"""`curate diff`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from curate.cli.options import OUT, Json, Out
from curate.terminal import say, say_json, screen

if TYPE_CHECKING:
    from curate.diff import Diff

OldArgument = Annotated[
    str, typer.Argument(metavar="OLD", help="The version before: a folder, NAME (its latest) or NAME@ID-prefix.")
]
NewArgument = Annotated[str, typer.Argument(metavar="NEW", help="The version after, likewise.")]
Kind = Literal["added", "removed", "changed"]
_SHOWN = 12  # shifts of a kind that a terminal shows


def command(
    old: OldArgument,
    new: NewArgument,
    ids: Annotated[
        Kind | None, typer.Option("--ids", help="Print only these records: id, source and cause, by tabs.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N of them.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as one HTML page into this file.")
    ] = None,
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Say what differs between two versions and which change of recipe or inputs is the cause of each difference.

    Records are the same if their ids are. Each difference is grouped under what was changed: directly, or as a
    consequence of it at a later step. Lengths and languages are those of a hashed sample. With `--html` the same goes
    into one page that needs nothing but a browser, with records of each group to read.
    """
    from curate.diff import diff  # noqa: PLC0415
    from curate.version import find, reading  # noqa: PLC0415

    if limit is not None and ids is None:
        raise typer.BadParameter("--limit goes with --ids: it says how many of them")
    before, after = find(old, out), find(new, out)
    write = _page() if html else None
    with reading(before, after):
        found = diff(before, after)
    if html is not None and write is not None:
        write(found, before, after, html)
        if ids is None and not json:
            say(str(html))
            return
    if ids is not None:
        _print_ids(found, ids, limit, json=json)
    elif json:
        say_json(found.as_json())
    else:
        _show(found)


def _page() -> Callable[[Diff, Path, Path, Path], None]:
    """What writes a difference as a page.

    Raises:
        CurateError: no package that draws pages is there.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415

    from curate.errors import CurateError  # noqa: PLC0415

    found = entry_points(group="curate.pages", name="diff")
    if not found:
        raise CurateError("no package draws this page: none has an entry point 'diff' of 'curate.pages'; use --json")
    return min(found, key=lambda point: point.value).load()  # type: ignore[no-any-return]


def _print_ids(found: Diff, kind: Kind, limit: int | None, *, json: bool) -> None:
    import polars as pl  # noqa: PLC0415

    rows = found.records.filter(pl.col("kind") == kind).select("id", "old_id", "source", "group")
    for row in (rows if limit is None else rows.head(limit)).iter_rows(named=True):
        group = found.groups[row["group"]]
        if json:
            say_json({**row, "cause": group.text, "what": group.what})
        else:
            say(f"{row['id']}\t{row['source']}\t{group.text}")


def _show(found: Diff) -> None:
    console = screen()

    old, new = found.old, found.new
    say(f"{old.name}@{old.version}  {old.rows:,} records")
    say(f"{new.name}@{new.version}  {new.rows:,} records")
    say(
        f"{found.added:,} added, {found.removed:,} removed, {found.changed:,} changed, "
        f"{found.unchanged:,} unchanged{': the same rows' if found.same else ''}"
    )
    say("\nWhat was changed" if found.changes else "\nRecipe, inputs and packages are the same")
    for change in found.changes:
        say(f"  {change.text}: {change.effect}")
    sizes = " and ".join(f"{rows:,}" for rows in found.sampled)
    for head, table in (
        ("Why", _groups(found)),
        ("The mix", _mix(found)),
        (f"Characters, of {sizes} records", _lengths(found)),
    ):
        if table.row_count:
            say(f"\n{head}")
            console.print(table)


def _groups(found: Diff) -> Any:  # noqa: ANN401 - rich is imported late

    table = _table("", "records", "sources", "cause")
    table.columns[1].justify = "right"
    for group in found.groups:
        what = f" [{', '.join(group.what)}]" if group.what else ""
        sources = ", ".join(f"{name} {rows:,}" for name, rows in group.sources.items())
        table.add_row(group.kind, f"{group.records:,}", sources, group.text + what)
    return table


def _mix(found: Diff) -> Any:  # noqa: ANN401 - rich is imported late

    table = _table("", "", "old", "new", "old share", "new share")
    counted: dict[str, int] = {}
    for one in found.shifts:
        shares = (f"{one.old_share:.1%}", f"{one.new_share:.1%}")
        counted[one.of] = counted.get(one.of, 0) + 1
        if shares[0] != shares[1] and counted[one.of] <= _SHOWN:
            table.add_row(one.of, one.name, f"{one.old:,}", f"{one.new:,}", *shares)
    return _right(table, 2)


def _lengths(found: Diff) -> Any:  # noqa: ANN401 - rich is imported late
    table = _table("", "percent", "old", "new")
    for size in found.lengths:
        if size.old != size.new:
            table.add_row(size.column, str(size.percent), _number(size.old), _number(size.new))
    return _right(table, 1)


def _table(*heads: str) -> Any:  # noqa: ANN401 - rich is imported late
    from rich.table import Table  # noqa: PLC0415

    return Table(*heads, box=None, header_style="bold", pad_edge=False)


def _right(table: Any, first: int) -> Any:  # noqa: ANN401 - as above
    for column in table.columns[first:]:
        column.justify = "right"
    return table


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
