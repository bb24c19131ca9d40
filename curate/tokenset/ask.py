"""Ask: the prompt of one example, rendered as those that were trained on, so that a model is asked what it learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from curate import sandbox
from curate.errors import CurateError
from curate.example import EXAMPLE, MESSAGE
from curate.hashing import digest
from curate.template import JOINT, TEMPLATES, prompt, template_digest, unplaced
from curate.tokenset.chat import compiled, say
from curate.tokenset.layout import TemplateInfo
from curate.tokenset.tokenizer import ModelTokenizer

CHAT = "chat"


@dataclass(frozen=True)
class Question:
    """What is asked.

    Args:
        instruction: what to do.
        input: what to do it with.
        system: the system prompt.
        history: earlier turns of role and content, oldest first.
    """

    instruction: str = ""
    input: str = ""
    system: str = ""
    history: Sequence[Mapping[str, Any]] = ()


def describe(layout: Mapping[str, Any], chat: str | None = None) -> TemplateInfo:
    """What is told of the template of a version's rows.

    Args:
        layout: the settings of the version's format.
        chat: the chat template that renders its messages, if it holds messages.
    """
    about = dict(layout)
    if chat is not None:
        return TemplateInfo(name=CHAT, digest=digest(chat), text=chat, settings=about)
    name, jinja = layout.get("template"), layout.get("jinja")
    if name is None:
        text = str(jinja["prompt"] if isinstance(jinja, Mapping) else jinja)
    else:
        text = _flat(name, layout, Question("{instruction}", "{input}"))
    return TemplateInfo(name=name or "jinja", digest=template_digest(about), text=text, settings=about)


def ask(template: TemplateInfo, question: Question, tokens: Mapping[str, str]) -> str:
    """The text after which the model answers.

    Args:
        template: as the token set's manifest tells it, or from `describe`.
        question: what is asked.
        tokens: texts of `bos_token`, `eos_token`… for a chat template.

    Raises:
        CurateError: the template has no place for a part of it, refuses it, or does not tell where an answer begins.
    """
    if template.name == CHAT:
        return say(compiled(template.text or ""), _messages(question, template), tokens, ask=True)
    if template.name in TEMPLATES:
        return _flat(template.name, template.settings, question)
    if template.settings["columns"] == "text":
        raise CurateError(
            "the version holds whole texts of a Jinja template, which does not tell where an answer begins"
        )
    source, used = sandbox.compiled(template.text or "")
    record = {name: value for name, value in _record(question).items() if name in used}
    empty: dict[str, Any] = {"meta": {}, "tools": []}
    return sandbox.render(source, record | {name: value for name, value in empty.items() if name in record})


def ids_of(tokenizer: ModelTokenizer, prompt_text: str, bos: int | None) -> list[int]:
    """The tokens of a prompt as examples have them: special tokens are what they are, and one beginning."""
    ids: list[int] = tokenizer.content.encode(prompt_text, add_special_tokens=False).ids
    if bos is None:
        return ids
    text = next((place for place, number in enumerate(ids) if number != bos), len(ids))
    return [bos, *ids[text:]]


def question_of(messages: Sequence[Mapping[str, Any]]) -> Question:
    """The question that a dialogue ends with.

    Raises:
        CurateError: it does not end with a user's turn.
    """
    if not messages or messages[-1].get("role") != "user":
        raise CurateError("the messages must end with one of role 'user', which is what the model is to answer")
    system = str(messages[0].get("content", "")) if messages[0].get("role") == "system" else ""
    return Question(str(messages[-1].get("content", "")), "", system, list(messages[bool(system) : -1]))


def _messages(question: Question, template: TemplateInfo) -> list[dict[str, Any]]:
    system = question.system or str(template.settings.get("system") or "")
    asked = JOINT.join(text for text in (question.instruction, question.input) if text)
    first = [{"role": "system", "content": system}] if system else []
    return [*first, *map(dict, question.history), {"role": "user", "content": asked}]


def _record(question: Question) -> dict[str, Any]:
    empty = dict.fromkeys(EXAMPLE, "")
    turns = [{field.name: turn.get(field.name) for field in MESSAGE.fields} for turn in question.history]
    said = {"instruction": question.instruction, "input": question.input, "system": question.system}
    return {**empty, **said, "history": turns, "references": []}


def _flat(name: str, layout: Mapping[str, Any], question: Question) -> str:
    """The prompt of a named template."""
    frame = pl.DataFrame([_record(question)], schema=EXAMPLE)
    part = frame.select(unplaced(TEMPLATES[name])).item()
    if part is not None:
        raise CurateError(f"the template {name!r} has no place for {part}: no example that was trained on has any")
    return str(frame.select(prompt(TEMPLATES[name], layout.get("system") or "")).item())
