"""The table of commands in README.md, made from the commands themselves."""

from __future__ import annotations

from typing import Any

import typer

from curate.cli import app


def commands() -> dict[str, Any]:
    """Every command that `curate --help` lists, by name."""
    return dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def line(command: Any) -> str:
    """What `--help` says of a command first."""
    return " ".join((command.help or "").split("\n\n")[0].split())


def table() -> str:
    """Each command with its arguments and its line."""
    rows = ["| command | what it does |", "|---|---|"]
    for name, command in commands().items():
        usage = " ".join(["curate", name, *_arguments(command)]).replace("|", "\\|")
        rows.append(f"| `{usage}` | {line(command)} |")
    return "\n".join(rows)


def _arguments(command: Any) -> list[str]:
    """RECIPE, or [NAME] where it may be left out."""
    if below := getattr(command, "commands", None):
        return ["|".join(below)]
    found = []
    for param in command.params:
        if param.param_type_name == "argument":
            shown = param.metavar or param.name.upper()
            shown = shown[1:-1] if shown.startswith("[") else shown
            found.append(shown if param.required else f"[{shown}]")
    return found
