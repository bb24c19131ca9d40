"""`curate explain`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.options import OUT, Json, Out, VersionArgument
from curate.terminal import say, say_json

if TYPE_CHECKING:
    from curate.explain import Story


_NEAREST = 5  # records that resemble a text that no record has


def command(
    version: VersionArgument,
    record: Annotated[str | None, typer.Argument(metavar="ID", help="A record's id, or its first characters.")] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            metavar="TEXT",
            help="Find records by their prompt, or by a part of a kept text; else those that resemble it most.",
        ),
    ] = None,
    number: Annotated[int, typer.Option("-n", min=1, metavar="N", help="Tell at most N stories.")] = 10,
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Tell the story of a record: where it came from, what each step did, and why it is here or gone."""
    from curate.errors import CurateError  # noqa: PLC0415
    from curate.explain import explain, explain_nearest, explain_text  # noqa: PLC0415
    from curate.version import find, reading  # noqa: PLC0415

    if (record is None) == (text is None):
        raise typer.BadParameter("give either an ID or --text TEXT")
    if record is not None and len(record) < 4:
        raise typer.BadParameter(f"{record!r} is too short: at least 4 characters of an id")
    folder = find(version, out)
    with reading(folder):
        stories = explain(folder, record) if record is not None else explain_text(folder, text or "")
        if not stories and text is not None:
            stories = explain_nearest(folder, text, min(number, _NEAREST))
    if json:
        say_json([asdict(story) for story in stories])
        return
    absent = text is not None and all(story.similarity is not None for story in stories)
    for story in stories[:number]:
        _show(story)
    if not stories or absent:
        what = f"begins with {record!r}" if record else "has this text, and no dropped prompt is equal to it"
        near = "" if record else "; nothing resembles it" if not stories else "; the records above are the nearest"
        raise CurateError(f"no record of {folder.name} {what}{near}")
    if len(stories) > number:
        say(f"and {len(stories) - number:,} more: give a longer ID or TEXT, or a larger -n", err=True)


def _show(story: Story) -> None:
    near = "" if story.similarity is None else f"  similarity {story.similarity:.2f}"
    say(f"{story.id or '(no id)'}  {story.fate}{near}")
    for name, value in story.where.items():
        if name not in ("id", "prompt_hash"):
            say(f"  {name:<11} {value}")
    for place, step in enumerate(story.steps, 1):
        say(f"  {place:>2}. {step}")
    for name in ("prompt", "completion", "text", "messages"):
        if story.record and story.record.get(name):
            say(f"  {name}: {str(story.record[name])[:600]!r}")
    if story.excerpt and story.excerpt not in (story.record or {}).values():
        say(f"  text: {story.excerpt!r}")
    say()
