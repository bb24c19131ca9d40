"""The named templates: how an example becomes one prompt string, as polars expressions.

A prompt is what a model sees before it answers. Its end is where the answer begins, so that prompt + output is the
whole text, and nothing is written after the answer: the end-of-sequence token is the trainer's, which knows the
tokenizer. Neither is the beginning-of-sequence token written.

Earlier turns (`history`) are rendered as blocks in front. A template without a place for something that a record has
says so (`unplaced`), and the record is dropped: text is never left out silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import polars as pl

from curate import text
from curate.hashing import digest

# What joins instruction and input where a template names no headings for them.
JOINT = "\n\n"


@dataclass(frozen=True)
class Template:
    """The strings around an example's parts; `None` where a template has no place for a part.

    Args:
        source: where the template comes from.
        user: before and after a user's turn.
        assistant: before and after an answer. The prompt ends with the first.
        system: before and after a system prompt.
        input: before and after the input. None: instruction and input are joined by a blank line, as one turn.
        default_system: takes the place of an empty system prompt; a pair where it depends on there being an input
            (with, without).
        system_inside: the system prompt stands inside the first user turn, not before it.
        turns: earlier turns have a place.
    """

    source: str
    user: tuple[str, str]
    assistant: tuple[str, str]
    system: tuple[str, str] | None = None
    input: tuple[str, str] | None = None
    default_system: str | tuple[str, str] = ""
    system_inside: bool = False
    turns: bool = True


_ALPACA_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request."
)
_ALPACA = "Below is an instruction that describes a task. Write a response that appropriately completes the request."
_VICUNA = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)

TEMPLATES: dict[str, Template] = {
    "instruction_input_response": Template(
        source="https://github.com/Upaya07/NeurIPS-llm-efficiency-challenge",
        user=("### Instruction:\n", "\n\n"),
        input=("### Input:\n", "\n\n"),
        assistant=("### Response:\n", "\n\n"),
    ),
    "alpaca": Template(
        source="https://github.com/tatsu-lab/stanford_alpaca/blob/main/train.py",
        system=("", "\n\n"),
        default_system=(_ALPACA_INPUT, _ALPACA),
        user=("### Instruction:\n", "\n\n"),
        input=("### Input:\n", "\n\n"),
        assistant=("### Response:", "\n\n"),
    ),
    "vicuna": Template(
        source="https://github.com/lm-sys/FastChat/blob/main/fastchat/conversation.py",
        system=("", " "),
        default_system=_VICUNA,
        user=("USER: ", " "),
        assistant=("ASSISTANT: ", "</s>"),
    ),
    "chatml": Template(
        source="https://github.com/openai/openai-python/blob/release-v0.28.0/chatml.md",
        system=("<|im_start|>system\n", "<|im_end|>\n"),
        user=("<|im_start|>user\n", "<|im_end|>\n"),
        assistant=("<|im_start|>assistant\n", "<|im_end|>\n"),
    ),
    "llama2": Template(
        source="https://github.com/meta-llama/llama/blob/main/llama/generation.py",
        system=("<<SYS>>\n", "\n<</SYS>>\n\n"),
        system_inside=True,
        user=("[INST] ", " [/INST] "),
        assistant=("", " </s><s>"),
    ),
    "mistral": Template(
        source="https://docs.mistral.ai/guides/tokenization/",
        system=("", "\n\n"),
        system_inside=True,
        user=("[INST] ", " [/INST] "),
        assistant=("", "</s>"),
    ),
    "plain": Template(source="curate", user=("", "\n\n"), assistant=("", ""), turns=False),
}

# The columns that `prompt` and `unplaced` read.
READS = frozenset({"system", "instruction", "input", "history", "tools", "meta"})


def prompt(template: Template, system: str = "") -> pl.Expr:
    """The prompt of each example.

    Args:
        template: the strings.
        system: the system prompt of records that have none.
    """
    turns = pl.concat_str(_history(template), _current(template))
    if template.system is None:
        return pl.concat_str(turns, pl.lit(template.assistant[0]))
    block = _system(template, system)
    if template.system_inside:
        # `unplaced` has sent away the records whose first turn is not the user's.
        opening = template.user[0]
        turns = pl.concat_str(pl.lit(opening), block, turns.str.strip_prefix(opening))
        return pl.concat_str(turns, pl.lit(template.assistant[0]))
    return pl.concat_str(block, turns, pl.lit(template.assistant[0]))


def question() -> pl.Expr:
    """Instruction and input as one turn: joined by a blank line, or the one that is not empty."""
    instruction, given = text.value("instruction"), text.value("input")
    joint = pl.when((instruction != "") & (given != "")).then(pl.lit(JOINT)).otherwise(pl.lit(""))
    return pl.concat_str(instruction, joint, given)


def unplaced(template: Template | None, places: Sequence[str] = ()) -> pl.Expr:
    """The part of a record for which there is no place, as text; null where everything has its place.

    Args:
        template: a named template; None for messages and custom templates, which say themselves what they place.
        places: then: those of `system`, `history`, `tools` that have a place.
    """
    if template is not None:
        places = [name for name, has in (("system", template.system), ("history", template.turns)) if has]
    calls = has_tool_calls()
    turns = pl.col("history").list.len().fill_null(0) > 0
    flat = template is not None and template.turns
    strange = _strange_turns(template) if flat and template is not None else pl.lit(value=False)
    return (
        pl.when(pl.lit("tools" not in places) & (_filled("tools") | calls)).then(pl.lit("tools"))
        .when(pl.lit("history" not in places) & turns).then(pl.lit("history"))
        .when(turns & strange).then(pl.lit("history"))
        .when(pl.lit("system" not in places) & _filled("system")).then(pl.lit("system"))
    )  # fmt: skip


def has_tool_calls() -> pl.Expr:
    """Whether the answer or an earlier turn calls a tool, or is a tool's answer."""
    turn = pl.element().struct
    earlier = (turn.field("role") == "tool") | (turn.field("tool_calls").fill_null("") != "")
    # Reading JSON is dear: the key is looked for as text first.
    named = pl.col("meta").fill_null("").str.contains('"tool_calls"', literal=True)
    calls = pl.when(named).then(pl.col("meta")).str.json_path_match("$.tool_calls").fill_null("")
    final = ~calls.is_in(["", "null", "[]"])
    return pl.col("history").list.eval(earlier).list.any().fill_null(value=False) | final


def template_digest(settings: dict[str, object]) -> str:
    """What identifies a format: its settings, and the strings of the template that they name. For the lock."""
    named = TEMPLATES.get(str(settings.get("template") or ""))
    return digest({"settings": settings, "template": None if named is None else asdict(named)})


def _filled(name: str) -> pl.Expr:
    return pl.col(name).fill_null("") != ""


def _strange_turns(template: Template) -> pl.Expr:
    """Turns that a flat template has no words for: other roles, or a first turn that the system prompt cannot enter."""
    role = pl.element().struct.field("role")
    known = ["user", "assistant"] if not _placed_roles(template) else ["user", "assistant", "system"]
    strange = pl.col("history").list.eval(~role.is_in(known)).list.any()
    if template.system_inside:
        return strange | (pl.col("history").list.first().struct.field("role") != "user")
    return strange


def _placed_roles(template: Template) -> bool:
    """Whether a system message may stand between turns: only where its block has its own marks."""
    return template.system is not None and not template.system_inside and template.system[0] != ""


def _history(template: Template) -> pl.Expr:
    role, content = pl.element().struct.field("role"), pl.element().struct.field("content").fill_null("")

    def block(around: tuple[str, str]) -> pl.Expr:
        return pl.concat_str(pl.lit(around[0]), content, pl.lit(around[1]))

    turn = pl.when(role == "assistant").then(block(template.assistant))
    if _placed_roles(template) and template.system:
        turn = turn.when(role == "system").then(block(template.system))  # type: ignore[assignment]
    return pl.col("history").list.eval(turn.otherwise(block(template.user))).list.join("").fill_null("")


def _current(template: Template) -> pl.Expr:
    """The user's turn that is to be answered; no turn where the dialogue goes on without one."""
    if template.input is None:
        asked = question()
        spoken = (asked != "") | (pl.col("history").list.len().fill_null(0) == 0)
        return pl.when(spoken).then(_around(asked, template.user)).otherwise(pl.lit(""))
    blocks = [("instruction", template.user), ("input", template.input)]
    return pl.concat_str(
        pl.when(_filled(name)).then(_around(pl.col(name), around)).otherwise(pl.lit("")) for name, around in blocks
    )


def _system(template: Template, system: str) -> pl.Expr:
    default: pl.Expr = pl.lit(system)
    if not system and isinstance(template.default_system, tuple):
        with_input, without = template.default_system
        default = pl.when(_filled("input")).then(pl.lit(with_input)).otherwise(pl.lit(without))
    elif not system:
        default = pl.lit(template.default_system)
    said = pl.when(_filled("system")).then(pl.col("system")).otherwise(default)
    return pl.when(said != "").then(_around(said, template.system or ("", ""))).otherwise(pl.lit(""))


def _around(value: pl.Expr, around: tuple[str, str]) -> pl.Expr:
    return pl.concat_str(pl.lit(around[0]), value, pl.lit(around[1]))
