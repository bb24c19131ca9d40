"""`decontaminate`: keep evaluation sets out of the training data.

- decontaminate:
    against:
      - {adapter: mmlu, path: data/mmlu/test/*.csv}
      - {name: sums, adapter: files, path: eval.jsonl, columns: {instruction: question, output: answer}}

A record overlaps an item by one of three rules, each confirmed by the words themselves; case, punctuation and blanks
make no difference:

- `ngram`: 13 words of the item in a row stand in the prompt or in the output.
- `equal`: the whole text of a field is the whole item, of three words or more.
- `contained`: an item that no n-gram can find, because it is shorter or is boilerplate, stands whole in a prompt; a
  short one must have at least five words and stand apart, between punctuation, line breaks or an option's letter.

N-grams and short items that stand in more than 10 items of one set are its boilerplate ("Which of the following
statements is true?") and count for nothing. Runs of numbers, quotations and questions that everybody asks are found
too; paraphrases, translations and problems of which no 13 words in a row were left as they were are not.

The ledger names the item, the words that were found and how much of the item they are. With `mode: report` the records
stay, and the same is written of each that is in the dataset to `ledger/notes.parquet`: the record's `id`, the `rule`,
set and side as `reason`, the words as `value`, set and item as `twin`, the share of the item as `similarity`, and one
row for each side.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from curate.field import ContentFields
from curate.stage import Outcome, Place, RecordStage, Reference, Settings, drops
from curate.stages._reference import ReferenceSet, different
from curate.text import PROMPT, columns_of, value

# Longer evidence would make the ledger a copy of the evaluation set.
_SPAN = 200


class EvaluationSet(ReferenceSet):
    """One set: a source's keys and its adapter's own options."""

    fields: ContentFields = Field(("instruction",), min_length=1, description="which fields of an item are its text")


class DecontaminateSettings(Settings):
    """Against what, and what counts as overlap."""

    against: tuple[EvaluationSet, ...] = Field(min_length=1, description="the evaluation sets")
    sides: tuple[Literal["prompt", "completion"], ...] = Field(
        ("prompt", "completion"), min_length=1, description="which side of a record is looked at"
    )
    ngram: int = Field(13, ge=3, le=100, description="words in a row that make an overlap")
    max_documents: int | None = Field(
        10,
        ge=1,
        description="n-grams in more items of one set than this are its boilerplate and do not count; null: all do",
    )
    short: bool = Field(default=True, description="look for items shorter than an n-gram too, whole")
    floor: int = Field(5, ge=1, description="words that an item must have to be found inside a longer prompt")
    mode: Literal["drop", "report"] = Field(
        "drop", description="report: keep the records, and note each overlap in `ledger/notes.parquet`"
    )

    @model_validator(mode="after")
    def _different(self) -> Self:
        different(self.against)
        return self


class Step(RecordStage):
    """Drops, or notes, the records that overlap an item of an evaluation set."""

    name: ClassVar[str] = "decontaminate"
    version: ClassVar[int] = 2
    Settings: ClassVar[type[Settings]] = DecontaminateSettings

    def __init__(
        self, settings: DecontaminateSettings, place: Place, parts: dict[str, Path] | None = None, key: str = ""
    ) -> None:
        super().__init__(settings, place)
        self._parts = parts
        self._bound = key

    def references(self) -> dict[str, Reference]:
        """The evaluation sets."""
        return {one.label: one.reference(columns_of(one.fields) | {"id"}) for one in self.settings.against}

    def prepare(self, held: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The index of the items' texts."""
        from curate.overlap import index  # noqa: PLC0415 - numba takes 0.3 s to import

        parts = [
            held[one.label].select(
                pl.lit(one.label).alias("set"), pl.col("id").alias("item"), value(name).alias("text")
            )
            for one in self.settings.against
            for name in one.fields
        ]
        items = pl.concat(parts).filter(pl.col("text").str.strip_chars() != "")
        return index(items, self._rules()).to_frames()

    def bind(self, parts: Mapping[str, Path], key: str) -> Self:
        """This step with its index at hand."""
        return type(self)(self.settings, self.place, dict(parts), key)

    def prepare_key(self) -> dict[str, Any]:
        """The rules of the index; mode and sides are the scan's."""
        said = self.settings.model_dump(mode="json", include={"ngram", "max_documents", "short", "floor"})
        fields = [(one.label, one.fields) for one in self.settings.against]
        return {"stage": self.name, "version": self.version, "rules": said, "fields": fields}

    def key(self) -> dict[str, Any]:
        """Settings and index; the evaluation sets count by their content, not by where they lie."""
        said = self.settings.model_dump(mode="json", exclude={"against"})
        return {"stage": self.name, "version": self.version, "settings": said, "index": self._bound}

    @property
    def reads(self) -> frozenset[str]:
        """Both sides of a record."""
        return frozenset({*PROMPT, "output"})

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Look for the items in each field of the sides."""
        from curate.overlap import scan  # noqa: PLC0415 - as above

        if self._parts is None:
            raise TypeError("decontaminate has no index yet: bind it first")
        sides = {"prompt": PROMPT, "completion": ("output",)}
        texts = pl.concat(
            frame.select("at", pl.lit(side).alias("side"), value(name).alias("text"))
            for side in self.settings.sides
            for name in sides[side]
        ).filter(pl.col("text") != "")
        found = scan(texts, _index(tuple(sorted(self._parts.items()))))
        best = found.sort("at", pl.col("side") == "completion").unique("at", keep="first", maintain_order=True)
        counts = {"hits": best.height}
        counts |= {f"hits.{name}": rows for name, rows in best.group_by("set").len().sort("set").iter_rows()}
        if self.settings.mode == "report":
            return Outcome(counts=counts | {"kept": best.height}, notes=_evidence(found))
        return Outcome(drops=_evidence(best), counts=counts)

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:
        """A warning where overlaps were found and left."""
        kept = counts.get("kept", 0)
        where = "those that are in the dataset stand in ledger/notes.parquet, each with item and words"
        return f"{kept:,} records overlap an evaluation set and were kept (mode: report); {where}" if kept else None

    def _rules(self) -> Any:  # noqa: ANN401 - its class is imported late
        from curate.overlap import Rules  # noqa: PLC0415 - as above

        settings = self.settings
        return Rules(settings.ngram, settings.max_documents, settings.short, settings.floor)


def _evidence(found: pl.DataFrame) -> pl.DataFrame:
    """Overlaps (`curate.overlap.MATCH`) as rows of the ledger."""
    return drops(
        found,
        pl.lit(value=True),
        rule=pl.col("rule"),
        reason=pl.concat_str([pl.lit("overlaps "), "set", pl.lit(" in the "), "side"]),
        value=pl.col("span").str.head(_SPAN),
        limit=pl.concat_str([pl.col("tokens").cast(pl.String), pl.lit(" words in a row")]),
        twin=pl.concat_str(["set", pl.lit(":"), "item"]),
        similarity=pl.col("overlap"),
    )


@cache
def _index(parts: tuple[tuple[str, Path], ...]) -> Any:  # noqa: ANN401 - its class is imported late
    """The index, read once a process."""
    from curate.overlap import Index  # noqa: PLC0415 - as above

    return Index.from_frames({name: pl.read_ipc(path) for name, path in parts})
