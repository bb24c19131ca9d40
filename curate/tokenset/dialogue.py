"""Dialogues: the pieces of `messages` by a chat template, every answer trained.

What is trained is found by rendering: the text up to an answer is the dialogue before it with the words after which
the model answers; what follows it, with the answer there too, begins with what the model has to say, its end-of-turn
token with it. Nothing is guessed from roles or marks. Where a template shows an earlier answer otherwise than when it
was the last (without its reasoning, say), that answer is context and not trained; where this is so for the last one,
the template cannot be trained on, and the row is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import polars as pl
from jinja2 import Template

from curate.sandbox import SandboxError
from curate.tokenset.chat import compiled, say
from curate.tokenset.piece import EMPTY, SPECIAL_IN_TEXT, Pieces
from curate.tokenset.tokenizer import ModelTokenizer, TokenizerError

REFUSED = "refused by the chat template"
NO_ANSWER = "no answer at the end"
EARLIER_CHANGED = "earlier answers that the chat template shows otherwise"

_USER = {"role": "user", "content": "Are you there?"}
_ANSWER = {"role": "assistant", "content": "Yes, I am."}

Message = Mapping[str, Any]


@dataclass(frozen=True)
class ChatForm:
    """Rows of `messages`, and of `tools` if there are any.

    Args:
        source: the chat template.
        tokens: texts of `bos_token`, `eos_token`… for it.
        end: the special token that ends an answer in it; None where it ends answers without one.
        special: texts of the tokenizer's special tokens.
        tools: whether the rows have definitions of tools.
    """

    source: str
    tokens: Mapping[str, str]
    end: str | None
    special: Sequence[str]
    tools: bool = False

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        return ["messages", *(["tools"] if self.tools else [])]

    def pieces(self, frame: pl.DataFrame) -> Pieces:
        """Two pieces an answer: what stands before it, and the answer to its end."""
        texts: list[str] = []
        row: list[int] = []
        gone: dict[int, str] = {}
        changed: list[int] = []
        inside: list[int] = []
        template = compiled(self.source)
        for place, record in enumerate(frame.select(self.columns).iter_rows(named=True)):
            messages = [_message(one) for one in record["messages"] or []]
            if reason := _unfit(messages):
                gone[place] = reason
                continue
            tools = orjson.loads(record["tools"]) if record.get("tools") else None
            try:
                found, whole = self._spans(template, messages, tools)
            except SandboxError:
                gone[place] = REFUSED
                continue
            texts += found
            row += [place] * len(found)
            changed += [] if whole else [place]
            said = (str(one.get("content") or "") for one in messages)
            inside += [place] if any(sign in text for text in said for sign in self.special) else []
        pairs = len(texts) // 2
        return Pieces(
            texts,
            np.asarray(row, dtype=np.int64),
            np.tile([False, True], pairs),
            np.zeros(len(texts), dtype=np.bool_),
            gone,
            [(EARLIER_CHANGED, changed), (SPECIAL_IN_TEXT, inside)],
        )

    def _spans(self, template: Template, messages: Sequence[Message], tools: Any) -> tuple[list[str], bool]:  # noqa: ANN401 - JSON
        """The texts before and of each answer in turn, and whether all answers are among them."""
        full = say(template, messages, self.tokens, tools)
        texts: list[str] = []
        at, whole = 0, True
        for place, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            last = place == len(messages) - 1
            before = say(template, messages[:place], self.tokens, tools, ask=True)
            after = full if last else say(template, messages[: place + 1], self.tokens, tools)
            answer = self._cut(after[len(before) :]) if after.startswith(before) else ""
            if answer and len(before) >= at and full.startswith(before + answer):
                texts += [full[at : len(before)], answer]
                at = len(before) + len(answer)
            elif last:
                raise SandboxError("the answer does not follow the words after which the model answers")
            else:
                whole = False
        return texts, whole

    def _cut(self, text: str) -> str:
        """What the model says, from what follows its cue: to the end-of-turn token, without what stands behind it."""
        if self.end is None:
            return text.rstrip()
        at = text.rfind(self.end)
        return text[: at + len(self.end)] if at >= 0 else ""


def chat_form(tokenizer: ModelTokenizer, source: str | None, *, tools: bool) -> ChatForm:
    """The form of dialogues for a tokenizer.

    Args:
        tokenizer: its chat template is used, unless another is given.
        source: a chat template.
        tools: whether the rows have definitions of tools.

    Raises:
        TokenizerError: there is no chat template, or none that can be used.
    """
    source = source or tokenizer.chat_template
    if source is None:
        raise TokenizerError(
            f"the version holds messages, and {tokenizer.name} has no chat template to render them: "
            "give one with --chat-template FILE, or format the version as prompt_completion"
        )
    special = sorted(tokenizer.special)
    try:
        template = compiled(source)
        before = say(template, [_USER], tokenizer.named, ask=True)
        after = say(template, [_USER, _ANSWER], tokenizer.named)
    except SandboxError as error:
        raise TokenizerError(f"the chat template of {tokenizer.name} cannot be used: {error}") from None
    answer = str(_ANSWER["content"])
    if not after.startswith(before) or answer not in after[len(before) :]:
        raise TokenizerError(
            f"the chat template of {tokenizer.name} ends a question with {before[-40:]!r}, and an answer does not "
            "follow it: nothing would tell what to train; give another with --chat-template FILE"
        )
    closing = after[len(before) :].partition(answer)[2]
    ends = [(closing.index(text), -len(text), text) for text in special if text in closing]
    return ChatForm(source, tokenizer.named, min(ends)[2] if ends else None, special, tools)


def _unfit(messages: Sequence[Message]) -> str | None:
    """Why nothing can be trained on a dialogue; None if something can."""
    if not messages or messages[-1].get("role") != "assistant":
        return NO_ANSWER
    last = messages[-1]
    return None if str(last.get("content") or "").strip() or last.get("tool_calls") else EMPTY


def _message(stored: Message) -> dict[str, Any]:
    """A message as chat templates want it: without empty fields, tool calls as values."""
    message = {name: value for name, value in stored.items() if value is not None}
    calls = message.get("tool_calls")
    if isinstance(calls, str):
        message["tool_calls"] = parsed = orjson.loads(calls) if calls else []
        if not parsed:
            del message["tool_calls"]
        for call in parsed:
            function = call.get("function") if isinstance(call, dict) else None
            if isinstance(function, dict) and isinstance(function.get("arguments"), str):
                function["arguments"] = _value(function["arguments"])
    message.setdefault("content", "")
    return message


def _value(text: str) -> Any:  # noqa: ANN401 - JSON
    """The arguments of a call, which OpenAI's API writes as JSON text and chat templates want as an object."""
    try:
        return orjson.loads(text)
    except ValueError:
        return text
