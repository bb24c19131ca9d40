"""A small recipe with something for every step to do, and its data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson

from curate.build import Built, Request, build
from curate.recipe import load

RECIPE = """\
version: 1
name: small
license: mit
description: A few records.
seed: 5
sources:
  qa:
    adapter: files
    path: qa/*.jsonl
    columns: {instruction: q, output: a, task: t, license: "l?", group: "g?"}
    on_error: quarantine
    steps:
      - sample: {max_per_task: 20}
  more:
    adapter: alpaca
    path: more.json
steps:
  - filter: {words: {of: [instruction, input], max: 30}}
  - dedup: {on: [instruction], key: normalised}
  - sample: {take: 50}
split: {test: 0.2}
format: {columns: prompt_completion, template: plain}
"""


def write_data(folder: Path, files: Sequence[str] = ("one", "two", "three")) -> Path:
    """Write the data, the JSONL under these file names, and the recipe.

    Of source `qa` 60 rows come in and a line that is no JSON; of task `big` more than its sample takes. Of source
    `more` there are 25 rows: 3 too long, 5 equal to others in normal form, 2 with earlier turns.

    Returns:
        The recipe's file.
    """
    (folder / "qa").mkdir(parents=True)
    for place, name in enumerate(files):
        rows = [
            {
                "q": f"Question {place}-{n}?",
                "a": f"Answer {n}",
                "t": "big" if n < 14 else f"small{place}",
                "l": ["mit", "cc-by-4.0", None][n % 3],
                "g": "story" if n % 5 == 0 else None,
            }
            for n in range(20)
        ]
        lines = [orjson.dumps(row) for row in rows]
        if place == 1:
            lines.insert(3, b'{"q": "broken')
        (folder / "qa" / f"{name}.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    more = [{"instruction": f"Do {n}", "input": "", "output": f"Done {n}"} for n in range(15)]
    more += [{"instruction": "word " * 40 + str(n), "input": "", "output": "long"} for n in range(3)]
    more += [{"instruction": f" do  {n} ", "input": "", "output": "twin"} for n in range(5)]
    more += [{"instruction": f"And {n}?", "input": "", "output": "x", "history": [["Hi", "Hello"]]} for n in range(2)]
    (folder / "more.json").write_bytes(orjson.dumps(more))
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    return recipe


def make(
    recipe: Path,
    *sets: str,
    out: Path | None = None,
    cache: Path | None = None,
    workers: int = 1,
    attach: bool = False,
) -> Built:
    """Build a recipe beside itself, without what plug-ins attach unless told."""
    home = recipe.parent
    request = Request(out=out or home / "out", cache=cache or home / "cache", workers=workers, attach=attach)
    return build(load(recipe, {}, sets), request)
