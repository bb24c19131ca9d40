"""`curate plan`."""

from __future__ import annotations

from dataclasses import asdict

from curate.cli.options import OUT, Json, Limit, Out, RecipeArgument, Sets, Variables
from curate.terminal import say_json, screen


def command(
    recipe: RecipeArgument,
    variables: Variables = None,
    sets: Sets = None,
    limit: Limit = None,
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Say what a build would run and what it would take from the cache; nothing is built.

    Of what is not in the cache it says why: which setting, file or code changed since the last build of this recipe.
    """
    from curate.cache import Cache, default_root  # noqa: PLC0415
    from curate.plan import plan  # noqa: PLC0415
    from curate.recipe import assigned, load  # noqa: PLC0415

    loaded, cache = load(recipe, assigned(variables or []), sets or []), Cache(default_root())
    with cache.lease():
        planned = plan(loaded, cache, limit, out)
    if json:
        say_json([asdict(step) for step in planned])
        return
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("step")
    table.add_column("state")
    table.add_column("rows in", justify="right")
    table.add_column("rows out", justify="right")
    table.add_column("why", overflow="fold")
    for step in planned:
        counts = ["" if rows is None else f"{rows:,}" for rows in (step.rows_in, step.rows_out)]
        table.add_row(step.label, step.state, *counts, step.why or "")
    screen().print(table)
