"""`curate prompt`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli.options import OUT, Json, Out
from curate.terminal import say, say_json

if TYPE_CHECKING:
    from curate.tokenset.ask import Question

Target = Annotated[
    str, typer.Argument(metavar="VERSION|TOKENS", help="A version, or the folder that `curate export` made.")
]
Instruction = Annotated[str, typer.Option("--instruction", metavar="TEXT", help="What the model is to do.")]
Input = Annotated[str, typer.Option("--input", metavar="TEXT", help="What it is to do it with.")]
System = Annotated[str, typer.Option("--system", metavar="TEXT", help="The system prompt.")]
Messages = Annotated[
    Path | None,
    typer.Option("--messages", metavar="FILE", help="A dialogue to go on with: a JSON list of role and content."),
]
Tokenizer = Annotated[
    str | None,
    typer.Option("--tokenizer", metavar="DIR|ID", help="Versions of messages: whose chat template renders them."),
]


def command(
    target: Target,
    instruction: Instruction = "",
    input: Input = "",  # noqa: A002 - the option's name
    system: System = "",
    messages: Messages = None,
    tokenizer: Tokenizer = None,
    out: Out = OUT,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Print the prompt of a question as a model was trained on it, exactly, to ask it with the same template.

    With --json also its token ids and the token that ends the answer, where a token set is given.
    """
    from curate.tokenset import layout, read  # noqa: PLC0415
    from curate.tokenset.ask import Question, ask, describe, ids_of  # noqa: PLC0415
    from curate.tokenset.plan import format_settings  # noqa: PLC0415
    from curate.tokenset.tokenizer import find as find_tokenizer  # noqa: PLC0415

    if messages is not None and (instruction or input or system):
        raise typer.BadParameter("--messages holds the whole dialogue: leave out --instruction, --input and --system")
    question = Question(instruction, input, system) if messages is None else _read(messages)
    if Path(target).name.startswith(layout.PREFIX):
        tokens = read(Path(target))
        words = find_tokenizer(str(tokens.tokenizer))
        text = ask(tokens.manifest.template, question, words.named)
        about = tokens.manifest
        stop = words.content.id_to_token(about.eos_id)
        told: dict[str, Any] = {"prompt": text, "ids": ids_of(words, text, about.bos_id), "stop": stop}
    else:
        from curate import manifest as manifests  # noqa: PLC0415
        from curate.version import find  # noqa: PLC0415

        form = format_settings(manifests.read(find(target, out)))
        chat = form["columns"] == "messages"
        if chat and tokenizer is None:
            raise typer.BadParameter("a version of messages needs --tokenizer: its chat template renders them")
        model = find_tokenizer(tokenizer) if chat and tokenizer else None
        template = describe(form, model.chat_template if model else None)
        told = {"prompt": ask(template, question, model.named if model else {})}
    if json:
        say_json(told)
    elif sys.stdout.isatty():
        say(told["prompt"])
    else:
        sys.stdout.write(told["prompt"])  # into a file or a pipe exactly as it is


def _read(path: Path) -> Question:
    import orjson  # noqa: PLC0415

    from curate.errors import CurateError  # noqa: PLC0415
    from curate.tokenset.ask import question_of  # noqa: PLC0415

    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CurateError(f"cannot read the messages {path}: {error}") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise CurateError(f"{path}: expected a list of objects with role and content")
    return question_of(found)
