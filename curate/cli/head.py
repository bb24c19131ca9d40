"""`curate head`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curate.cli.options import OUT, Json, Out, Sets, Variables
from curate.terminal import say, say_json
from curate.wording import harmless


def command(
    target: Annotated[
        str, typer.Argument(metavar="RECIPE|VERSION", help="A recipe (file or shipped name) or a version.")
    ],
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="LABEL", help="Recipes: as they leave this step, `1.filter.words`.")
    ] = None,
    split: Annotated[str | None, typer.Option("--split", metavar="NAME", help="Versions: only this split.")] = None,
    number: Annotated[int, typer.Option("-n", min=1, metavar="N", help="Records of each source or split.")] = 2,
    variables: Variables = None,
    sets: Sets = None,
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Show records: as the sources give them, as they leave a step, or as they are in a version."""
    from curate.cache import Cache, default_root  # noqa: PLC0415
    from curate.head import head_of_recipe, head_of_version  # noqa: PLC0415
    from curate.recipe import assigned, load, shipped  # noqa: PLC0415
    from curate.version import find, reading  # noqa: PLC0415

    if target in shipped() or Path(target).suffix in (".yaml", ".yml"):
        recipe = load(target, assigned(variables or []), sets or [])
        cache = Cache(default_root())
        with cache.lease():
            rows = head_of_recipe(recipe, stage, number, cache, out)
    else:
        if stage is not None:
            raise typer.BadParameter("--stage needs a recipe: a version holds records after all steps")
        folder = find(target, out)
        with reading(folder):
            rows = head_of_version(folder, number, split)
    for row in rows:
        if json:
            say_json(row)
        else:
            _show(row)


def _show(row: dict[str, object]) -> None:
    title = " ".join(str(row[name]) for name in ("split", "source", "task", "id") if row.get(name))
    say(f"── {harmless(title, kept='')}", bold=True)
    for name, value in row.items():
        if name not in ("split", "source", "task", "id") and value not in (None, "", []):
            text = value if isinstance(value, str) else str(value)
            say(f"{name}: {text[:2000]}{' …' if len(text) > 2000 else ''}")
    say()
