"""Prompts taken apart again: from the columns of a finished version back to the fields of an example.

A version holds what its format wrote. For a named template its strings tell where a part begins and ends, so the last
turn of a prompt gives instruction and input back, and for messages the roles do. Where a format joins instruction and
input (messages, and templates without a heading for the input), both come back as the instruction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from curate.example import MESSAGE
from curate.template import TEMPLATES, Template


def apart(frame: pl.DataFrame, settings: Mapping[str, Any]) -> pl.DataFrame:
    """Take finished rows apart.

    Args:
        frame: the columns of the format, and any others.
        settings: of the format, as the manifest tells them.

    Returns:
        The frame with `system`, `history`, `instruction`, `input` and `output` as far as the format tells them
        (`missing` says which it does not).

    Raises:
        ValueError: a format that cannot be taken apart; the message says why.
    """
    if settings["columns"] == "messages":
        return _messages(frame)
    name = settings.get("template")
    if name is None:
        raise ValueError("it was formatted by a Jinja template of its own, which cannot be undone")
    template = TEMPLATES[name]
    if settings["columns"] == "prompt_completion":
        parts = _turn(pl.col("prompt"), template, whole=False)
        return frame.with_columns(*parts, pl.col("completion").alias("output"))
    if not "".join((template.user[1], template.assistant[0])).strip():
        raise ValueError(f"its column `text` does not tell where the answer begins (template {name!r})")
    return frame.with_columns(_turn(pl.col("text"), template, whole=True))


def joins(settings: Mapping[str, Any]) -> bool:
    """Whether instruction and input come back as one."""
    template = TEMPLATES.get(settings.get("template") or "")
    return settings["columns"] == "messages" or template is None or template.input is None


def missing(settings: Mapping[str, Any]) -> frozenset[str]:
    """Fields of an example that rows of this format do not give back."""
    flat = {"history", "system"} if settings["columns"] != "messages" else set()
    return frozenset({"tools", *flat})


def _turn(text: pl.Expr, template: Template, *, whole: bool) -> list[pl.Expr]:
    """Instruction and input of the last turn, and the output behind it if the text is `whole`."""
    asked = [_matched(text, template, whole=whole, headed=True)]
    if template.input is not None:  # a record without instruction has no heading for it either
        asked.append(_matched(text, template, whole=whole, headed=False))
    names = ["instruction", "input", *(["output"] if whole else [])]
    found = pl.coalesce(asked)
    parts = [found.struct.field(name).fill_null("").alias(name) for name in names]
    # A dialogue that goes on without a user's turn: all of it is what was asked.
    return [pl.when(found.is_null()).then(text).otherwise(parts[0]).alias("instruction"), *parts[1:]]


def _matched(text: pl.Expr, template: Template, *, whole: bool, headed: bool) -> pl.Expr:
    """The parts as a struct; null where the text is otherwise."""
    user, given, answer = template.user, template.input, re.escape(template.assistant[0])
    mark = re.escape(user[0])
    before = f"^(?:.*{mark})" if mark else "^"
    if template.system_inside and template.system is not None and template.system[0]:
        opening, closing = (re.escape(one) for one in template.system)
        before += f"(?:{opening}.*?{closing})?"
    lazy = "?" if whole else ""
    instruction = f"(?<instruction>.*?){re.escape(user[1])}" if headed else "(?<instruction>)"
    if not headed:
        before = "^(?:.*?)"
    block = ""
    if given is not None:
        block = f"{re.escape(given[0])}(?<input>.*{lazy}){re.escape(given[1])}"
        block = f"(?:{block})?" if headed else block
    else:
        block = "(?<input>)"
    output = "(?<output>.*)" if whole else ""
    found = text.str.extract_groups(f"(?s){before}{instruction}{block}{answer}{output}$")
    return pl.when(found.struct.field("instruction").is_not_null()).then(found)


def _messages(frame: pl.DataFrame) -> pl.DataFrame:
    """The first message of the system, what came before the last question, that question, and the answer."""
    turns = pl.col("messages")
    role, content = pl.element().struct.field("role"), pl.element().struct.field("content").fill_null("")
    system = turns.list.first().struct.field("role") == "system"
    talk = pl.when(system).then(turns.list.slice(1)).otherwise(turns)
    frame = frame.with_columns(
        pl.when(system).then(turns.list.first().struct.field("content")).fill_null("").alias("system"),
        talk.list.slice(0, talk.list.len() - 1).alias("_before"),
        talk.list.last().struct.field("content").fill_null("").alias("output"),
        pl.lit("").alias("input"),
    )
    asked = pl.col("_before").list.last().struct.field("role") == "user"
    earlier = pl.when(asked).then(pl.col("_before").list.slice(0, pl.col("_before").list.len() - 1))
    known = [field.name for field in MESSAGE.fields]
    empty = [pl.lit(None, dtype=pl.String).alias(name) for name in known if name not in ("role", "content")]
    turn = pl.struct(role.alias("role"), content.alias("content"), *empty)
    question = pl.when(asked).then(pl.col("_before").list.last().struct.field("content")).fill_null("")
    return frame.with_columns(
        question.alias("instruction"),
        earlier.otherwise(pl.col("_before")).list.eval(turn).cast(pl.List(MESSAGE)).alias("history"),
    ).drop("_before")
