"""Run one rule or step on a few records, as the engine does: only the columns that it reads, and `at`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from curate import plugin
from curate.example import CONTENT, EXAMPLE, conform
from curate.stage import DROP, Outcome, Place, RecordStage


def turn(role: str, content: str | None, **more: str) -> dict[str, str | None]:
    """A message of a history."""
    return {"role": role, "content": content, "name": None, "tool_calls": None, "tool_call_id": None, **more}


def records(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Canonical records of some rows, with ids and `at`."""
    columns = {name: pl.Series(name, [row.get(name) for row in rows], dtype=dtype) for name, dtype in CONTENT.items()}
    frame = conform(pl.DataFrame(columns)).with_row_index("at")
    return frame.with_columns(id=pl.format("{}", pl.col("at")).str.zfill(32), source=pl.lit("test")).select(
        "at", *EXAMPLE
    )


def step(name: str, **settings: Any) -> RecordStage:
    """A step as a recipe makes it."""
    kind = plugin.stage(name)
    made = kind(kind.Settings.model_validate(settings), Place(label=f"1.{name}", seed=42))
    assert isinstance(made, RecordStage)
    return made


def run(stage: RecordStage, frame: pl.DataFrame) -> Outcome:
    """The outcome on a frame."""
    return stage.apply(frame.select("at", *sorted(stage.reads)))


def judge(name: str, rows: Sequence[Mapping[str, Any]], **settings: Any) -> dict[int, tuple[str, str, str]]:
    """What a filter drops: place to (reason, value, limit)."""
    found = run(step(name, **settings), records(rows)).drops
    if found is None:
        return {}
    assert set(found.columns) <= set(DROP)
    assert found["rule"].unique().to_list() in ([], [name.partition(".")[2]])
    return {row["at"]: (row["reason"], row["value"], row["limit"]) for row in found.to_dicts()}


def outputs(*texts: str | None) -> list[dict[str, str | None]]:
    """Records of which only the output matters."""
    return [{"output": text} for text in texts]


def change(name: str, rows: Sequence[Mapping[str, Any]], **settings: Any) -> dict[int, dict[str, Any]]:
    """What a transform changes: place to the new columns."""
    outcome = run(step(name, **settings), records(rows))
    assert outcome.drops is None
    assert outcome.columns is not None
    return {row.pop("at"): row for row in outcome.columns.to_dicts()}
