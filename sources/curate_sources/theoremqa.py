"""TheoremQA: 800 university questions of mathematics, physics, computer science and finance that need a theorem.

The shapes, invented, of the original file and of the Hub's rows:

    {"Question": "In how many ways can 2 hens sit on 3 nests?", "Answer": 6, "Answer_type": "integer", "Picture": null,
     "source": "self", "id": "ada/nests.json", "explanation": "NONE", "theorem": "permutation",
     "subfield": "Combinatorics", "field": "Math"}
    {"Question": "Is 7 prime?", "Answer": "True", "Answer_type": "bool"}

`instruction` is the bare question, the output the answer as plain text: `6`, `0.5`, `True`, `[1, 2]`, `(a)`.
The task is the subfield. Pictures, which 53 questions have, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, JSON, About, RowType, Source
from curate_sources._column import first_fault, meta, missing

_KEPT = {"id": "id", "type": "Answer_type", "theorem": "theorem", "field": "field"}


class Adapter(Source):
    """One example a question."""

    about = About(
        title="TheoremQA",
        url="https://github.com/wenhuchen/TheoremQA",
        hub="TIGER-Lab/TheoremQA",
        revision="585c960f647b3cae8",
        license="mit",
        origin="human",
        citation="https://arxiv.org/abs/2305.12524",
    )
    row: ClassVar[Mapping[str, RowType]] = {
        **dict.fromkeys(("Question", "subfield", *_KEPT.values()), pl.String()),
        "Answer": JSON,  # a number, a boolean, a list of numbers, or the letter of an option; on the Hub a text
    }
    required = frozenset({"Question", "Answer"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        answer = _printed(pl.col("Answer"))
        return rows.select(
            pl.col("subfield").alias("task"),
            pl.col("Question").alias("instruction"),
            answer.alias("output"),
            meta({"answer": answer} | {key: pl.col(name) for key, name in _KEPT.items()}).alias("meta"),
            first_fault(missing("Question"), missing("Answer")).alias(FAULT),
        )


def _printed(json: pl.Expr) -> pl.Expr:
    """A JSON value as plain text, booleans and lists as the Hub's rows write them."""
    text = pl.when(json.str.starts_with('"')).then(json).str.json_decode(pl.String)
    listed = pl.when(json.str.starts_with("[")).then(json.str.replace_all(",", ", ", literal=True))
    return pl.coalesce(text, listed, json.replace({"true": "True", "false": "False"}))
