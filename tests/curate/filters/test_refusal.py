"""The filter of refusals."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from curate.filters.refusal import ANYWHERE, OPENING
from support.rules import judge, outputs


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("As an AI language model, I have no opinion.", "as an ai language model"),
        ("I\u2019m sorry, but I cannot fulfil this request.", "i cannot fulfil"),
        ("I am sorry. I can't assist with that.", "i can't assist"),
        ("Unfortunately, I am unable to browse.", "i am unable to"),
        ("I cannot fulfill that.", "i cannot fulfil"),
    ],
)
def test_refusals_go_with_their_phrase(text: str, phrase: str) -> None:
    assert judge("filter.refusal", outputs(text)) == {0: ("refusal", phrase, "no such phrase")}


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ms Roe, I am sorry that I am late.",
        'She said: "I cannot help with the garden today."',
        "A language model predicts the next word.",
        "",
    ],
)
def test_what_people_say_stays(text: str) -> None:
    assert judge("filter.refusal", outputs(text)) == {}


def test_extra_phrases_and_other_fields() -> None:
    rows = [{"instruction": "Als KI-Sprachmodell sage ich", "output": "a"}, {"output": "als ki-sprachmodell"}]
    assert judge("filter.refusal", rows, extra=["Als KI-Sprachmodell"]).keys() == {1}
    assert judge("filter.refusal", rows, of=["instruction", "output"], extra=["Als KI-Sprachmodell"]).keys() == {0, 1}


def test_phrases_are_lower_case_and_different() -> None:
    for phrases in (ANYWHERE, OPENING):
        assert len(set(phrases)) == len(phrases)
        assert all(phrase == phrase.lower() for phrase in phrases)


def test_nothing_is_found_in_what_people_wrote(real_data: Path) -> None:
    answers = [orjson.loads(line)["answer"] for line in (real_data / "gsm8k" / "train.jsonl").read_bytes().splitlines()]
    assert judge("filter.refusal", outputs(*answers)) == {}
