"""The command line: one module a command, each imported light and working late.

This is the composition root: commands load recipes, plug-ins and engines and hand them to the functions that do the
work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Annotated

import typer

from curate import __version__
from curate.cli import (
    build,
    cache,
    check,
    crash,
    diff,
    explain,
    export,
    head,
    init,
    lock,
    plan,
    prompt,
    publish,
    pull,
    recipes,
    schema,
    score,
    sources,
    verify,
)
from curate.errors import CurateError, RecipeError
from curate.terminal import say

app = typer.Typer(
    name="curate",
    help="From raw instruction data to a fine-tuning dataset that you can trust.\n\n"
    "A recipe (YAML) names sources and steps; [bold]curate build RECIPE[/bold] makes a dataset version of it, "
    "with a ledger that tells why each record that is missing is missing. Try [bold]curate build quickstart[/bold].",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals may hold tokens
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_COMMANDS: dict[str, Callable[..., None]] = {
    "init": init.command,
    "build": build.command,
    "plan": plan.command,
    "lock": lock.command,
    "check": check.command,
    "schema": schema.command,
    "sources": sources.command,
    "recipes": recipes.command,
    "head": head.command,
    "score": score.command,
    "explain": explain.command,
    "diff": diff.command,
    "verify": verify.command,
    "publish": publish.command,
    "pull": pull.command,
    "export": export.command,
    "prompt": prompt.command,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)
app.add_typer(cache.app, name="cache")
# Commands of other packages come through the door `curate.commands`, the built-in `stats` too.
for _point in sorted(entry_points(group="curate.commands"), key=lambda point: point.name):
    app.command(_point.name)(_point.load())


def _version(value: bool) -> None:  # noqa: FBT001 - typer's callback
    if value:
        say(f"curate {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; errors that a user can mend are told in words and end with their own exit code.

    What is curate's own fault is told in one line with the file of its traceback; `CURATE_DEBUG=1` raises it instead.
    """
    try:
        app()
    except CurateError as error:
        # A recipe's faults begin with file:line:column, which editors and terminals turn into links.
        prefix = "" if isinstance(error, RecipeError) else "error: "
        say(f"{prefix}{error}", err=True)
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if ended.code == 130:  # what typer makes of Ctrl-C
            say("interrupted; what a build has finished is in the cache, and the next one goes on from there", err=True)
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # polars' panics are no Exceptions
        if crash.debugging():
            raise
        say(crash.told(error), err=True)
        sys.exit(1)
