"""Makes the sample that the project ships, `recipes/sample/`: the same bytes each time.

Run it in the `tests` folder: `python -m support.make_sample [FOLDER]`. A test holds the shipped files against what it
makes. Everything in the sample is invented here or computed; nothing is taken from another data set.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from support.sample.assistant import records
from support.sample.chats import conversations
from support.sample.dice import Dice
from support.sample.evaluation import questions
from support.sample.maths import problems
from support.sample.plant import KINDS, Planted, plant_assistant, plant_chats, plant_maths, plant_tasks
from support.sample.tasks import Instance, Task, tasks

HOME = Path(__file__).resolve().parents[2] / "recipes" / "sample"
SOURCES = ("tasks", "maths", "assistant", "chats")


@dataclass(frozen=True)
class Sample:
    """What the sample holds.

    Args:
        files: path inside the sample's folder -> bytes.
        rows: source -> rows, planted ones and the malformed one included.
        planted: kind of fault and source -> count.
    """

    files: dict[str, bytes]
    rows: dict[str, int]
    planted: Planted


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _lines(rows: list[object]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _task_file(task: Task, instances: list[Instance]) -> dict[str, object]:
    text, outputs = task.instances[0]
    seen: Counter[str] = Counter()
    rows = []
    for given, accepted in instances:
        seen[given] += 1
        name = blake2b(f"{given}\n{seen[given]}".encode(), digest_size=16).hexdigest()
        rows.append({"id": f"task{task.number}-{name}", "input": given, "output": accepted})
    return {
        "Contributors": ["curate"],
        "Source": ["invented"],
        "URL": [],
        "Categories": [task.category],
        "Reasoning": [],
        "Definition": [task.definition],
        "Input_language": ["English"],
        "Output_language": ["English"],
        "Instruction_language": ["English"],
        "Domains": [task.domain],
        "Positive Examples": [{"input": text, "output": outputs[0], "explanation": task.why}],
        "Negative Examples": [
            {"input": text, "output": task.wrong, "explanation": "This is not an answer of the kind that is asked for."}
        ],
        "Instances": rows,
        "Instance License": ["Apache 2.0"],
    }


def build() -> Sample:
    """Make all files of the sample, in memory."""
    planted: Planted = Counter()
    task_list = tasks(Dice("tasks"))
    instances = plant_tasks(Dice("tasks, planted"), task_list, planted)
    maths = problems(Dice("maths"), 600)
    assistant = records(Dice("assistant"))
    chats = conversations(Dice("chats"), 150)
    all_maths = plant_maths(Dice("maths, planted"), maths, planted)
    all_assistant = plant_assistant(Dice("assistant, planted"), assistant, maths, planted)
    all_chats = plant_chats(Dice("chats, planted"), chats, assistant, planted)
    files = {
        f"natural_instructions/{task.stem}.json": _json(_task_file(task, instances[task.number])) for task in task_list
    }
    files["maths.jsonl"] = _lines([*all_maths])
    files["assistant.json"] = _json(all_assistant)
    files["chats.jsonl"] = _lines([{"messages": messages} for messages in all_chats])
    files["eval.jsonl"] = _lines([{"question": question, "answer": answer} for question, answer, *_ in questions()])
    counts = (sum(map(len, instances.values())), len(all_maths), len(all_assistant), len(all_chats))
    rows = dict(zip(SOURCES, counts, strict=True))
    files["README.md"] = _readme(task_list, instances, rows, planted).encode()
    return Sample(files, rows, planted)


def _readme(task_list: list[Task], instances: dict[int, list[Instance]], rows: dict[str, int], planted: Planted) -> str:
    named = "\n".join(f"| `{task.stem}.json` | {len(instances[task.number])} | {task.category} |" for task in task_list)
    cells = [
        [kind, *(str(planted[kind, source] or "") for source in SOURCES), str(sum(planted[kind, s] for s in SOURCES))]
        for kind in KINDS
    ]
    faults = "\n".join(f"| {' | '.join(line)} |" for line in cells)
    return f"""# The sample

{sum(rows.values()):,} small records to try curate on. All of it is invented for this project or computed by
`tests/support/make_sample.py`, which makes these files, this one included, byte for byte: edit the script, not the
files. Licence: Apache-2.0, like the project.

| what | rows | shape |
|---|---|---|
| `natural_instructions/` | {rows["tasks"]} | Natural Instructions v2, one file a task |
| `maths.jsonl` | {rows["maths"]} | GSM8K: question, worked answer with `<<3*4=12>>` annotations and `#### 12` |
| `assistant.json` | {rows["assistant"]} | Alpaca: instruction, input, output |
| `chats.jsonl` | {rows["chats"]} | chat messages, some with several turns, some with a system message |
| `eval.jsonl` | {len(questions())} | an evaluation set: question, answer. Not for training |

| task | instances | category |
|---|---|---|
{named}

## Faults planted on purpose

So that a build has something to find. A record has one of them at most.

| fault | {" | ".join(SOURCES)} | in all |
|---|---|---|---|---|---|
{faults}

- **same prompt in two sources**: word problems that stand in `assistant.json` as well, and instructions that stand in
  `chats.jsonl` as well.
- **near-duplicate**: another person's name throughout, or a few words before the instruction and after the answer.
- **longer than 800 words**: instruction, input and output together; few records come near that otherwise.
- **not in English**: German, French, Spanish and Chinese, ten instructions and one conversation each.
- **evaluation question**: its text as it stands in `eval.jsonl`; **with options**: followed by three answers to choose
  from; **inside a prompt**: in the middle of a longer text.
- **malformed row**: a conversation with a role that no chat format knows. It goes to the quarantine.
"""


def main(home: Path) -> None:
    """Write the sample into a folder."""
    for name, content in build().files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HOME)
