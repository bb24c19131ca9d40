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
        context = command.context_class(command, info_name=name)
        pieces = [piece.strip("{}") for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
        usage = " ".join(["curate", name, *pieces]).replace("|", "\\|")
        rows.append(f"| `{usage}` | {line(command)} |")
    return "\n".join(rows)
