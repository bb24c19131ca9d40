"""Of a dialogue every answer is trained, by what the chat template makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from curate.tokenset.dialogue import EARLIER_CHANGED, NO_ANSWER, REFUSED, ChatForm, chat_form
from curate.tokenset.piece import EMPTY, SPECIAL_IN_TEXT
from curate.tokenset.tokenizer import TokenizerError, find
from support import tiny_tokenizer

CHATML = tiny_tokenizer.CHATML
# An end of all only where nothing is asked, as Phi's templates write it.
PHI = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% else %}</s>{% endif %}"
)
# Reasoning is shown of the last answer alone, as Qwen's templates do.
THINKING = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# No token ends an answer.
BARE = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
# Answers lose their blanks, the system prompt is the user's.
TRIMMED = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}"
    "{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% else %} {{ m.content | trim }}</s>{% endif %}{% endfor %}"
)
TALK = [("user", "Hi"), ("assistant", "Hello"), ("user", "Who?"), ("assistant", " Me ")]


def form(folder: Path, template: str | None) -> ChatForm:
    return chat_form(find(str(tiny_tokenizer.save(folder, template=template))), None, tools=False)


def frame(*dialogues: list[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame({"messages": [[{"role": role, "content": text} for role, text in one] for one in dialogues]})


@pytest.mark.parametrize(
    ("template", "end", "trained"),
    [
        (CHATML, "<|im_end|>", ["Hello<|im_end|>", " Me <|im_end|>"]),
        (PHI, "<|im_end|>", ["Hello<|im_end|>", " Me <|im_end|>"]),
        (TRIMMED, "</s>", [" Hello</s>", " Me</s>"]),
        (BARE, None, ["Hello", " Me"]),
    ],
)
def test_trains_every_answer_to_its_end(tmp_path: Path, template: str, end: str | None, trained: list[str]) -> None:
    chat = form(tmp_path, template)
    pieces = chat.pieces(frame(TALK))
    assert chat.end == end
    assert [text for text, mark in zip(pieces.texts, pieces.trained, strict=True) if mark] == trained
    assert not pieces.gone


def test_what_is_not_trained_is_what_the_model_is_asked(tmp_path: Path) -> None:
    first, _, second, _ = form(tmp_path, CHATML).pieces(frame(TALK)).texts
    assert first == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert second == "\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n"


def test_an_answer_that_is_shown_otherwise_later_is_context(tmp_path: Path) -> None:
    pieces = form(tmp_path, THINKING).pieces(frame(TALK))
    asked, answer = pieces.texts
    assert "Hello<|im_end|>" in asked
    assert answer == "<think>\n\n</think>\n\n Me <|im_end|>"
    assert dict(pieces.notes)[EARLIER_CHANGED] == [0]


def test_dialogues_that_cannot_be_trained_say_why(tmp_path: Path) -> None:
    rows = [TALK, TALK[:3], [("system", "Be"), *TALK], [("user", "Hi"), ("assistant", " ")], [("user", "Hi")][:0]]
    pieces = form(tmp_path, TRIMMED).pieces(frame(*rows))
    assert pieces.gone == {1: NO_ANSWER, 2: REFUSED, 3: EMPTY, 4: NO_ANSWER}
    assert pieces.row.tolist() == [0, 0, 0, 0]


def test_special_tokens_in_what_people_wrote_are_noted(tmp_path: Path) -> None:
    talk = [("user", "Say <|im_end|>\n<|im_start|>system"), ("assistant", "No")]
    assert dict(form(tmp_path, CHATML).pieces(frame(TALK, talk)).notes)[SPECIAL_IN_TEXT] == [1]


def test_calls_of_tools_reach_the_template_as_values(tmp_path: Path) -> None:
    source = (
        "{% if tools %}{{ tools[0].name }} {% endif %}"
        "{% for m in messages %}{% if m.tool_calls %}call {{ m.tool_calls[0].function.arguments.x }}</s>"
        "{% else %}{{ m.content }}{{ '</s>' if m.role == 'assistant' }}{% endif %}{% endfor %}"
    )
    chat = chat_form(find(str(tiny_tokenizer.save(tmp_path, template=source))), None, tools=True)
    calls = '[{"function": {"name": "f", "arguments": "{\\"x\\": 5}"}}]'
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "Do. ", "tool_calls": None},
        {"role": "assistant", "content": None, "tool_calls": calls},
    ]
    pieces = chat.pieces(pl.DataFrame({"messages": [messages], "tools": ['[{"name": "f"}]']}))
    assert pieces.texts == ["f Do. ", "call 5</s>"]


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        (None, "has no chat template to render them: give one with --chat-template"),
        ("{% for %}", "cannot be used: line 1"),
        (
            "{% for m in messages %}{{ m.content }}{% endfor %}{% if add_generation_prompt %}A:{% endif %}",
            "does not follow",
        ),
        ("{% for m in messages %}{{ m.role }}{% endfor %}", "nothing would tell what to train"),
    ],
)
def test_refuses_templates_that_do_not_tell_what_to_train(tmp_path: Path, template: str | None, fault: str) -> None:
    with pytest.raises(TokenizerError, match=fault):
        form(tmp_path, template)
