"""`curate check`: is this recipe valid?"""

from __future__ import annotations

import typer

from curate.cli.options import Json, RecipeArgument, Sets, Variables


def command(recipe: RecipeArgument, variables: Variables = None, sets: Sets = None, *, json: Json = False) -> None:
    """Check a recipe without reading any data: every fault at once, each with its line and column."""
    import orjson  # noqa: PLC0415 - heavy imports wait until the command runs

    from curate.recipe import FaultyRecipeError, assigned, load  # noqa: PLC0415

    try:
        valid = load(recipe, assigned(variables or ()), sets or ())
    except FaultyRecipeError as error:
        if json:
            faults = [
                {"file": f.mark.file, "line": f.mark.line, "column": f.mark.column, "message": f.message}
                for f in error.faults
            ]
            typer.echo(orjson.dumps({"ok": False, "faults": faults}))
        else:
            typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from None
    steps = len(valid.steps) + sum(len(source.steps) for source in valid.sources.values())
    if json:
        report = {
            "ok": True,
            "name": valid.name,
            "digest": valid.digest(),
            "sources": list(valid.sources),
            "steps": steps,
        }
        typer.echo(orjson.dumps(report))
    else:
        typer.echo(f"OK: {valid.name} ({_many(len(valid.sources), 'source')}, {_many(steps, 'step')}) {valid.path}")


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
