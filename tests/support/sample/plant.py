"""Faults put into the sample on purpose, each counted, so that a build has something to find."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from .chats import Chat, chat
from .dice import Dice
from .evaluation import questions
from .foreign import CHATS, instructions
from .knowledge import TOPICS
from .refusals import EMPTY, REFUSED, REFUSED_CHATS
from .tasks import Instance, Task
from .words import NAMES

Row = dict[str, str]
T = TypeVar("T")

# kind of fault, where it lies -> how many
Planted = Counter[tuple[str, str]]

EXACT, ACROSS, CASE, NEAR = (
    "exact duplicate",
    "same prompt in two sources",
    "same but for case and blanks",
    "near-duplicate",
)
LONG, FOREIGN, EMPTIED, REFUSAL = "longer than 800 words", "not in English", "empty output", "refusal"
LEAK, OPTIONS, INSIDE, BROKEN = (
    "evaluation question",
    "evaluation question with options",
    "evaluation question inside a prompt",
    "malformed row",
)
KINDS = (EXACT, ACROSS, CASE, NEAR, LONG, FOREIGN, EMPTIED, REFUSAL, LEAK, OPTIONS, INSIDE, BROKEN)


def scatter(dice: Dice, rows: list[T], extra: list[T]) -> list[T]:
    """The rows in their order, with the extra ones somewhere in between."""
    rows = list(rows)
    for one in extra:
        rows.insert(dice.number(0, len(rows)), one)
    return rows


def titled(text: str) -> str:
    """Every word with a capital, and a blank too many: another text, the same prompt."""
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" ")).replace(" ", "  ", 1)


def spaced(text: str) -> str:
    """Blanks doubled here and there and one at the end."""
    return text.replace(", ", ",  ").replace(" the ", "  the ") + " "


def long_text(dice: Dice) -> str:
    """More than 800 words of true sentences that do not belong together."""
    facts = dice.shuffled([fact for _, *facts in TOPICS for fact in facts])
    text, size = [], 0
    while size <= 850:
        text.append(facts.pop())
        size += len(text[-1].split())
    return " ".join(text)


def renamed(dice: Dice, text: str) -> Callable[[str], str]:
    """A function that puts another person into a text, the same in all texts of a record."""
    inside = [name for name, _, _ in NAMES if re.search(rf"\b{name}\b", text)]
    other = dice.pick([name for name, _, _ in NAMES if name not in inside])
    return lambda part: re.sub(rf"\b{inside[0]}\b", other, part)


def plant_tasks(dice: Dice, tasks: list[Task], planted: Planted) -> dict[int, list[Instance]]:
    """The instances of each task with its faults among them."""
    found = {}
    for task in tasks:
        extra: list[Instance] = dice.take(task.instances[1:], 3)
        planted[EXACT, "tasks"] += 3
        if task.number in (902, 907):
            extra += [
                (titled(text) if task.number == 902 else spaced(text), outputs)
                for text, outputs in dice.take(task.instances[1:], 4)
            ]
            planted[CASE, "tasks"] += 4
        if task.number == 905:
            for text, outputs in dice.take([one for one in task.instances[1:] if len(one[0].split()) > 40], 10):
                change = renamed(dice, text)
                extra.append((change(text), [change(output) for output in outputs]))
            extra += [
                (long_text(dice), ["Somebody reads out many facts that have little to do with each other."])
                for _ in range(3)
            ]
            planted[NEAR, "tasks"] += 10
            planted[LONG, "tasks"] += 3
        if task.number == 904:
            extra += [
                (text.replace("Category: ", "Category: all "), [""]) for text, _ in dice.take(task.instances[1:], 3)
            ]
            planted[EMPTIED, "tasks"] += 3
        found[task.number] = scatter(dice, task.instances, extra)
    return found


def plant_maths(dice: Dice, rows: list[Row], planted: Planted) -> list[Row]:
    """The word problems with their faults among them."""
    picked = dice.take([row for row in rows if any(name in row["question"] for name, _, _ in NAMES)], 38)
    extra = [dict(row) for row in picked[:12]]
    extra += [
        row | {"question": (titled if at % 2 else spaced)(row["question"])} for at, row in enumerate(picked[12:22])
    ]
    for row in picked[22:]:
        change = renamed(dice, row["question"])
        extra.append({key: change(text) for key, text in row.items()})
    extra += [
        {"question": question, "answer": f"The answer is {answer}.\n#### {answer}"}
        for question, answer, *_ in questions()[2:24:4]
    ]
    planted.update({(EXACT, "maths"): 12, (CASE, "maths"): 10, (NEAR, "maths"): 16, (LEAK, "maths"): 6})
    return scatter(dice, rows, extra)


def _leaks() -> list[Row]:
    asked = questions()
    extra = [{"instruction": question, "input": "", "output": answer} for question, answer, *_ in asked[24:60:6]]
    for question, answer, *wrong in asked[26:50:6]:
        options = " ".join(
            f"({letter}) {text}" for letter, text in zip("ABC", (wrong[0], answer, wrong[1]), strict=True)
        )
        extra.append({"instruction": f"{question}\nOptions: {options}", "input": "", "output": f"(B) {answer}"})
    for question, answer, *_ in asked[3:19:4]:
        frame = f"My nephew got this at school and I want to check it. {question} Please give only the result."
        extra.append({"instruction": frame, "input": "", "output": answer})
    return extra


def plant_assistant(dice: Dice, rows: list[Row], maths: list[Row], planted: Planted) -> list[Row]:
    """The instructions with their faults among them."""
    picked = dice.take([row for row in rows if not row["output"].startswith("```")], 36)
    extra = [dict(row) for row in picked[:20]]
    extra += [
        row | {"instruction": titled(row["instruction"]) if at % 2 else " " + row["instruction"].lower()}
        for at, row in enumerate(picked[20:])
    ]
    for row in dice.take([row for row in rows if len(row["output"].split()) > 18 and row not in picked], 24):
        asked = "Please " + row["instruction"][0].lower() + row["instruction"][1:]
        extra.append(
            row
            | {
                "instruction": asked,
                "output": row["output"]
                + dice.pick(("\n\nI hope this helps.", "\n\nThat is all.", "\n\nShall I go on?")),
            }
        )
    for row in dice.take(maths, 10):
        extra.append(
            {"instruction": row["question"], "input": "", "output": re.sub(r"<<.*?>>|\n####.*", "", row["answer"])}
        )
    extra += [
        {
            "instruction": f"Shorten this talk to {n} sentences.",
            "input": long_text(dice),
            "output": "It lists facts about many things.",
        }
        for n in (2, 3, 4, 5)
    ]
    extra += [{"instruction": asked, "input": "", "output": answer} for _, asked, answer in instructions()]
    extra += [{"instruction": asked, "input": "", "output": answer} for asked, answer in REFUSED]
    extra += [{"instruction": asked, "input": "", "output": ""} for asked in EMPTY]
    extra += _leaks()
    counts = {
        EXACT: 20,
        CASE: 16,
        NEAR: 24,
        ACROSS: 10,
        LONG: 4,
        FOREIGN: len(instructions()),
        REFUSAL: len(REFUSED),
        EMPTIED: len(EMPTY),
        LEAK: 6,
        OPTIONS: 4,
        INSIDE: 4,
    }
    planted.update({(kind, "assistant"): count for kind, count in counts.items()})
    return scatter(dice, rows, extra)


def plant_chats(dice: Dice, chats: list[Chat], assistant: list[Row], planted: Planted) -> list[Chat]:
    """The conversations with their faults among them."""
    extra = [
        chat(row["instruction"], row["output"]) for row in dice.take([row for row in assistant if not row["input"]], 8)
    ]
    extra += [chat(*turns) for turns in CHATS] + [chat(*turns) for turns in REFUSED_CHATS]
    extra += [chat(question, f"The answer is {answer}.") for question, answer, *_ in questions()[29:59:15]]
    # A role that no chat format knows: the row cannot become an example.
    extra.append(
        [
            {"role": "narrator", "content": "The curtain rises."},
            {"role": "assistant", "content": "Welcome to the play!"},
        ]
    )
    planted.update(
        {
            (ACROSS, "chats"): 8,
            (FOREIGN, "chats"): len(CHATS),
            (REFUSAL, "chats"): len(REFUSED_CHATS),
            (LEAK, "chats"): 2,
            (BROKEN, "chats"): 1,
        }
    )
    return scatter(dice, chats, extra)
