"""StrategyQA: 2.8k yes-or-no questions whose steps must be inferred, with the facts behind them, written by people.

The shapes, invented, of BIG-bench's copy (an item of its task file's `examples`) and of the original's rows:

    {"input": "Could a hen swim the Rhine?", "target_scores": {"Yes": 0, "No": 1}, "target": "No. Hens swim badly."}
    {"qid": "9a", "term": "Hen", "description": "bird", "question": "Would a hen eat corn?", "answer": true,
     "facts": ["Hens eat grain.", "Corn is a grain."]}

`instruction` is the bare question; the output is Yes or No and then the facts. The original's test questions have no
answers: they become examples with an empty output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, JSON, About, Document, RowType, Source
from curate_sources._column import meta, missing


class Adapter(Source):
    """One example a question."""

    about = About(
        title="StrategyQA",
        url="https://github.com/eladsegal/strategyqa",
        hub="ChilleD/StrategyQA",
        license="mit",
        origin="human",
        citation="https://arxiv.org/abs/2101.02235",
    )
    row: ClassVar[Mapping[str, RowType]] = {
        "input": pl.String(),
        "target": pl.String(),
        "qid": pl.String(),
        "term": pl.String(),
        "question": pl.String(),
        "answer": pl.Boolean(),
        "facts": JSON,  # a list of texts, on the Hub one text
    }

    def unpack(self, document: object) -> Document:
        """The rows themselves, or a BIG-bench task's examples.

        Raises:
            ValueError: the document holds neither.
        """
        if isinstance(document, dict) and isinstance(document.get("examples"), list):
            return Document(document["examples"])
        return super().unpack(document)

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        judged = pl.when(pl.col("answer")).then(pl.lit("Yes")).when(~pl.col("answer")).then(pl.lit("No"))
        facts = pl.col("facts").str.extract_all(_TEXT).list.eval(pl.element().str.json_decode(pl.String)).list.join(" ")
        facts = pl.when(facts != "").then(facts)
        spoken = pl.when(judged.is_not_null()).then(pl.concat_str([judged, facts], separator=". ", ignore_nulls=True))
        answer = pl.coalesce(judged, pl.col("target").str.extract(r"^(Yes|No)\b"))
        return rows.select(
            pl.coalesce("input", "question").alias("instruction"),
            pl.coalesce("target", spoken).alias("output"),
            meta({"id": pl.col("qid"), "answer": answer, "term": pl.col("term")}).alias("meta"),
            missing("input", "question").alias(FAULT),
        )


_TEXT = r'"(?:[^"\\]|\\.)*"'  # each text in the JSON of a list of texts, or the one text
