"""Predictions of a model that was never there: made from the references, right and wrong in known shares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import xxhash

Instance = tuple[str, str, list[str]]  # task, input, references


def chance(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    return xxhash.xxh3_64_intdigest("\x1f".join(map(str, parts)).encode()) / 2**64


def predicted(task: str, given: str, references: list[str]) -> str | None:
    """What the model says: nothing at all to one in thirty, and each task has its own share of right answers."""
    if chance("none", task, given) < 1 / 30:
        return None
    kind, right = chance("kind", task, given), chance("task", task)
    best = references[int(chance("which", task, given) * len(references))]
    if kind < right:
        said = best
    elif kind < right + 0.1:
        said = ""
    else:
        words = best.split()
        said = " ".join([*words[: int(chance("part", task, given) * (len(words) + 1))], "perhaps", "not."])
    # A base model goes on: what it says after the first blank line is not its answer.
    return said + ("\n\n### Input:\nand so on" if chance("tail", task, given) < 0.5 else "")


def instances(folder: Path) -> Iterator[tuple[Path, int, Instance]]:
    """Every instance of the task files below a folder, with its file and its place in it."""
    for path in sorted(folder.rglob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        task = path.parent.name if path.stem in {"train", "dev", "test"} else path.stem
        for place, one in enumerate(document["Instances"]):
            output = one["output"]
            yield path, place, (task, one["input"], [output] if isinstance(output, str) else output)


def write(folder: Path, made: Mapping[str, list[dict[str, Any]]]) -> None:
    """Write predictions, one file a task."""
    folder.mkdir(parents=True, exist_ok=True)
    for task, rows in made.items():
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{task}.jsonl").write_text(lines, encoding="utf-8")
