"""`curate check`: is this recipe valid?"""

from __future__ import annotations

import typer

from curate.cli.options import Json, RecipeArgument, Sets, Variables
from curate.terminal import say, say_json


def command(recipe: RecipeArgument, variables: Variables = None, sets: Sets = None, *, json: Json = False) -> None:
    """Check a recipe without reading any data: every fault at once, each with its line and column."""
    from curate.recipe import FaultyRecipeError, assigned, load  # noqa: PLC0415

    try:
        valid = load(recipe, assigned(variables or ()), sets or ())
    except FaultyRecipeError as error:
        if json:
            faults = [
                {"file": f.mark.file, "line": f.mark.line, "column": f.mark.column, "message": f.message}
                for f in error.faults
            ]
            say_json({"ok": False, "faults": faults})
        else:
            say(str(error), err=True)
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
        say_json(report)
    else:
        say(f"OK: {valid.name} ({_many(len(valid.sources), 'source')}, {_many(steps, 'step')}) {valid.path}")


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
