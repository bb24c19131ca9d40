"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RecipeArgument = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A recipe file, or the name of a shipped recipe (see `curate recipes`).")
]
VersionArgument = Annotated[
    str, typer.Argument(metavar="VERSION", help="A version folder, NAME (its latest) or NAME@ID-prefix.")
]
Variables = Annotated[
    list[str] | None,
    typer.Option("-v", "--var", metavar="NAME=VALUE", help="Set one of the recipe's vars; may be repeated."),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Replace a value of the recipe, as in `--set seed=7` or `--set steps.0.filter.words.max=400`.",
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of datasets.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Limit = Annotated[
    int | None,
    typer.Option("--limit", min=1, metavar="N", help="Read at most N rows of each source: for a quick trial."),
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers", min=0, metavar="N", help="Processes; 0 lets input and steps decide. The result is the same."
    ),
]
MemoryLimit = Annotated[
    str | None,
    typer.Option(
        "--memory-limit",
        metavar="SIZE",
        help="Memory that all processes of the build may take together, as in 4GB or 512MB: what is beyond it lies in "
        "files. The result is the same. Unless told: four fifths of what the machine has free.",
    ),
]
Locked = Annotated[
    bool,
    typer.Option("--locked", help="Build only what the lock beside the recipe holds; say what is not as it says."),
]
OUT = Path("datasets")
