"""`curate lock`: hold a recipe to what it stands for now."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.options import OUT, Json, Out, RecipeArgument, Sets, Variables
from curate.terminal import say, say_json

if TYPE_CHECKING:
    from pathlib import Path

    from curate.lock import Lock
    from curate.recipe import Recipe


Update = Annotated[bool, typer.Option("--update", help="Write what there is now, the Hub's newest commits included.")]


def command(
    recipe: RecipeArgument,
    update: Update = False,  # noqa: FBT002
    variables: Variables = None,
    sets: Sets = None,
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Write the lock of a recipe, or check the one that lies beside it.

    The lock holds digests of all input files, commits of the Hub, the template, tokenizers and models, and package
    versions. Inputs are digested; no record is read. `curate build --locked` builds nothing else.

    Exit codes: 0 the lock is written or holds, 1 something is not as it says (all of it is listed).
    """
    from curate.deliver import is_shipped, write_lock_beside  # noqa: PLC0415
    from curate.errors import CurateError  # noqa: PLC0415
    from curate.lock import differences, read_lock  # noqa: PLC0415
    from curate.pins import beside  # noqa: PLC0415
    from curate.recipe import assigned, load  # noqa: PLC0415

    loaded = load(recipe, assigned(variables or []), sets or [])
    path = beside(loaded.path)
    if is_shipped(loaded):
        raise CurateError(f"{loaded.name} is shipped with curate, whose folder holds no locks: copy the recipe first")
    now = _resolve(loaded, out, fresh=update)
    found = differences(read_lock(path), now) if path.is_file() else None
    write = found is None or (update and bool(found))
    if write and not write_lock_beside(loaded, now):
        raise CurateError(f"cannot write {path}: check the folder's permissions and the space on the disk")
    state = "written" if found is None else "unchanged" if not found else "updated" if update else "changed"
    if json:
        said = {"path": str(path), "state": state, "differences": [asdict(one) for one in found or []]}
        say_json(said)
    else:
        for one in found or []:
            say(one.text)
        say(f"{path}: {_TOLD[state]}")
    if state == "changed":
        raise typer.Exit(1)


_TOLD = {
    "written": "written",
    "unchanged": "all is as it says",
    "updated": "updated, it now says what there is",
    "changed": "not what there is now; --update writes that",
}


def _resolve(recipe: Recipe, out: Path, *, fresh: bool) -> Lock:
    from curate.build import plan_stages, resolve  # noqa: PLC0415
    from curate.cache import SCRATCH, default_root  # noqa: PLC0415
    from curate.engine.local import LocalEngine  # noqa: PLC0415
    from curate.reference import pin  # noqa: PLC0415

    root = default_root()
    stages = pin(plan_stages(recipe), recipe, root, fresh=fresh)
    return resolve(recipe, stages, LocalEngine(root / SCRATCH), out, fresh=fresh)
