"""`curate score`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli.options import OUT, Json, Limit, Out, Sets, Variables, Workers
from curate.terminal import say, say_json, screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curate.evaluate import Run, Scored

_PREDICTIONS = Path("predictions")


def command(
    target: Annotated[
        str, typer.Argument(metavar="RECIPE|VERSION", help="A recipe (file or shipped name) or a version.")
    ],
    split: Annotated[str | None, typer.Option("--split", metavar="NAME", help="Versions: the split to score.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="M", help="Versions: a model's folder, owner/name or served name.")
    ] = None,
    adapter: Annotated[
        str | None, typer.Option("--adapter", metavar="DIR", help="Versions: a PEFT adapter on top of it.")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", metavar="URL", help="Versions: a service that serves the model.")
    ] = None,
    metric: Annotated[
        str, typer.Option("--metric", metavar="NAME", help="Versions: what is measured.")
    ] = "exact_match",
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TEXT", help="Versions: where an answer ends; a blank line unless told."),
    ] = None,
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", min=1, metavar="N", help="Versions: tokens an answer may have.")
    ] = 64,
    per_task: Annotated[
        int | None, typer.Option("--per-task", min=1, metavar="N", help="Versions: so many records of each task.")
    ] = None,
    limit: Limit = None,
    predictions: Annotated[
        Path,
        typer.Option("--predictions", metavar="DIR", help="Recipes: where predictions go, in a folder of its name."),
    ] = _PREDICTIONS,
    variables: Variables = None,
    sets: Sets = None,
    workers: Workers = 0,
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Measure a model: on a recipe's records, as its score steps say, or on a split of a finished version.

    Of a recipe only the score steps run, and what they need. Their predictions are written as JSON lines that a score
    step can read, and every answer is kept in the cache: a build then asks for none again.

    Of a version the prompts of a split are answered and held against the references, beside the earlier runs of other
    models or adapters on the same records.
    """
    from curate.recipe import shipped  # noqa: PLC0415

    if target in shipped() or Path(target).suffix in {".yaml", ".yml"}:
        named = {"--split": split, "--model": model, "--adapter": adapter, "--endpoint": endpoint}
        if given := [name for name, value in named.items() if value is not None]:
            raise typer.BadParameter(f"{given[0]} goes with a version: a recipe's score steps say it themselves")
        values = (variables or [], sets or [])
        _recipe(target, predictions, assigned_sets=values, limit=limit, workers=workers, json=json)
        return
    if split is None:
        raise typer.BadParameter("a version needs --split: the records to score")
    said: dict[str, Any] = {"metric": metric, "model": model, "adapter": adapter, "endpoint": endpoint, "until": until}
    said |= {"max_new_tokens": max_new_tokens, "per_task": per_task, "limit": limit}
    _version(target, out, split, said, json=json)


def _recipe(
    target: str,
    folder: Path,
    *,
    assigned_sets: tuple[list[str], list[str]],
    limit: int | None,
    workers: int,
    json: bool,
) -> None:

    from curate.build import Request  # noqa: PLC0415
    from curate.cli.progress import display  # noqa: PLC0415
    from curate.evaluate import score_recipe  # noqa: PLC0415
    from curate.recipe import assigned, load  # noqa: PLC0415

    recipe = load(target, assigned(assigned_sets[0]), assigned_sets[1])
    with display() as shown:
        request = Request(workers=workers, limit=limit, on_progress=shown.advance, on_tally=shown.tally)
        found = score_recipe(recipe, folder / recipe.name, request)
    for one in found:
        if one.warning:
            say(f"warning: {one.label}: {one.warning}", fg="yellow", err=True)
    if json:
        rows = [
            {"step": one.label, "predictions": str(one.path) if one.path else None, "tasks": one.tasks.to_dicts()}
            for one in found
        ]
        say_json(rows)
    else:
        _show_steps(found)


def _show_steps(found: Sequence[Scored]) -> None:
    """Each step's tasks, the worst first: those are what training is for."""
    from rich.table import Table  # noqa: PLC0415

    console = screen()
    for one in found:
        metric = one.tasks["metric"][0] if one.tasks.height else ""
        table = Table(box=None, header_style="bold", pad_edge=False, title=one.label, title_justify="left")
        table.add_column("task")
        for head in ("records", "scored", metric, "95 % interval"):
            table.add_column(head, justify="right")
        for row in one.tasks.sort("mean", nulls_last=True).iter_rows(named=True) if one.tasks.height else ():
            name = f"{row['source']}/{row['task'] or '-'}"
            counts = (f"{row['records']:,}", f"{row['scored']:,}")
            table.add_row(name, *counts, _number(row["mean"]), _interval(row))
        console.print(table)
        if one.path:
            console.print(str(one.path), soft_wrap=True)


def _version(target: str, out: Path, split: str, said: dict[str, Any], *, json: bool) -> None:
    from dataclasses import asdict  # noqa: PLC0415

    from pydantic import ValidationError  # noqa: PLC0415

    from curate.cache import default_root  # noqa: PLC0415
    from curate.cli.progress import display  # noqa: PLC0415
    from curate.evaluate import score_version  # noqa: PLC0415
    from curate.score.settings import ScoreSettings  # noqa: PLC0415
    from curate.version import find  # noqa: PLC0415

    try:
        settings = ScoreSettings.model_validate({name: value for name, value in said.items() if value is not None})
    except ValidationError as error:
        raise typer.BadParameter("; ".join(_words(one) for one in error.errors(include_url=False))) from None
    with display() as shown:

        def report(done: int, total: int, note: str) -> None:
            shown.advance("score", done, total, note)

        run, earlier = score_version(find(target, out), split, settings, default_root(), report)
    if json:
        say_json({"run": asdict(run), "earlier": [asdict(one) for one in earlier]})
    else:
        _show_runs(run, earlier)


def _words(error: Any) -> str:  # noqa: ANN401 - pydantic's
    where = ".".join(map(str, error["loc"]))
    return f"{where}: {error['msg']}" if where else str(error["msg"])


def _show_runs(run: Run, earlier: Sequence[Run]) -> None:
    """A row a task, a column a run; the last column is this one."""
    from rich.table import Table  # noqa: PLC0415

    runs = [*earlier, run]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("task")
    table.add_column("scored", justify="right")
    for one in runs:
        names = (one.about["model"], one.about["adapter"])
        table.add_column(" + ".join(Path(name).name for name in names if name), justify="right")
    table.add_column("95 % interval", justify="right")
    for row in run.tasks:
        place = (row["source"], row["task"])
        means = [next((t["mean"] for t in one.tasks if (t["source"], t["task"]) == place), None) for one in runs]
        name = f"{row['source']}/{row['task'] or '-'}"
        table.add_row(name, f"{row['scored']:,}", *map(_number, means), _interval(row))
    total = {"low": run.low, "high": run.high}
    table.add_row("all", f"{run.scored:,}", *(_number(one.mean) for one in runs), _interval(total), style="bold")
    screen().print(table)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(row: dict[str, Any]) -> str:
    return "-" if row["low"] is None else f"{row['low']:.3f}-{row['high']:.3f}"
