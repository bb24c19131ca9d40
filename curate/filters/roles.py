"""Drop dialogues whose turns are out of order."""

from __future__ import annotations

import polars as pl

from curate import stage, text
from curate.stage import Outcome, RecordStage, drops

# One letter a turn: s system, u user, a assistant, c assistant that calls tools, t tool, e empty answer, x another
# role.
_NAMES = {"s": "system", "u": "user", "a": "assistant", "c": "call", "t": "tool", "e": "empty answer", "x": "unknown"}
_ORDER = "^s?(?:u(?:ct+)*a)*u(?:ct+)*[ac]$"

# What is wrong, by the first pattern that is found.
_FAULTS = {
    "x": "unknown role",
    "e": "empty assistant turn",
    ".s": "system prompt between turns",
    "^s?[act]": "the first turn is not the user's",
    "uu": "two user turns in a row",
    "[ac][ac]": "two assistant turns in a row",
    "(?:^|[^ct])t": "tool answer without a call",
    "cu": "call without a tool answer",
    "tu": "tool answer without an assistant turn",
}


class Rule(RecordStage):
    """Drop records whose turns (`history`, the question, the output) are not in an order that can be trained on.

    In order is: a system prompt or none; then user and assistant in turn; between them, if the assistant calls tools,
    at least one tool answer a call. The last turn is the assistant's: a text or a call. No assistant turn is empty.
    Chat templates of most models raise an error on anything else (Llama 2: "Conversation roles must alternate
    user/assistant/user/assistant/..."). The question is the turn made of instruction and input; where both are empty
    after earlier turns, there is none.

    Example:
        `filter: {roles: {}}`
    """

    name = "filter.roles"

    class Settings(stage.Settings):
        """Nothing to set."""

    @property
    def reads(self) -> frozenset[str]:
        """All columns that a dialogue is made of."""
        return frozenset({"system", "history", "instruction", "input", "output", "meta"})

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Write each dialogue as one letter a turn, and match the order."""
        coded = frame.select("at", _coded().alias("turns"))
        wrong = coded.filter(~pl.col("turns").str.contains(_ORDER))
        fault = pl.lit("turns out of order")
        for pattern, reason in reversed(_FAULTS.items()):
            fault = pl.when(pl.col("turns").str.contains(pattern)).then(pl.lit(reason)).otherwise(fault)
        letters = pl.col("turns").str.head(50).str.split("")
        value = letters.list.eval(pl.element().replace_strict(_NAMES)).list.join(", ")
        gone = drops(
            wrong, pl.lit(value=True), rule="roles", reason=fault, value=value, limit="user and assistant in turn"
        )
        return Outcome(drops=gone)


def _coded() -> pl.Expr:
    turn = pl.element().struct
    history = pl.col("history").list.eval(_letter(turn.field("role"), turn.field("content"), turn.field("tool_calls")))
    earlier = history.list.join("").fill_null("")
    system = (
        pl.when((text.value("system") != "") & ~earlier.str.starts_with("s")).then(pl.lit("s")).otherwise(pl.lit(""))
    )
    asked = (text.value("instruction") != "") | (text.value("input") != "") | (earlier == "")
    user = pl.when(asked).then(pl.lit("u")).otherwise(pl.lit(""))
    # Reading JSON is dear: the key is looked for as text first.
    named = pl.col("meta").str.contains('"tool_calls"', literal=True)
    calls = pl.when(named).then("meta").str.json_path_match("$.tool_calls")
    return pl.concat_str(system, earlier, user, _letter(pl.lit("assistant"), pl.col("output"), calls))


def _letter(role: pl.Expr, content: pl.Expr, calls: pl.Expr) -> pl.Expr:
    blank = ~content.fill_null("").str.contains(r"\S")
    calling = ~calls.fill_null("").is_in(["", "null", "[]"])
    answer = pl.when(calling).then(pl.lit("c")).when(blank).then(pl.lit("e")).otherwise(pl.lit("a"))
    other = role.replace_strict({"system": "s", "user": "u", "tool": "t"}, default="x")
    return pl.when(role == "assistant").then(answer).otherwise(other.fill_null("x"))
