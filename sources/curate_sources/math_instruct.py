r"""MathInstruct: 262k problems of mathematics with worked answers, put together from 14 subsets.

The shape, invented:

    {"source": "data/CoT/gsm_train.json", "instruction": "Two hens lay 3 eggs each. How many eggs?",
     "output": "They lay 2 x 3 = 6 eggs.\n#### 6\nThe answer is: 6"}

CoT subsets explain in words, PoT subsets in Python. People wrote the answers of `CoT/gsm_train`, `CoT/aqua_rat` and
`CoT/MATH_train` (`subsets: human` takes these), models most of the others; `origin` and `license` say so row by row. A
worked answer ends with the final answer on a line of its own; programs stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import polars as pl
from pydantic import Field, field_validator

from curate.source import FAULT, About, Document, RowType, Source
from curate_sources._column import first_fault, meta, missing, unselected
from curate_sources._math import Final, worked

# Who wrote the answers and under which licence, as paper and card of the data set tell it. The programs of MathQA and
# NumGLUE were derived from people's annotations. The table does not list number_comparison.
_SUBSETS = {
    "CoT/MATH_train": ("human", "mit"),
    "CoT/TheoremQA": ("model", "mit"),
    "CoT/aqua_rat": ("human", "apache-2.0"),
    "CoT/college_math": ("model", "mit"),
    "CoT/gsm_rft": ("model", "unknown"),
    "CoT/gsm_train": ("human", "mit"),
    "CoT/math50k_camel": ("model", "cc-by-nc-4.0"),
    "CoT/number_comparison": ("unknown", "unknown"),
    "PoT/MATH_train": ("model", "mit"),
    "PoT/TheoremQA": ("model", "mit"),
    "PoT/aqua_rat_filtered": ("model", "apache-2.0"),
    "PoT/gsm_gpt4": ("model", "mit"),
    "PoT/mathqa": ("mixed", "apache-2.0"),
    "PoT/numglue": ("mixed", "apache-2.0"),
}
_HUMAN = tuple(name for name, (origin, _) in _SUBSETS.items() if origin == "human")

# The last sentence "The answer is 6" (also after "So", "Therefore" …), at a line's start or after a sentence's end.
_ENDING = (
    r"(?s)^((?:.*(?:\n|[.!?:;$)\]}]\s+))?)(?:(?:So|Thus|Hence|Therefore|Finally),?\s+)?"
    r"[Tt]he (?:final )?answer is:?\s*([^\n]+?)\s*$"
)
_HASHES = r"\s*####[^\n]*\s*$"


class _Options(Final):
    subsets: tuple[str, ...] | None = Field(
        None,
        description="only these, as CoT/gsm_train or by a name that is unique; `human`: those that people wrote",
    )

    @field_validator("subsets", mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the recipe says
        if given is None:
            return None
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
            return given
        return tuple(dict.fromkeys(full for name in names for full in _full(name)))


def _full(name: str) -> tuple[str, ...]:
    if name == "human":
        return _HUMAN
    plain = name.removeprefix("data/").removesuffix(".json")
    found = [full for full in _SUBSETS if plain in (full, full.split("/")[1])]
    if len(found) != 1:
        fault = f"{' and '.join(found)} are both called {name!r}, say which" if found else f"unknown subset {name!r}"
        raise ValueError(f"{fault} (known: human, {', '.join(_SUBSETS)})")
    return tuple(found)


class Adapter(Source):
    """One example a problem."""

    about = About(
        title="MathInstruct",
        url="https://huggingface.co/datasets/TIGER-Lab/MathInstruct",
        hub="TIGER-Lab/MathInstruct",
        license="mit",
        origin="mixed",
        citation="https://arxiv.org/abs/2309.05653",
        models=("gpt-4",),
    )
    Options = _Options
    row: ClassVar[Mapping[str, RowType]] = {"source": pl.String(), "instruction": pl.String(), "output": pl.String()}
    required = frozenset({"source", "instruction", "output"})

    def unpack(self, document: object) -> Document:
        """The rows of the selected subsets.

        Raises:
            ValueError: the document holds no list of rows.
        """
        found = super().unpack(document)
        if self.options.subsets is None:
            return found
        wanted = set(self.options.subsets)
        return Document([row for row in found.rows if _belongs(row, wanted)], found.constants)

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn problems into examples."""
        subset = pl.col("source").str.strip_prefix("data/").str.strip_suffix(".json")
        text, reasoned = pl.col("output"), pl.col("source").str.contains("CoT/", literal=True)
        ending = text.str.extract_groups(_ENDING)
        answer = ending.struct.field("2").str.replace(r"\.$", "")
        solution = ending.struct.field("1").str.replace(_HASHES, "")
        regular = reasoned & answer.is_not_null() & (self.options.final is not None)
        taken = subset.is_in(self.options.subsets) if self.options.subsets is not None else pl.lit(value=True)
        return rows.select(
            pl.col("instruction"),
            pl.when(regular).then(worked(solution, answer, self.options.final)).otherwise(text).alias("output"),
            subset.replace_strict({name: told[1] for name, told in _SUBSETS.items()}, default="unknown").alias(
                "license"
            ),
            subset.replace_strict({name: told[0] for name, told in _SUBSETS.items()}, default="unknown").alias(
                "origin"
            ),
            meta({"subset": subset, "answer": pl.when(reasoned).then(answer)}).alias("meta"),
            first_fault(
                missing("source"),
                missing("instruction"),
                missing("output"),
                unselected(taken, subset, "subsets", "meta.subset"),
            ).alias(FAULT),
        )


def _belongs(row: object, wanted: set[str]) -> bool:
    """Whether a row is selected; one that names no subset is taken, so that it is reported."""
    name = row.get("source") if isinstance(row, dict) else None
    return not isinstance(name, str) or name.removeprefix("data/").removesuffix(".json") in wanted
