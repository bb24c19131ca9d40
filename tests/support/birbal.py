"""What birbal-mini reads: a part of the real data that is built in seconds, and predictions for its tasks."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from support.predictions import instances, predicted, write

# The tasks of the real data that are judged by exact match; the others are generation.
_EXACT = re.compile(r"codah|odd-man-out|sst2|commonsenseqa")


def is_exact(task: str) -> bool:
    """Whether exact match judges a task."""
    return _EXACT.search(task) is not None


def sets(real: Path, folder: Path) -> tuple[Path, Path]:
    """Write a part of the real data, and predictions.

    Args:
        real: the folder of the real data.
        folder: where to write.

    Returns:
        The folders of the data and of the predictions, as the recipe's variables name them.
    """
    data, predictions = folder / "data", folder / "predictions"
    data.mkdir()
    taken = {"ni_v2_contrib", "gsm8k", "cot_tasks", "lima"}
    for path in real.iterdir():
        if path.name not in taken:
            (data / path.name).symlink_to(path)
    for name in ("codah", "odd-man-out", "jeopardy"):
        (data / "ni_v2_contrib" / name).mkdir(parents=True)
        path = sorted((real / "ni_v2_contrib" / name).glob("*.json"))[{"jeopardy": 2}.get(name, 0)]
        document = json.loads(path.read_text(encoding="utf-8"))
        document["Instances"] = document["Instances"][:2000]
        (data / "ni_v2_contrib" / name / path.name).write_text(json.dumps(document), encoding="utf-8")
    for path in (
        "gsm8k/train.jsonl",
        "gsm8k/test.jsonl",
        "cot_tasks/CommonsenseQA/train_rand_split.jsonl",
    ):
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        lines = (real / path).read_text(encoding="utf-8").splitlines(keepends=True)
        (data / path).write_text("".join(lines[:1000]), encoding="utf-8")
    (data / "lima").symlink_to(real / "lima")
    made: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for folder_name in ("ni_v2_contrib", "ni_superni_sapt"):
        for path, _, (task, given, references) in instances(data / folder_name):
            said = predicted(task, given, references)
            if said is not None and (path.stem == "train" or folder_name == "ni_v2_contrib"):
                made[task][given] = {"task_file": f"{task}.json", "orig_input": given, "prediction": said}
    for kind in ("exact_match", "generation"):
        mine = {task: list(rows.values()) for task, rows in made.items() if is_exact(task) == (kind == "exact_match")}
        write(predictions / kind, mine)
    return data, predictions
