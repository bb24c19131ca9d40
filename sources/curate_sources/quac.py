"""QuAC: dialogues in which a student asks about a hidden passage and a teacher answers with a span of it.

The shapes, invented, of a file and of a row of the Hub's copy, which is a whole dialogue:

    {"data": [{"title": "Hens", "section_title": "Eggs", "paragraphs": [{
        "id": "C_9a_0", "context": "A hen lays an egg a day. It is brown. CANNOTANSWER", "qas": [
            {"id": "C_9a_0_q#0", "question": "What does it lay?", "yesno": "x", "followup": "y",
             "answers": [{"text": "an egg", "answer_start": 11}],
             "orig_answer": {"text": "an egg", "answer_start": 11}},
            {"id": "C_9a_0_q#1", "question": "Who buys it?", "yesno": "x", "followup": "n",
             "answers": [{"text": "CANNOTANSWER", "answer_start": 38}],
             "orig_answer": {"text": "CANNOTANSWER", "answer_start": 38}}]}]}]}

    {"dialogue_id": "C_9a_0", "wikipedia_page_title": "Hens", "section_title": "Eggs", "context": "A hen lays an egg.",
     "questions": ["What does it lay?", "Who buys it?"], "orig_answers": {"texts": ["an egg", "CANNOTANSWER"]}}

Each question of a file becomes an example with the earlier ones as `history`; a row of the Hub becomes one example, of
its last question. Dialogues about the same passage (`C_9a_0`, `C_9a_1`) are one `group`, so that a split shares none. A
question that the passage does not answer keeps the data's own word, CANNOTANSWER.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from curate.source import FAULT, About, Document, Options, RowType, Source
from curate_sources._column import first_fault, group, meta, missing
from curate_sources._turns import PAIRS, history

_NONE = "CANNOTANSWER"


class _Options(Options):
    instruction: str = Field(
        "Answer the question with words of the passage. If the passage does not hold the answer, write CANNOTANSWER.",
        description="the fixed instruction",
    )


class Adapter(Source):
    """One example a question."""

    about = About(
        title="QuAC",
        url="https://quac.ai",
        hub="allenai/quac",
        license="cc-by-sa-4.0",
        origin="human",
        citation="https://arxiv.org/abs/1808.07036",
    )
    Options = _Options
    row: ClassVar[Mapping[str, RowType]] = {
        "id": pl.String(),
        "title": pl.String(),
        "section": pl.String(),
        "context": pl.String(),
        "question": pl.String(),
        "accepted": pl.List(pl.String),
        "yesno": pl.String(),
        "earlier": PAIRS,
        "dialogue_id": pl.String(),
        "wikipedia_page_title": pl.String(),
        "section_title": pl.String(),
        "questions": pl.List(pl.String),
        "orig_answers": pl.Struct({"texts": pl.List(pl.String)}),
    }
    required = frozenset({"context"})

    def unpack(self, document: object) -> Document:
        """One row a question, with the earlier questions and answers of its dialogue.

        Raises:
            ValueError: the document is not of QuAC's shape; the message names the part that is not.
        """
        if isinstance(document, list):  # the Hub's rows, saved as JSON
            return Document(document)
        rows = []
        for article in _list(document, "data"):
            for paragraph in _list(article, "paragraphs"):
                earlier: list[list[str | None]] = []
                for qa in _list(paragraph, "qas"):
                    answers = _answers(qa)
                    rows.append(
                        {
                            "id": qa.get("id"),
                            "title": article.get("title"),
                            "section": article.get("section_title"),
                            "context": paragraph.get("context"),
                            "question": qa.get("question"),
                            "accepted": answers or None,
                            "yesno": qa.get("yesno"),
                            "earlier": list(earlier),
                        }
                    )
                    if answers:
                        earlier.append([qa.get("question"), answers[0]])
        return Document(rows)

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        asked, spoken = pl.col("questions"), pl.col("orig_answers").struct.field("texts")
        rows = _dialogues(rows).with_columns(
            passage=pl.col("context").str.strip_suffix(_NONE).str.strip_chars_end(),
            last=pl.coalesce("question", asked.list.last()),
            right=pl.coalesce("accepted", spoken.list.tail(1)),
            dialogue=pl.coalesce("dialogue_id", pl.col("id").str.replace(r"_q#\d+$", "")),
            past=pl.coalesce("earlier", pl.col("pairs").list.slice(0, pl.col("pairs").list.len() - 1)),
        )
        told = {
            "id": pl.coalesce("id", "dialogue_id"),
            "title": pl.coalesce("title", "wikipedia_page_title"),
            "section": pl.coalesce("section", "section_title"),
            "yesno": pl.col("yesno"),
        }
        return rows.select(
            pl.coalesce(pl.col("dialogue").str.extract(r"^(.+)_\d+$"), group(pl.col("passage"))).alias("group"),
            pl.lit(self.options.instruction).alias("instruction"),
            pl.concat_str(["passage", pl.lit("\n\nQuestion: "), "last"]).alias("input"),
            pl.col("right").list.first().alias("output"),
            pl.col("right").list.unique(maintain_order=True).alias("references"),
            history(pl.col("past")).alias("history"),
            meta(told).alias("meta"),
            first_fault(
                missing("context"),
                pl.when(pl.col("last").is_null()).then(pl.lit("no 'question' (nor 'questions')")),
                pl.when(pl.col("right").is_null()).then(pl.lit("no answers")),
                pl.when(spoken.list.len() != pl.col("questions").list.len()).then(
                    pl.lit("as many 'questions' as answers are needed")
                ),
            ).alias(FAULT),
        )


def _dialogues(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `pairs`: the questions of a whole dialogue, each with its answer."""
    rows = rows.with_row_index("at")
    whole = rows.select("at", q=pl.col("questions"), a=pl.col("orig_answers").struct.field("texts"))
    each = whole.filter((pl.col("q").list.len() > 0) & (pl.col("q").list.len() == pl.col("a").list.len())).explode(
        "q", "a"
    )
    pairs = each.group_by("at", maintain_order=True).agg(pl.concat_list("q", "a").alias("pairs"))
    return rows.join(pairs, on="at", how="left", maintain_order="left")


def _list(value: Any, key: str) -> list[dict[str, Any]]:  # noqa: ANN401 - a parsed JSON document
    items = value.get(key) if isinstance(value, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError(f"expected the shape of QuAC (data, paragraphs, qas), found no list of objects {key!r}")
    return items


def _answers(qa: dict[str, Any]) -> list[str]:
    """The answer of the dialogue first, then the others that annotators gave."""
    given = qa.get("answers")
    texts = [qa.get("orig_answer"), *(given if isinstance(given, list) else [])]
    return [item["text"] for item in texts if isinstance(item, dict) and isinstance(item.get("text"), str)]
