"""`curate schema`: the JSON Schema of recipes."""

from __future__ import annotations

import typer


def command() -> None:
    """Print the JSON Schema of recipes, for editors; it knows every stage and source that is installed.

    In VS Code (YAML extension), a recipe that begins with `# yaml-language-server: $schema=recipe.schema.json` is then
    completed and checked while you type.
    """
    import orjson  # noqa: PLC0415 - heavy imports wait until the command runs

    from curate.recipe.schema import schema  # noqa: PLC0415

    typer.echo(orjson.dumps(schema(), option=orjson.OPT_INDENT_2))
