"""What a sample measures of each record: its tokens, the length of its answer, the vector of its prompt."""

from __future__ import annotations

from typing import Any

import polars as pl

from curate import text
from curate.stage import Place
from curate.stages import format as formats
from curate.stages._sample_centre import packed
from curate.tokens import counter

_PROMPT = ("system", "history", "instruction", "input")

# The end-of-sequence token, which every trainer adds to a record.
_END = 1


def token_columns(form: Any) -> frozenset[str]:  # noqa: ANN401 - the format stage's settings, or None
    """The columns that `tokens` reads."""
    return frozenset({*_PROMPT, "output"}) if form is None else _renderer(form).reads


def tokens(frame: pl.DataFrame, tokenizer: str, form: Any) -> pl.Series:  # noqa: ANN401 - as above
    """How many tokens the trainer will see of each record: of the rendered prompt, the completion, and one for the end.

    Prompt and completion are counted apart, as they are tokenised. Of `messages` only the contents and the tools are
    counted: the marks between them belong to the trainer's chat template. Without a format the prompt is taken as its
    fields joined by blanks, which leaves out a template's headings.

    Args:
        frame: the columns of `token_columns`, and `at`.
        tokenizer: its name.
        form: the settings of the recipe's format; None where it is not known.

    Returns:
        UInt32; 0 for a record for which the format has no place, and which it will drop.
    """
    count = counter(tokenizer).count
    if form is None:
        parts = frame.select("at", text.joined(_PROMPT).alias("prompt"), text.value("output").alias("completion"))
    else:
        made = _renderer(form).apply(frame).columns
        assert made is not None  # noqa: S101 - format always writes columns
        parts = frame.select("at").join(made, on="at", how="left", maintain_order="left")
    if "messages" in parts.columns:
        contents = pl.col("messages").list.eval(pl.element().struct.field("content"))
        parts = parts.with_columns(contents.list.join("\n", ignore_nulls=True).alias("messages"))
    columns = [name for name in parts.columns if name != "at"]
    total = sum(
        (count(parts[name]).cast(pl.UInt32) for name in columns),
        start=pl.repeat(0, parts.height, dtype=pl.UInt32, eager=True),
    )
    there = parts[columns[0]].is_not_null().cast(pl.UInt32)
    return ((total + _END) * there).alias("tokens")


def length(frame: pl.DataFrame, unit: str, tokenizer: str | None) -> pl.Series:
    """The length of each output in words, characters or tokens, as UInt32."""
    output = frame.select(text.value("output").alias("length"))["length"]
    if unit == "tokens":
        return counter(str(tokenizer)).count(output)
    measure = {"words": text.words, "characters": text.characters}[unit]
    return output.to_frame().select(measure(pl.col("length")).cast(pl.UInt32).alias("length"))["length"]


def vectors(frame: pl.DataFrame, fields: tuple[str, ...], located: Any) -> pl.Series:  # noqa: ANN401 - `curate.embedding.Located`
    """The embedding of each record's fields, joined by blanks, as whole numbers."""
    from curate.embedding import open_model  # noqa: PLC0415 - numba takes 0.3 s to import

    texts = frame.select(text.joined(fields).alias("text"))["text"]
    return packed(open_model(located).embed(texts.to_list()))


def _renderer(form: Any) -> formats.Step:  # noqa: ANN401 - the format stage's settings
    return formats.Step(form, Place("format", 0))
