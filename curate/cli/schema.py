"""`curate schema`: the JSON Schema of recipes."""

from __future__ import annotations

from curate.terminal import say_json


def command() -> None:
    """Print the JSON Schema of recipes, for editors; it knows every stage and source that is installed.

    In VS Code (YAML extension), a recipe that begins with `# yaml-language-server: $schema=recipe.schema.json` is then
    completed and checked while you type.
    """
    from curate.recipe.schema import schema  # noqa: PLC0415

    say_json(schema(), indent=True)
