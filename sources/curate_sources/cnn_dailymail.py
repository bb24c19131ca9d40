r"""CNN/DailyMail: 300k news articles with the highlights that their editors wrote.

A row of the Hub's copy (CSV or Parquet), and the text of a `.story` file of the original, invented:

    {"article": "(CNN)A hen crossed a road.", "highlights": "Hen crosses road .\nMotive unknown .", "id": "0a"}

    (CNN)A hen crossed a road.

    @highlight

    Hen crosses road

    @highlight

    Motive unknown

The highlights are the summary, one a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl
from pydantic import Field

from curate.source import FAULT, About, Options, RowType, Source
from curate_sources._column import meta

_MARK = "@highlight"


class _Options(Options):
    instruction: str = Field(
        "Summarize the news article in a few short sentences.", description="the fixed instruction"
    )


class Adapter(Source):
    """One example an article."""

    about = About(
        title="CNN/DailyMail",
        url="https://github.com/abisee/cnn-dailymail",
        hub="abisee/cnn_dailymail",
        license="apache-2.0",  # the Hub card's word on the collection; the articles belong to their publishers
        origin="human",
        citation="https://arxiv.org/abs/1704.04368",
    )
    Options = _Options
    row: ClassVar[Mapping[str, RowType]] = {
        "article": pl.String(),
        "highlights": pl.String(),
        "id": pl.String(),
        "text": pl.String(),
    }
    formats = ("csv", "tsv", "parquet", "arrow", "json", "jsonl", "text")

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn articles into examples."""
        story = pl.col("text").str.replace_all("\r\n", "\n", literal=True).str.split(_MARK)
        points = (
            story.list.slice(1)
            .list.eval(pl.element().str.strip_chars())
            .list.eval(pl.element().filter(pl.element() != ""))
        )
        stem = pl.col("file").str.replace_all("\\", "/", literal=True).str.extract(r"([^/]+?)(?:\.[A-Za-z]+)*$")
        whole = pl.col("article").is_not_null()
        return rows.select(
            pl.lit(self.options.instruction).alias("instruction"),
            pl.coalesce("article", story.list.get(0, null_on_oob=True).str.strip_chars()).alias("input"),
            pl.when(whole).then("highlights").otherwise(points.list.join("\n")).alias("output"),
            meta({"id": pl.coalesce("id", pl.when(~whole).then(stem))}).alias("meta"),
            pl.when(~whole & pl.col("text").is_null())
            .then(pl.lit("no 'article' (nor the text of a story)"))
            .when(whole & pl.col("highlights").is_null())
            .then(pl.lit("no 'highlights'"))
            .when(~whole & (story.list.len() == 1))
            .then(pl.lit("the story has no '@highlight'"))
            .alias(FAULT),
        )
