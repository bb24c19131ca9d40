"""Write a first recipe for files whose shape was guessed: it builds as it is, and its comments say what to look at."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

import orjson

from curate.guess import Guess

_MANY = 4  # files; more of them in one folder become a pattern where they are all that it matches
_VISIBLE = 0.005  # share of a language that is not shown as 0 %
_MINOR = 0.02  # share of a language that is noise of the identifier rather than a part of the data


def draft(guesses: Sequence[Guess], name: str, home: Path, command: str) -> str:
    """The text of a recipe.

    Args:
        guesses: what the files are; each becomes a source. Of evaluation sets beside others the questions are kept out
            instead.
        name: the dataset's name.
        home: the folder in which the recipe will lie.
        command: the command line that builds it.
    """
    trained = [guess for guess in guesses if not guess.evaluation] or guesses
    held = [guess for guess in guesses if guess not in trained]
    named = dict(zip(_names(trained), trained, strict=True))
    parts = [
        f"# {command}\n#\n# Written by `curate init` from the first rows of the files. Read it, then change it.\n",
        f"version: 1\nname: {_text(name)}\nseed: 42 # every random choice depends on it: same recipe, same dataset\n",
        "\n# Paths are relative to this file. Of equal records the source that stands first keeps its own.\nsources:\n",
        *(_source(source, guess, home) for source, guess in named.items()),
        _steps(trained, held, home),
        "\n# Records that share a prompt or a passage, and near-duplicates, stay on one side.\nsplit: {test: 0.05}\n",
        _format(trained),
        "\n# The build fails where this does not hold.\nexpect:\n  rows: {min: 1}\n",
        "  contamination: 0 # records that overlap an evaluation set\n" if held else "",
    ]
    return "".join(parts)


def _text(value: str) -> str:
    """A text in quotes, as JSON and YAML 1.2 both read it."""
    return orjson.dumps(value).decode()


def _names(guesses: Sequence[Guess]) -> list[str]:
    """A name for each source, from its file or folder."""
    found: list[str] = []
    for guess in guesses:
        file = guess.files[0]
        stem = file.name.split(".", 1)[0] if len(guess.files) == 1 else file.parent.name
        name = re.sub(r"[^a-z0-9_]+", "_", stem.lower()).strip("_")[:40]
        name = name if re.match(r"[a-z]", name) else guess.adapter
        while name in found:
            name += "_2"
        found.append(name)
    return found


def _source(name: str, guess: Guess, home: Path) -> str:
    prompt, output = guess.words["prompt"], guess.words["output"]
    shares = ", ".join(f"{code} {share:.0%}" for code, share in list(guess.languages.items())[:4] if share >= _VISIBLE)
    lines = [
        f"  {_text(name)}:",
        f"    # Recognised by {guess.why}. Keys: {_one_line(', '.join(guess.keys))}.",
        f"    # {guess.rows} rows looked at, in {shares}.",
        f"    # Words: {prompt[0]} in a prompt ({prompt[1]} at most), {output[0]} in an output ({output[1]} at most).",
        f"    adapter: {guess.adapter}",
    ]
    if guess.evaluation:
        lines.insert(
            1, "    # This looks like an evaluation set: a model that is trained on it cannot be measured by it."
        )
    paths = _paths(guess.files, home)
    lines += (
        [f"    path: {_text(paths[0])}"]
        if len(paths) == 1
        else ["    path:", *(f"      - {_text(path)}" for path in paths)]
    )
    if "columns" in guess.options:
        lines.append("    columns: # which key of a row fills which column: check this")
        lines += [f"      {column}: {_text(key)}" for column, key in guess.options["columns"].items()]
    if guess.options.get("meta"):
        lines.append(f"    meta: [{', '.join(_text(key) for key in guess.options['meta'])}] # kept beside the text")
    if not guess.licensed:
        lines.append('    license: "unknown" # say which: an SPDX id such as cc-by-4.0')
    lines.append("    origin: unknown # who wrote the text: human, model, mixed or unknown")
    if guess.faults:
        reason = next(iter(guess.faults))
        lines.append(
            f"    # {sum(guess.faults.values())} of them cannot be read or do not fit; most often: {_one_line(reason)}"
        )
        lines.append(
            "    on_error: {mode: quarantine, max_share: 0.5} # they go to the ledger; the default is to fail the build"
        )
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    """A reason as the rest of a comment."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:160]


def _paths(files: Sequence[Path], home: Path) -> list[str]:
    """Files as the recipe names them: a pattern for a whole folder, else each file."""
    folders: dict[tuple[Path, str], list[Path]] = {}
    for file in files:
        folders.setdefault(
            (file.parent, "".join(file.suffixes[-2:]) if file.suffix in {".gz", ".zst"} else file.suffix), []
        ).append(file)
    found = []
    for (folder, suffix), inside in folders.items():
        alike = [path for path in folder.glob(f"*{glob.escape(suffix)}") if path.is_file()]
        whole = len(inside) >= _MANY and suffix and len(alike) == len(inside)
        found += (
            [(_path(folder, home) + f"/*{suffix}").removeprefix("./")]
            if whole
            else [_path(file, home) for file in inside]
        )
    return found


def _path(file: Path, home: Path) -> str:
    """A path relative to the recipe's folder where that is near, else absolute; what patterns would read is escaped."""
    absolute = Path(os.path.abspath(file))  # noqa: PTH100 - resolve() would follow links, whose target may move
    try:
        near = os.path.relpath(absolute, os.path.abspath(home))  # noqa: PTH100
    except ValueError:  # another drive
        near = str(absolute)
    path = str(absolute) if near.startswith(os.path.join("..", "..", "..")) else near  # noqa: PTH118
    return glob.escape(path.replace(os.sep, "/")).replace("${", "$${")


def _against(held: Sequence[Guess], home: Path) -> list[str]:
    """The step that keeps evaluation sets out."""
    if not held:
        return []
    lines = [
        "  # These files look like evaluation sets, so they are no sources: who holds a question of theirs is dropped.",
        "  - decontaminate:",
        "      against:",
    ]
    for name, guess in zip(_names(held), held, strict=True):
        lines.append(f"        # Recognised by {guess.why}. {guess.rows} rows looked at.")
        if guess.faults:
            count, reason = sum(guess.faults.values()), _one_line(next(iter(guess.faults)))
            lines.append(f"        # {count} of them do not fit and will fail the build; most often: {reason}")
        paths = ", ".join(_text(path) for path in _paths(guess.files, home))
        lines.append(f"        - {{name: {_text(name)}, adapter: {guess.adapter}, path: [{paths}]}}")
    return lines


def _steps(guesses: Sequence[Guess], held: Sequence[Guess], home: Path) -> str:
    lines = [
        "",
        "# What happens to all records together, in this order.",
        "steps:",
        "  - filter: {empty: {}} # no output",
        "  # - filter: {words: {of: [instruction, input], max: 800}} # longer than your model's context?",
        _language(guesses),
        '  - filter: {refusal: {}} # "As an AI language model …"',
        *_against(held, home),
        "  # Case and blanks make no difference.",
        "  - dedup: {method: exact, on: [system, history, instruction, input], key: normalised}",
    ]
    return "\n".join(lines) + "\n"


def _language(guesses: Sequence[Guess]) -> str:
    rows = sum(guess.rows for guess in guesses)
    shares: dict[str, float] = {}
    for guess in guesses:
        for code, share in guess.languages.items():
            shares[code] = shares.get(code, 0) + share * guess.rows / rows
    main = [
        code for code, share in sorted(shares.items(), key=lambda pair: -pair[1]) if share >= _MINOR and code != "und"
    ]
    keep = ", ".join(_text(code) for code in [*main, "und"])
    rule = f"filter: {{language: {{of: [instruction, input, output], keep: [{keep}]}}}}"
    return f"  - {rule} # und: too little text to tell" if main else f"  # - {rule}"


def _format(guesses: Sequence[Guess]) -> str:
    parts = {part for guess in guesses for part in guess.parts}
    if parts:
        tools = ", tools: true" if "tools" in parts else ""
        why = f"# Some records have {', '.join(sorted(parts))}: messages keep them whole; the trainer renders them."
        return f"\n{why}\nformat: {{columns: messages{tools}}}\n"
    return (
        "\n# What the trainer reads. Other templates: alpaca, chatml, llama2, mistral, plain; or `columns: messages`.\n"
        "format: {columns: prompt_completion, template: instruction_input_response}\n"
    )
