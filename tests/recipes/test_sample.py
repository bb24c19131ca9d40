"""The shipped sample is what its script makes, and holds the faults that its README counts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from support.make_sample import HOME, build
from support.sample.dice import normalised
from support.sample.plant import ACROSS, CASE, EXACT, INSIDE, LEAK, LONG, OPTIONS

Record = tuple[str, str, str, str]  # source, instruction, input, output


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HOME / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    found: list[Record] = []
    for path in sorted((HOME / "natural_instructions").glob("*.json")):
        task = json.loads(path.read_text(encoding="utf-8"))
        found += [("tasks", task["Definition"][0], one["input"], one["output"][0]) for one in task["Instances"]]
    found += [("maths", row["question"], "", row["answer"]) for row in lines("maths.jsonl")]
    rows = json.loads((HOME / "assistant.json").read_text(encoding="utf-8"))
    found += [("assistant", row["instruction"], row["input"], row["output"]) for row in rows]
    for row in lines("chats.jsonl"):
        asked = [one["content"] for one in row["messages"] if one["role"] == "user"]
        found += [("chats", asked[-1], "", row["messages"][-1]["content"])] if asked else []
    return found


def test_shipped_files_are_what_the_script_makes() -> None:
    assert files(HOME) == build().files


def test_script_makes_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-m", "support.make_sample", str(tmp_path)], cwd=tests, env=environment, check=True)
    assert files(tmp_path) == files(HOME)


def test_sample_is_small() -> None:
    assert sum(map(len, build().files.values())) < 2_500_000


def planted(*kinds: str) -> int:
    return sum(count for (kind, _), count in build().planted.items() if kind in kinds)


def test_prompts_repeat_only_where_planted(records: list[Record]) -> None:
    prompts = Counter(normalised(f"{instruction} {given}") for _, instruction, given, _ in records)
    assert sum(prompts.values()) - len(prompts) == planted(EXACT, ACROSS, CASE)


def test_prompts_are_long_only_where_planted(records: list[Record]) -> None:
    sizes = [len(f"{instruction} {given}".split()) for _, instruction, given, _ in records]
    assert sum(size > 800 for size in sizes) == planted(LONG)


def test_evaluation_questions_leak_only_where_planted(records: list[Record]) -> None:
    def grams(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[at : at + 8]) for at in range(len(words) - 7)}

    questions = [row["question"] for row in lines("eval.jsonl")]
    exact, inside = set(map(normalised, questions)), set().union(*map(grams, questions))
    leaks = [one for one in records if normalised(one[1]) in exact or grams(f"{one[1]} {one[2]}") & inside]
    assert len(leaks) == planted(LEAK, OPTIONS, INSIDE)


def test_worked_steps_are_right(records: list[Record]) -> None:
    steps = 0
    for source, _, _, answer in records:
        if source != "maths":
            continue
        worked = re.findall(r"<<(\d+)([*/+-])(\d+)=(\d+)>>(\d+)", answer)
        for left, sign, right, result, shown in worked:
            a, b = int(left), int(right)
            assert {"+": a + b, "-": a - b, "*": a * b, "/": a / b}[sign] == int(result) == int(shown), answer
        assert not worked or answer.endswith(f"\n#### {worked[-1][3]}")
        steps += len(worked)
    assert steps > 1000
