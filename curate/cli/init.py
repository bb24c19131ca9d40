"""`curate init`: from files to a first recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.terminal import say, say_json

if TYPE_CHECKING:
    from curate.guess import Guess


def command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Data files, or folders of them.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The dataset's name; the first file's, unless told.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write the recipe; NAME.yaml unless told."),
    ] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a recipe that is there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with what was recognised.")] = False,
) -> None:
    """Look at data files, guess their shape and write a commented recipe that builds."""
    from curate.draft import draft  # noqa: PLC0415
    from curate.guess import look  # noqa: PLC0415

    name = name or _name(files[0])
    path = out or Path(f"{name}.yaml")
    _check(name, path, force=force)
    guesses = look(files)
    build = f"curate build {path}"
    text = draft(guesses, name, path.parent, build)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    if json:
        report = {"recipe": str(path), "name": name, "sources": [_report(guess) for guess in guesses], "next": build}
        say_json(report)
        return
    for guess in guesses:
        say(_line(guess), err=True)
    if all(guess.evaluation for guess in guesses):
        say("There is nothing but evaluation sets: name the files that you train on beside them.", err=True)
    elif any(guess.evaluation for guess in guesses):
        say("Evaluation sets are no sources: the recipe keeps their questions out (decontaminate).", err=True)
    say(f"Wrote {path}", err=True)
    say(f"Next: {build}", err=True)


def _name(file: Path) -> str:
    """A dataset's name from a file's."""
    import re  # noqa: PLC0415

    stem = file.resolve().name.split(".", 1)[0].lower()
    return re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_") or "dataset"


def _check(name: str, path: Path, *, force: bool) -> None:
    """Refuse what cannot end well, before any data is read."""
    import re  # noqa: PLC0415

    from curate.errors import RecipeError  # noqa: PLC0415

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise RecipeError(f"--name: a dataset's name is letters, digits, '.', '_' and '-', found {name!r}")
    if path.is_dir():
        raise RecipeError(f"{path} is a folder: name a file with -o, as in -o {path / f'{name}.yaml'}")
    if path.exists() and not force:
        raise RecipeError(f"{path} is there already: name another file with -o, or overwrite it with --force")


def _report(guess: Guess) -> dict[str, Any]:
    return {
        "adapter": guess.adapter,
        "why": guess.why,
        "files": [str(file) for file in guess.files],
        "options": guess.options,
        "keys": guess.keys,
        "rows": guess.rows,
        "faults": guess.faults,
        "words": {part: {"median": median, "max": most} for part, (median, most) in guess.words.items()},
        "languages": guess.languages,
        "parts": guess.parts,
        "license": None if guess.licensed else "unknown",
        "evaluation": guess.evaluation,
    }


def _line(guess: Guess) -> str:
    files = str(guess.files[0]) if len(guess.files) == 1 else f"{len(guess.files)} files from {guess.files[0]} on"
    languages = ", ".join(f"{code} {share:.0%}" for code, share in list(guess.languages.items())[:4])
    odd = f", {sum(guess.faults.values())} do not fit" if guess.faults else ""
    own = "" if guess.licensed else "; licence unknown"
    held = "; looks like an evaluation set" if guess.evaluation else ""
    return f"{files}: {guess.adapter} ({guess.why}); {guess.rows} rows looked at{odd}; {languages}{own}{held}"
