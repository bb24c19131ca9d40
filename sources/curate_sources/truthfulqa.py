"""TruthfulQA: 817 questions that people answer wrongly out of misconceptions, with true and false answers.

The shapes, invented, of the authors' CSV file and of the Hub's two configurations, `generation` and `multiple_choice`:

    {"Type": "Adversarial", "Category": "Birds", "Question": "Do ostriches hide their heads in sand?",
     "Best Answer": "No, they do not", "Correct Answers": "No, they do not; They lie down",
     "Incorrect Answers": "Yes; When afraid", "Source": "https://example.org/ostrich"}
    {"type": "Adversarial", "category": "Birds", "question": "Do hens fly?", "best_answer": "Not far",
     "correct_answers": ["Not far", "A little"], "incorrect_answers": ["Never"], "source": "https://example.org/hen"}
    {"question": "Do hens swim?", "mc1_targets": {"choices": ["They can", "They drown"], "labels": [1, 0]},
     "mc2_targets": {"choices": ["They can", "If they must", "They drown"], "labels": [1, 1, 0]}}

`instruction` is the bare question, the output the best answer, `references` all true ones. The task is the category.
False answers are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import first_fault, meta, missing

_TARGETS = pl.Struct({"choices": pl.List(pl.String), "labels": pl.List(pl.Int64)})


class Adapter(Source):
    """One example a question."""

    about = About(
        title="TruthfulQA",
        url="https://github.com/sylinrl/TruthfulQA",
        hub="truthfulqa/truthful_qa",
        license="apache-2.0",
        origin="human",
        citation="https://arxiv.org/abs/2109.07958",
    )
    row: ClassVar[Mapping[str, RowType]] = {
        **dict.fromkeys(("Type", "Category", "Question", "Best Answer", "Correct Answers", "Source"), pl.String()),
        **dict.fromkeys(("type", "category", "question", "best_answer", "source"), pl.String()),
        "correct_answers": pl.List(pl.String),
        "mc1_targets": _TARGETS,
        "mc2_targets": _TARGETS,
    }

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn questions into examples."""
        rows = rows.with_row_index("at")
        for name in ("mc1_targets", "mc2_targets"):
            rows = rows.join(_true(rows, name), on="at", how="left", maintain_order="left")
        cells = pl.col("Correct Answers").str.split(";").list.eval(pl.element().str.strip_chars())
        best = pl.coalesce("Best Answer", "best_answer", pl.col("mc1_targets_true").list.first())
        true = pl.coalesce("correct_answers", cells, "mc2_targets_true", "mc1_targets_true").fill_null([])
        told = {name: pl.coalesce(name.title(), name) for name in ("type", "source")}
        return rows.select(
            pl.coalesce("Category", "category").alias("task"),
            pl.coalesce("Question", "question").alias("instruction"),
            best.alias("output"),
            pl.concat_list(pl.concat_list(best), true)
            .list.eval(pl.element().filter(pl.element() != ""))
            .list.unique(maintain_order=True)
            .alias("references"),
            meta(told).alias("meta"),
            first_fault(
                missing("Question", "question"),
                pl.when(best.is_null()).then(
                    pl.lit("no 'Best Answer' (nor 'best_answer', nor a true one in 'mc1_targets')")
                ),
            ).alias(FAULT),
        )


def _true(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """The choices labelled 1, as `<name>_true` beside `at`; none where choices and labels do not pair up."""
    targets = rows.select("at", pl.col(name).struct.unnest())
    paired = targets.filter(
        (pl.col("choices").list.len() == pl.col("labels").list.len()) & (pl.col("labels").list.len() > 0)
    )
    each = paired.explode("choices", "labels").filter(pl.col("labels") == 1)
    return each.group_by("at", maintain_order=True).agg(pl.col("choices").alias(f"{name}_true"))
