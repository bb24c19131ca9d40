"""`curate export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.options import OUT, Json, Out, VersionArgument
from curate.terminal import say, say_json, screen

if TYPE_CHECKING:
    from rich.console import Console

    from curate.tokenset import CountInfo, Tokenset
    from curate.tokenset.preview import Shown

_TASKS = 12  # lines of tasks


class Trainer(StrEnum):
    """What `--to` knows."""

    AXOLOTL = "axolotl"
    TRL = "trl"
    LLAMA_FACTORY = "llama-factory"


Tokenizer = Annotated[
    str, typer.Option("--tokenizer", metavar="DIR|ID", help="A folder with a tokenizer.json, or owner/name[@revision].")
]
SeqLen = Annotated[int, typer.Option("--seq-len", min=2, metavar="N", help="Tokens of a packed row.")]
Pack = Annotated[bool, typer.Option("--pack/--no-pack", help="Several examples in a row, or one in each.")]
Eos = Annotated[
    str | None, typer.Option("--eos", metavar="TOKEN", help="The token that ends an answer, if not the model's own.")
]
ChatTemplate = Annotated[
    Path | None,
    typer.Option("--chat-template", metavar="FILE", help="A chat template (Jinja) instead of the tokenizer's own."),
]
AllowLeaks = Annotated[
    bool, typer.Option("--allow-leaks", help="Warn of prompts that stand in two splits instead of refusing them.")
]
To = Annotated[
    list[Trainer] | None, typer.Option("--to", help="Also write what this trainer needs to read it; repeatable.")
]
Preview = Annotated[
    int, typer.Option("--preview", min=0, metavar="N", help="Show N examples of each split, what is trained marked.")
]
Into = Annotated[
    Path | None, typer.Option("--into", metavar="DIR", help="Folder for it; `tokens` beside the version unless told.")
]


def command(
    version: VersionArgument,
    tokenizer: Tokenizer,
    seq_len: SeqLen = 8192,
    pack: Pack = True,  # noqa: FBT002
    eos: Eos = None,
    chat_template: ChatTemplate = None,
    allow_leaks: AllowLeaks = False,  # noqa: FBT002
    to: To = None,
    preview: Preview = 0,
    into: Into = None,
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Turn a version into tokens that trainers read as they are: ids, labels and packed rows, fixed on disk.

    Prompt and answer are tokenised apart, every answer of a dialogue is trained, with the token that ends it; what is
    longer than a row is left out and told, never cut. The folder is named by what it was made of: an equal one is used
    again.
    """
    from curate.cli.progress import display  # noqa: PLC0415
    from curate.tokenset import Settings, make, read  # noqa: PLC0415
    from curate.tokenset.handoff import write  # noqa: PLC0415
    from curate.tokenset.preview import preview as previewed  # noqa: PLC0415
    from curate.version import find  # noqa: PLC0415

    template = None if chat_template is None else _template(chat_template)
    settings = Settings(seq_len=seq_len, pack=pack, eos=eos, chat_template=template, allow_leaks=allow_leaks)
    folder = find(version, out)
    with display() as shown:
        tokens = read(make(folder, tokenizer, settings, shown.advance, into))
    model = str(Path(tokenizer).resolve()) if Path(tokenizer).exists() else tokens.manifest.tokenizer.name
    written = [path for one in to or [] for path in write(one.value, tokens, folder, model)]
    examples = previewed(tokens, preview) if preview else []
    if json:
        told = {"path": str(tokens.folder), "manifest": tokens.manifest.model_dump(mode="json")}
        say_json({**told, "written": list(map(str, written)), "preview": examples})
    else:
        _show(tokens, examples)
        say("\n".join(map(str, [*written, tokens.folder])))


def _template(path: Path) -> str:
    from curate.errors import CurateError  # noqa: PLC0415

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CurateError(f"cannot read the chat template {path}: {error}") from None


def _show(tokens: Tokenset, examples: list[Shown]) -> None:
    from rich.table import Table  # noqa: PLC0415

    console = screen()
    for one in examples:
        _example(console, one)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("split")
    for head in ("examples", "rows", "tokens", "trained", "filled", "longest", "too long", "left out"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, info in tokens.manifest.splits.items():
        numbers = (info.rows, info.bins, info.tokens, info.trained_tokens)
        rest = (info.longest, info.dropped_over_length, info.dropped_other)
        filled = f"{info.efficiency:.2%}"
        table.add_row(name, *(f"{one:,}" for one in numbers), filled, *(f"{one:,}" for one in rest))
    console.print(table)
    _show_tasks(console, tokens.manifest.tasks)
    for text in tokens.manifest.warnings:
        say(f"warning: {text}", fg="yellow", err=True)


def _show_tasks(console: Console, tasks: list[CountInfo]) -> None:
    """The tasks that lost examples to their length, then those with the most that is trained."""
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("split")
    table.add_column("task")
    for head in ("examples", "trained", "too long", "left out"):
        table.add_column(head, justify="right", no_wrap=True)
    ranked = sorted(tasks, key=lambda one: (-one.dropped_over_length, -one.trained_tokens, one.split, one.source))
    for one in ranked[:_TASKS]:
        numbers = (one.rows, one.trained_tokens, one.dropped_over_length, one.dropped_other)
        name = f"{one.source}/{one.task}" if one.task else one.source
        table.add_row(one.split, name, *(f"{number:,}" for number in numbers))
    console.print(table)
    if len(ranked) > _TASKS:
        console.print(f"… and {len(ranked) - _TASKS:,} more, in manifest.json")


def _example(console: Console, one: Shown) -> None:
    """The text, what is trained in colour, or between {+ and +} where there is none."""
    from rich.text import Text  # noqa: PLC0415

    head = f"── {one.split} {one.source} {one.task or ''} {one.id}: {one.trained:,} of {one.tokens:,} tokens trained"
    console.print(Text(head, style="bold"), soft_wrap=True)
    text = Text()
    for run, trained in one.runs:
        plain = trained and console.color_system is None
        text.append(f"{{+{run}+}}" if plain else run, style="bold green" if trained else "")
    console.print(text, soft_wrap=True)
    console.print()
