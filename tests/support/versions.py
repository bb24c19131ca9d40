"""Small dataset versions of rows given by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from curate import manifest as manifests
from curate.build import Request, build
from curate.recipe import load
from curate.version import file_info

_PAIRS = "columns: prompt_completion, jinja: {prompt: '{{ instruction }}', completion: '{{ output }}'}"


def pairs(folder: Path, rows: Sequence[tuple[str, str]], form: str = _PAIRS, split: str = "{}") -> Path:
    """A version of prompts and completions, or of what another format makes of them.

    Args:
        folder: for the data, the recipe and the version.
        rows: instruction and output.
        form: the settings of the format, as YAML within braces.
        split: the settings of the split, as YAML.
    """
    stored = [{"q": asked, "a": answer, "t": f"task{place % 2}"} for place, (asked, answer) in enumerate(rows)]
    recipe = (
        "version: 1\nname: made\nlicense: mit\nsources:\n"
        "  qa: {adapter: files, path: rows.jsonl, columns: {instruction: q, output: a, task: t}}\n"
        f"split: {split}\nformat: {{{form}}}\n"
    )
    return _built(folder, "rows.jsonl", stored, recipe)


def dialogues(folder: Path, rows: Sequence[Sequence[tuple[str, str]]]) -> Path:
    """A version of messages.

    Args:
        folder: for the data, the recipe and the version.
        rows: dialogues of (role, content).
    """
    stored = [{"messages": [{"role": role, "content": text} for role, text in row]} for row in rows]
    recipe = (
        "version: 1\nname: made\nlicense: mit\nsources:\n"
        "  chats: {adapter: messages, path: chats.jsonl}\nformat: {columns: messages}\n"
    )
    return _built(folder, "chats.jsonl", stored, recipe)


def _built(folder: Path, name: str, rows: Sequence[Mapping[str, Any]], recipe: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    request = Request(out=folder / "out", cache=folder / "cache", workers=1, attach=False)
    return build(load(folder / "recipe.yaml", {}, ()), request).path


def with_split(version: Path, name: str, like: str = "train") -> None:
    """Give a version another split with the rows of one that it has, as somebody might who copies files about."""
    manifest = manifests.read(version)
    info = manifest.splits[like]
    (file,) = info.files
    copied = file.replace(f"data/{like}-", f"data/{name}-")
    (version / copied).write_bytes((version / file).read_bytes())
    changed = {
        "splits": {**manifest.splits, name: info.model_copy(update={"files": [copied]})},
        "files": {**manifest.files, copied: file_info(version / copied)},
    }
    manifests.write(manifest.model_copy(update=changed), version)
