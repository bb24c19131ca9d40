"""Prompts: what a model is asked of each record, with solved examples in front if there are any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from curate import sandbox
from curate.errors import CurateError
from curate.example import MESSAGE
from curate.hashing import hash64
from curate.template import READS, TEMPLATES, Template, prompt, question, unplaced
from curate.text import joined, normalised

TEMPLATE = "instruction_input_response"  # unless a recipe says otherwise

# Solved examples of a task, best first: a table with these columns.
SHOTS: dict[str, pl.DataType] = {
    "source": pl.String(),
    "task": pl.String(),
    "place": pl.UInt32(),
    "asks": pl.UInt64(),  # `asks` of its question: no record is shown its own
    "instruction": pl.String(),
    "input": pl.String(),
    "output": pl.String(),
}
_JOINT = "\n\n"


@dataclass(frozen=True)
class Style:
    """How prompts are written.

    Args:
        template: a named template.
        jinja: or one's own.
        shots: so many solved examples stand in front.
    """

    template: str | None
    jinja: str | None
    shots: int

    @property
    def named(self) -> Template | None:
        """The named template; None where there is one's own."""
        return None if self.jinja is not None else TEMPLATES[self.template or TEMPLATE]

    @property
    def reads(self) -> frozenset[str]:
        """The columns that prompts are made of."""
        own = sandbox.compiled(self.jinja)[1] if self.jinja is not None else READS
        return frozenset(own) | {"id", "system", "history", "tools", "meta", "instruction", "input", "source", "task"}


def asks() -> pl.Expr:
    """What tells two questions apart (UInt64): instruction and input in normal form (case, width and blanks aside)."""
    return hash64(normalised(joined(("instruction", "input"))))


def task_shots(frame: pl.DataFrame, shots: int) -> pl.DataFrame:
    """The positive examples that the sources keep in `meta.examples`, under the instruction of their task.

    Args:
        frame: `id`, `source`, `task`, `instruction`, `meta`: a task's record with the least id speaks for all.
        shots: so many are shown; one more is kept of each task, for records whose own question is among them.

    Returns:
        The columns of SHOTS.
    """
    firsts = frame.sort("id").unique(["source", "task"], keep="first", maintain_order=True)
    rows: list[dict[str, Any]] = []
    for source, task, instruction, meta in firsts.select("source", "task", "instruction", "meta").iter_rows():
        kept = orjson.loads(meta or "{}").get("examples")
        for place, one in enumerate(kept if isinstance(kept, list) else []):
            rows.append({"source": source, "task": task, "place": place, "instruction": instruction, **one})
    columns = {name: dtype for name, dtype in SHOTS.items() if name != "asks"}
    found = pl.DataFrame(rows, schema=columns).with_columns(asks().alias("asks")).select(*SHOTS)
    return first_shots(found, shots)


def first_shots(shots: pl.DataFrame, wanted: int) -> pl.DataFrame:
    """The first `wanted` + 1 different questions of each task.

    Args:
        shots: `source`, `task`, `place` and `asks` at least.
        wanted: how many a record is shown.
    """
    group = ["source", "task"]
    ordered = shots.sort("place").unique([*group, "asks"], keep="first", maintain_order=True)
    return ordered.filter(pl.int_range(pl.len()).over(group) <= wanted)


def prompts(frame: pl.DataFrame, style: Style, shots: pl.DataFrame | None) -> pl.Series:
    """The prompt of each record.

    Args:
        frame: the columns of `style.reads`.
        style: how they are written.
        shots: the columns of SHOTS; None where none are wanted.

    Returns:
        Strings; null where the template has no place for a part of the record.

    Raises:
        CurateError: a template of one's own fails on a record.
    """
    template = style.named
    if template is None:
        return _own(frame, style, shots)
    lost = unplaced(template)
    if shots is None or shots.is_empty():
        return frame.select(pl.when(lost.is_null()).then(prompt(template)).alias("prompt")).to_series()
    numbered = frame.with_row_index("record")
    shown = _shown(numbered, shots, style.shots)
    if template.input is None or not template.turns:
        return _as_turns(numbered, shown, template)
    return _under_headings(numbered, shown, template)


def _shown(frame: pl.DataFrame, shots: pl.DataFrame, wanted: int) -> pl.DataFrame:
    """The examples that each record is shown: `record`, `mine` (its instruction) and the columns of SHOTS."""
    own = frame.select("record", "source", "task", asks().alias("own"), pl.col("instruction").alias("mine"))
    near = own.join(shots, on=["source", "task"], nulls_equal=True).filter(pl.col("asks") != pl.col("own"))
    return near.sort("record", "place").filter(pl.int_range(pl.len()).over("record") < wanted)


def _under_headings(frame: pl.DataFrame, shown: pl.DataFrame, template: Template) -> pl.Series:
    """Examples of templates with headings: where all share the record's instruction it stands once, in front."""
    given, answer = template.input or ("", ""), template.assistant
    solved = pl.concat_str(
        pl.lit(given[0]), pl.col("input"), pl.lit(given[1] + answer[0]), pl.col("output"), pl.lit(answer[1])
    )
    shared = (pl.col("instruction") == pl.col("mine")).all() & (pl.col("input") != "").all()
    blocks = shown.group_by("record", maintain_order=True).agg(
        solved.str.join("").alias("solved"), shared.alias("shared")
    )
    joined = frame.join(blocks, on="record", how="left", maintain_order="left")
    flat = pl.col("shared").fill_null(value=False) & (pl.col("input") != "")
    tail = pl.concat_str(pl.lit(given[0]), pl.col("input"), pl.lit(given[1] + answer[0]))
    whole = prompt(template)
    once = pl.concat_str(whole.str.strip_suffix(tail), "solved", tail)
    fits = unplaced(template).is_null()
    # Under one instruction there may be no earlier turns: they would stand between it and the examples.
    flat &= pl.col("history").list.len().fill_null(0) == 0
    turns = _as_turns(frame, shown, template)
    return joined.select(pl.when(fits & flat).then(once).otherwise(turns).alias("prompt")).to_series()


def _as_turns(frame: pl.DataFrame, shown: pl.DataFrame, template: Template) -> pl.Series:
    """Examples as earlier turns of a dialogue, before the record's own; in front where a template has no turns."""
    if template.input is None:
        asked = question()
    else:
        both = (pl.col("instruction") != "") & (pl.col("input") != "")
        heading = pl.lit(template.user[1] + template.input[0])
        asked = pl.concat_str("instruction", pl.when(both).then(heading).otherwise(pl.lit("")), "input")
    if not template.turns:
        block = pl.concat_str(asked, pl.lit(_JOINT), pl.col("output"), pl.lit(_JOINT))
        front = shown.group_by("record", maintain_order=True).agg(block.str.join("").alias("solved"))
        joined = frame.join(front, on="record", how="left", maintain_order="left")
        whole = pl.concat_str(pl.col("solved").fill_null(""), prompt(template))
        return joined.select(pl.when(unplaced(template).is_null()).then(whole).alias("prompt")).to_series()
    user = shown.select(
        "record", "place", pl.lit(0).alias("turn"), pl.lit("user").alias("role"), asked.alias("content")
    )
    said = shown.select(
        "record", "place", pl.lit(1).alias("turn"), pl.lit("assistant").alias("role"), pl.col("output").alias("content")
    )
    message = pl.struct(
        (pl.col(field.name) if field.name in ("role", "content") else pl.lit(None, field.dtype)).alias(field.name)
        for field in MESSAGE.fields
    )
    turns = pl.concat([user, said]).sort("record", "place", "turn")
    earlier = turns.group_by("record", maintain_order=True).agg(message.alias("earlier"))
    joined = frame.join(earlier, on="record", how="left", maintain_order="left")
    joined = joined.with_columns(pl.concat_list(pl.col("earlier").fill_null([]), "history").alias("history"))
    return joined.select(pl.when(unplaced(template).is_null()).then(prompt(template)).alias("prompt")).to_series()


def _own(frame: pl.DataFrame, style: Style, shots: pl.DataFrame | None) -> pl.Series:
    """A template of one's own: the examples are written by it too, each with its answer and a blank line after it."""
    source = style.jinja or ""
    template, used = sandbox.compiled(source)
    numbered = frame.with_row_index("record")
    fits = numbered.select(unplaced(None, sorted(used)).is_null()).to_series()
    if shots is None:
        shots = pl.DataFrame(schema=SHOTS)
    written = [
        {
            **{name: row[name] for name in ("source", "task", "asks")},
            "solved": _text(template, used, row) + row["output"],
        }
        for row in shots.iter_rows(named=True)
    ]
    blocks = shots.select("place").hstack(
        pl.DataFrame(
            written, schema={name: SHOTS.get(name, pl.String()) for name in ("source", "task", "asks", "solved")}
        )
    )
    plain = numbered.select("record", "source", "task", "instruction", "input")
    shown = _shown(plain, blocks, style.shots).group_by("record").agg("solved")
    front = dict(shown.select("record", pl.col("solved").list.join(_JOINT)).iter_rows())
    found: list[str | None] = []
    for row, fit in zip(numbered.iter_rows(named=True), fits, strict=True):
        head = f"{front[row['record']]}{_JOINT}" if row["record"] in front else ""
        found.append(head + _text(template, used, row) if fit else None)
    return pl.Series("prompt", found, dtype=pl.String)


def _text(template: Any, used: Sequence[str] | frozenset[str], row: dict[str, Any]) -> str:  # noqa: ANN401 - Jinja's
    """One record through the template; an example has no fields but its own."""
    values = {name: row.get(name, "") for name in used}
    for name, empty in (("meta", "{}"), ("tools", "[]")):
        if name in values:
            values[name] = orjson.loads(values[name] or empty)
    if "history" in values:
        values["history"] = values["history"] or []
    try:
        return sandbox.render(template, values)
    except sandbox.SandboxError as error:
        raise CurateError(f"the template fails on record {row.get('id', 'of an example')}: {error}") from None
