"""Turn examples into the columns that a trainer reads: prompt and completion, messages, or one text."""

from __future__ import annotations

import difflib
from typing import Literal, Self

import orjson
import polars as pl
import pyarrow as pa
from jinja2 import Template
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from curate import sandbox, stage, text
from curate.errors import CurateError
from curate.example import MESSAGE
from curate.stage import Outcome, RecordStage, drops
from curate.template import READS, TEMPLATES, prompt, question, unplaced

# A message as trainers want it, where no record calls tools.
TURN = pl.Struct({"role": pl.String, "content": pl.String})

# The place of the answer in a dialogue: behind any number of turns.
_LAST = 2**32 - 1


def _jinja(source: str) -> str:
    try:
        sandbox.compiled(source)
    except sandbox.SandboxError as error:
        raise ValueError(f"template: {error}") from None
    return source


class Pair(BaseModel):
    """Custom templates of both columns; without `completion` the completion is the output."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = Field(min_length=1)
    completion: str = Field(default="{{ output }}", min_length=1)

    _check = field_validator("prompt", "completion")(_jinja)


class Step(RecordStage):
    """Write the columns of `data/` from the canonical ones, by a named template or one of your own.

    `columns: prompt_completion` gives `prompt` and `completion`, where the completion is the output and nothing else;
    `text` gives both in one; `messages` gives a list of {role, content} and leaves the template to the trainer:
    instruction and input are one user turn, joined by a blank line. No end-of-sequence token is written: the trainer
    knows it.

    `template` names one of `curate.template.TEMPLATES`; `jinja` is a template of your own, run in a sandbox
    (`curate.sandbox`): a string for `text`, `{prompt, completion}` for `prompt_completion`. `system` is the system
    prompt of records that have none.

    A record with earlier turns, a system prompt or tools for which the template has no place is dropped, with the
    reason `unrepresentable`. Tools fit only `messages` with `tools: true`: then a message has `name`, `tool_calls`
    and `tool_call_id` too, and the column `tools` holds the definitions as JSON text. The tool calls of an answer are
    read from `meta.tool_calls`.
    """

    name = "format"

    class Settings(stage.Settings):
        """The layout, and where its text comes from."""

        columns: Literal["prompt_completion", "messages", "text"] = "prompt_completion"
        template: str | None = None
        jinja: str | Pair | None = None
        system: str = ""
        tools: bool = False

        @field_validator("template")
        @classmethod
        def _named(cls, name: str | None) -> str | None:
            if name is not None and name not in TEMPLATES:
                close = difflib.get_close_matches(name, TEMPLATES, 1)
                hint = f", did you mean {close[0]!r}?" if close else ""
                raise ValueError(f"unknown template {name!r}{hint} (known: {', '.join(TEMPLATES)})")
            return name

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.columns == "messages":
                if self.jinja is not None or self.template not in {None, "plain"}:
                    raise ValueError("messages take no template: the trainer's chat template renders them")
                return self
            if self.tools:
                raise ValueError("tools: true needs columns: messages, no flat template has a place for tools")
            if (self.template is None) == (self.jinja is None):
                raise ValueError(f"columns: {self.columns} needs either template or jinja")
            if self.jinja is not None and isinstance(self.jinja, Pair) != (self.columns == "prompt_completion"):
                raise ValueError("jinja is a string for columns: text, and {prompt, completion} for prompt_completion")
            if self.system and (self.template is None or TEMPLATES[self.template].system is None):
                raise ValueError("the template has no place for a system prompt: leave out system")
            if isinstance(self.jinja, str) and "output" not in sandbox.compiled(_jinja(self.jinja))[1]:
                raise ValueError("the template never uses output: the text would hold no answer")
            return self

    @property
    def reads(self) -> frozenset[str]:
        """The columns that the templates use, and those that must have a place."""
        if self.settings.jinja is None:
            return READS | {"output"}
        return frozenset({"id", "system", "history", "tools", "meta"}) | self._used

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Write the columns of the records that fit, drop the others."""
        part = frame.select("at", self._unplaced().alias("part"))
        gone = drops(
            part,
            pl.col("part").is_not_null(),
            rule="template",
            reason="unrepresentable",
            value=pl.col("part"),
            limit=self._label,
        )
        kept = frame.filter(part["part"].is_null()) if gone.height else frame
        return Outcome(drops=gone, columns=kept.select("at", *self._columns(kept)))

    @property
    def _label(self) -> str:
        return self.settings.template or ("jinja" if self.settings.jinja is not None else "messages")

    def _unplaced(self) -> pl.Expr:
        settings = self.settings
        if settings.columns == "messages":
            return unplaced(None, ["system", "history", *(["tools"] if settings.tools else [])])
        if settings.jinja is not None:
            return unplaced(None, sorted(self._used))
        return unplaced(TEMPLATES[settings.template])

    def _columns(self, frame: pl.DataFrame) -> list[pl.Expr | pl.Series]:
        settings = self.settings
        if settings.columns == "messages":
            tools = pl.col("tools").replace("", None)
            dialogue = messages(frame, settings.system, tools=settings.tools)
            return [dialogue, *([tools] if settings.tools else [])]
        if settings.jinja is not None:
            rendered = self._rendered(frame)
            return [pl.Series(name, rendered[name], dtype=pl.String) for name in self._templates]
        asked, answer = prompt(TEMPLATES[settings.template], settings.system), text.value("output")
        if settings.columns == "text":
            return [pl.concat_str(asked, answer).alias("text")]
        return [asked.alias("prompt"), answer.alias("completion")]

    @property
    def _templates(self) -> dict[str, tuple[Template, frozenset[str]]]:
        # Compiled templates are kept by the sandbox, once a process: a step itself travels to workers.
        jinja = self.settings.jinja
        sources = {"text": jinja} if isinstance(jinja, str) else jinja.model_dump()
        return {name: sandbox.compiled(source) for name, source in sources.items()}

    @property
    def _used(self) -> frozenset[str]:
        return frozenset().union(*(used for _, used in self._templates.values()))

    def _rendered(self, frame: pl.DataFrame) -> dict[str, list[str]]:
        templates = self._templates
        found: dict[str, list[str]] = {name: [] for name in templates}
        for row in frame.select("id", *sorted(self._used)).iter_rows(named=True):
            for name in ("meta", "tools"):
                if name in row:
                    row[name] = orjson.loads(row[name] or "{}" if name == "meta" else row[name] or "[]")
            for name, (template, _) in templates.items():
                try:
                    found[name].append(sandbox.render(template, row))
                except sandbox.SandboxError as error:
                    raise CurateError(f"the template of {name!r} fails on record {row['id']}: {error}") from None
        return found


def messages(frame: pl.DataFrame, system: str = "", *, tools: bool = False) -> pl.Series:
    """The whole dialogue of each record: system prompt, earlier turns, the user's turn, the answer.

    Every part makes a table of (record, place in the dialogue, message); sorted, these are the lists. That is several
    times faster than joining lists of structs record by record.

    Args:
        frame: the columns of `curate.template.READS`, and `output`.
        system: the system prompt of records that have none.
        tools: messages with all fields of MESSAGE, else of role and content alone.
    """
    kind = MESSAGE if tools else TURN
    frame = frame.with_row_index("record")
    told = pl.when(text.value("system") != "").then("system").otherwise(pl.lit(system))
    asked = question()
    earlier = pl.col("history").list.len().fill_null(0)
    calls = {"tool_calls": pl.col("meta").str.json_path_match("$.tool_calls")} if tools else {}
    turns = frame.select("record", "history").filter(earlier > 0).explode("history").unnest("history")
    place = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("record").alias("place")
    parts = [
        _turns(frame.filter(told != ""), 0, "system", told),
        turns.select("record", place, *(pl.col(field.name).cast(pl.String) for field in kind.fields)),
        _turns(frame.filter((asked != "") | (earlier == 0)), _LAST - 1, "user", asked),
        _turns(frame, _LAST, "assistant", text.value("output"), **calls),
    ]
    flat = pl.concat(parts, how="diagonal").sort("record", "place")
    lengths = flat["record"].value_counts().sort("record")["count"].cast(pl.Int64)
    # Through polars, because pyarrow imports pandas to look at a numpy array: a second in every worker.
    offsets = pl.concat([pl.Series([0], dtype=pl.Int64), lengths.cum_sum()], rechunk=True).to_arrow()
    columns = [flat[field.name].to_arrow() if field.name in flat.columns else None for field in kind.fields]
    empty = pa.nulls(flat.height, pa.large_string())
    structs = pa.StructArray.from_arrays(
        [empty if column is None else column.cast(pa.large_string()) for column in columns],
        [field.name for field in kind.fields],
    )
    return pl.Series("messages", pa.LargeListArray.from_arrays(offsets, structs), dtype=pl.List(kind))


def _turns(frame: pl.DataFrame, place: int, role: str, content: pl.Expr, **more: pl.Expr) -> pl.DataFrame:
    """One message of each record."""
    return frame.select(
        "record",
        pl.lit(place, dtype=pl.UInt32).alias("place"),
        pl.lit(role).alias("role"),
        content.alias("content"),
        *(value.alias(name) for name, value in more.items()),
    )
