"""Prompts: solved examples stand in front, in the template's own words, and never the record's own question."""

from __future__ import annotations

from typing import Any

import orjson
import polars as pl
import pytest

from curate.errors import CurateError
from curate.score.prompt import SHOTS, Style, asks, first_shots, prompts, task_shots
from support.rules import records, turn

BIRDS = "Can it fly?"


def shots(*rows: tuple[str, str, str], task: str | None = "birds") -> pl.DataFrame:
    """Solved examples of a task, in this order."""
    given = [
        {"source": "test", "task": task, "place": place, "instruction": asked, "input": about, "output": answer}
        for place, (asked, about, answer) in enumerate(rows)
    ]
    columns = {name: dtype for name, dtype in SHOTS.items() if name != "asks"}
    return pl.DataFrame(given, schema=columns).with_columns(asks().alias("asks")).select(*SHOTS)


OWL, ROBIN, EMU = (BIRDS, "An owl.", "Yes"), (BIRDS, "A robin.", "Yes"), (BIRDS, "An emu.", "No")


def bird(name: str = "A kiwi.", **more: Any) -> dict[str, Any]:
    return {"task": "birds", "instruction": BIRDS, "input": name, "output": "No", **more}


def written(rows: list[dict[str, Any]], given: pl.DataFrame | None, n: int = 2, **style: Any) -> list[str | None]:
    return prompts(records(rows), Style(style.get("template"), style.get("jinja"), n), given).to_list()


def test_without_examples_it_is_the_template_alone() -> None:
    assert written([bird()], None) == [f"### Instruction:\n{BIRDS}\n\n### Input:\nA kiwi.\n\n### Response:\n"]


def test_under_headings_the_instruction_stands_once() -> None:
    (found,) = written([bird()], shots(OWL, ROBIN, EMU))
    assert found == (
        f"### Instruction:\n{BIRDS}\n\n"
        "### Input:\nAn owl.\n\n### Response:\nYes\n\n"
        "### Input:\nA robin.\n\n### Response:\nYes\n\n"
        "### Input:\nA kiwi.\n\n### Response:\n"
    )


def test_the_preamble_stands_once_too() -> None:
    (found,) = written([bird()], shots(OWL), template="alpaca")
    assert found is not None
    assert found.count("Below is an instruction") == 1
    assert found.endswith("### Response:Yes\n\n### Input:\nA kiwi.\n\n### Response:")


def test_other_instructions_are_told_in_full() -> None:
    (found,) = written([bird()], shots(("Name a colour.", "", "Red"), OWL))
    assert found == (
        "### Instruction:\nName a colour.\n\n### Response:\nRed\n\n"
        f"### Instruction:\n{BIRDS}\n\n### Input:\nAn owl.\n\n### Response:\nYes\n\n"
        f"### Instruction:\n{BIRDS}\n\n### Input:\nA kiwi.\n\n### Response:\n"
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (
            "chatml",
            (
                f"<|im_start|>user\n{BIRDS}\n\nAn owl.<|im_end|>\n<|im_start|>assistant\nYes<|im_end|>\n"
                f"<|im_start|>user\n{BIRDS}\n\nA kiwi.<|im_end|>\n<|im_start|>assistant\n"
            ),
        ),
        ("mistral", f"[INST] {BIRDS}\n\nAn owl. [/INST] Yes</s>[INST] {BIRDS}\n\nA kiwi. [/INST] "),
        ("plain", f"{BIRDS}\n\nAn owl.\n\nYes\n\n{BIRDS}\n\nA kiwi.\n\n"),
    ],
)
def test_as_turns_of_a_dialogue(template: str, text: str) -> None:
    assert written([bird()], shots(OWL), 1, template=template) == [text]


def test_own_template() -> None:
    jinja = "Q: {{ instruction }} {{ input }}\nA: "
    assert written([bird()], shots(OWL, ROBIN), jinja=jinja) == [
        f"Q: {BIRDS} An owl.\nA: Yes\n\nQ: {BIRDS} A robin.\nA: Yes\n\nQ: {BIRDS} A kiwi.\nA: "
    ]


def test_own_template_that_fails_names_the_record() -> None:
    with pytest.raises(CurateError, match="the template fails on record 0{32}: "):
        written([bird()], None, jinja="{{ instruction.nothing.more }}")


@pytest.mark.parametrize("style", [{}, {"template": "chatml"}, {"template": "plain"}, {"jinja": "{{ input }}: "}])
def test_never_its_own_question(style: dict[str, str]) -> None:
    """A record is shown the next example instead; one of another task none."""
    rows = [bird("An owl."), bird("A kiwi."), bird("A robin.", task="others"), bird("  A robin.")]
    told = [text or "" for text in written(rows, shots(OWL, ROBIN, EMU), **style)]
    seen = [{name: text.count(name) for name in ("owl", "robin", "emu")} for text in told]
    assert seen == [
        {"owl": 1, "robin": 1, "emu": 1},
        {"owl": 1, "robin": 1, "emu": 0},
        {"owl": 0, "robin": 1, "emu": 0},
        {"owl": 1, "robin": 1, "emu": 1},
    ]


def test_earlier_turns_stay_with_their_record() -> None:
    said = [turn("user", "Hi"), turn("assistant", "Hello")]
    (found,) = written([bird(history=said)], shots(OWL), 1, template="chatml")
    assert found is not None
    assert found.index("owl") < found.index("Hi") < found.index("Hello") < found.index("kiwi")


def test_what_has_no_place_has_no_prompt() -> None:
    rows = [bird(system="Be brief."), bird()]
    assert [text is None for text in written(rows, shots(OWL))] == [True, False]
    assert [text is None for text in written(rows, None)] == [True, False]
    assert [text is None for text in written(rows, shots(OWL), jinja="{{ input }}")] == [True, False]


def test_examples_of_a_task_come_from_meta() -> None:
    kept = [
        {"input": "An owl.", "output": "Yes"},
        {"input": "An owl.", "output": "No"},
        {"input": "Emu", "output": "No"},
    ]
    rows = [
        bird(meta=orjson.dumps({"examples": kept}).decode()),
        bird("x", task="bare", meta="{}"),
        bird("y", task="z"),
    ]
    found = task_shots(records(rows), 4)
    assert found.select("task", "place", "instruction", "input", "output").rows() == [
        ("birds", 0, BIRDS, "An owl.", "Yes"),
        ("birds", 2, BIRDS, "Emu", "No"),
    ]


def test_one_more_is_kept_of_each_task() -> None:
    many = pl.concat([shots(OWL, OWL, ROBIN, EMU), shots(EMU, task=None)])
    found = first_shots(many.sample(fraction=1, shuffle=True, seed=3), 1)
    assert sorted(found.select("task", "place").rows(), key=str) == [("birds", 0), ("birds", 2), (None, 0)]
