"""The example: one record in the canonical columns, the only shape that stages see.

Flat strings keep nearly all instruction data columnar; `history` and `tools` keep multi-turn and tool-calling data
whole.
"""

from __future__ import annotations

import polars as pl

# A message of an earlier turn. `tool_calls` is the JSON text of the OpenAI list, so that rows with different tools
# share one type.
MESSAGE = pl.Struct(
    {
        "role": pl.String,  # user | assistant | system | tool
        "content": pl.String,
        "name": pl.String,
        "tool_calls": pl.String,
        "tool_call_id": pl.String,
    }
)

# What a source fills. Only `instruction` or `input`, and `output`, carry text in every record; the others may be null
# or empty.
CONTENT: dict[str, pl.DataType] = {
    "task": pl.String(),  # null where a source has no tasks
    "group": pl.String(),  # what a split must not tear apart (a passage, a dialogue); null = the record itself
    "system": pl.String(),
    "instruction": pl.String(),
    "input": pl.String(),
    "output": pl.String(),
    "references": pl.List(pl.String),  # every accepted output, `output` first
    "history": pl.List(MESSAGE),  # earlier turns, oldest first
    "tools": pl.String(),  # JSON text of the tool definitions
    "license": pl.String(),
    "origin": pl.String(),  # who wrote the text: human | model | mixed | unknown
    "meta": pl.String(),  # JSON text: what a source wants to keep beside the text
}

# The columns of a canonical unit, in order.
EXAMPLE: dict[str, pl.DataType] = {"id": pl.String(), "source": pl.String(), **CONTENT}

# The columns whose text makes an example what it is: its id is a hash of them (and of the source's name). Licence,
# origin,
# group and meta are statements about the record: correcting one keeps the id.
IDENTITY = ("task", "system", "instruction", "input", "output", "references", "history", "tools")

ORIGINS = ("human", "model", "mixed", "unknown")
ROLES = ("system", "user", "assistant", "tool")


def conform(frame: pl.DataFrame) -> pl.DataFrame:
    """Bring a source's frame to the canonical content columns.

    Missing columns become null; text columns that a template or a filter reads (`system`, `instruction`, `input`,
    `output`)
    become empty instead; empty `references` become `[output]`; null `history` becomes empty.

    Args:
        frame: any subset of CONTENT, with types that cast to it, and other columns, which are left out.

    Returns:
        A frame with exactly the columns and types of CONTENT, in its order.
    """
    columns = set(frame.columns)
    frame = frame.select(
        (pl.col(name).cast(dtype) if name in columns else pl.lit(None, dtype=dtype).alias(name))
        for name, dtype in CONTENT.items()
    )
    text = [pl.col(name).fill_null("") for name in ("system", "instruction", "input", "output")]
    frame = frame.with_columns(*text, pl.col("history").fill_null([]), pl.col("origin").fill_null("unknown"))
    alone = pl.concat_list(pl.col("output"))
    return frame.with_columns(
        pl.when(pl.col("references").list.len().fill_null(0) == 0)
        .then(alone)
        .otherwise(pl.col("references"))
        .alias("references")
    )
