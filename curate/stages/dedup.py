"""`dedup`: of records with the same key one stays, and the ledger names it for each that goes.

- dedup: {method: exact, on: [instruction, input], key: normalised, prefer: [human, source_order]}
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field, field_validator

from curate.example import CONTENT
from curate.hashing import hash128, order64
from curate.stage import GlobalStage, Outcome, Settings, drops
from curate.text import columns_of, normalised, value

Preference = Literal["source_order", "human", "longest", "id"]


class DedupSettings(Settings):
    """What counts as equal, and who stays."""

    method: Literal["exact"] = Field("exact", description="exact: equal keys are duplicates")
    on: tuple[str, ...] = Field(
        ("instruction", "input"), min_length=1, description="the fields that make the key; meta.x reaches into meta"
    )
    key: Literal["raw", "normalised"] = Field(
        "raw", description="normalised: NFKC, lower case, runs of blanks as one blank, before comparing"
    )
    prefer: tuple[Preference, ...] = Field(
        ("source_order",),
        description="who stays, first criterion first: source_order (as the recipe lists them), human (human before "
        "mixed, unknown, model), longest (characters of instruction, input and output), id; ties go to the least id",
    )
    empty: Literal["keep", "match"] = Field(
        "keep", description="records whose key is empty: keep them all, or match them with each other"
    )

    @field_validator("on")
    @classmethod
    def _known(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        for name in fields:
            if not name.startswith("meta.") and name not in CONTENT:
                raise ValueError(f"unknown field {name!r} (known: {', '.join(CONTENT)}, meta.x)")
        return fields


class Step(GlobalStage):
    """Exact duplicates, by a 128-bit hash of the key fields."""

    name: ClassVar[str] = "dedup"
    Settings: ClassVar[type[Settings]] = DedupSettings
    by: ClassVar[str | None] = "bucket"

    @property
    def reads(self) -> frozenset[str]:
        """The key's fields and what the preferences look at."""
        lengths = {"instruction", "input", "output"} if "longest" in self.settings.prefer else set()
        return columns_of(self.settings.on) | lengths | {"id", "source", "origin"}

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """One 128-bit key a record; null where the key is empty and empty keys match nothing."""
        fields = [value(name) for name in self.settings.on]
        if self.settings.key == "normalised":
            fields = [normalised(field) for field in fields]
        empty = pl.all_horizontal(field.str.strip_chars() == "" for field in fields)
        # Lengths keep ("ab", "c") apart from ("a", "bc").
        text = pl.concat_str(
            [part for field in fields for part in (field.str.len_bytes().cast(pl.String), pl.lit(":"), field)]
        )
        key = hash128(text)
        if self.settings.empty == "keep":
            key = pl.when(empty).then(None).otherwise(key)
        keys = frame.select("at", order64().alias("order"), key.alias("key"), empty.alias("empty"), *self._criteria())
        return keys.with_columns((pl.col("key") % (1 << 32)).cast(pl.UInt32).fill_null(0).alias("bucket"))

    def _criteria(self) -> list[pl.Expr]:
        """The columns to sort by, least first."""
        sources = {name: place for place, name in enumerate(self.place.sources)}
        origins = {"human": 0, "mixed": 1, "unknown": 2, "model": 3}
        length = pl.sum_horizontal(pl.col(name).str.len_chars() for name in ("instruction", "input", "output"))
        known: dict[str, pl.Expr] = {
            "source_order": pl.col("source").replace_strict(sources, default=len(sources), return_dtype=pl.UInt32),
            "human": pl.col("origin").replace_strict(origins, default=2, return_dtype=pl.UInt8),
            "longest": -length.cast(pl.Int64),
            "id": order64(),
        }
        return [known[name].alias(f"by_{place}") for place, name in enumerate(self.settings.prefer)]

    def decide(self, keys: pl.DataFrame) -> Outcome:
        """Keep the first of each key in the order of the preferences; the others go, with the first as their twin."""
        counts = {"records": keys.height, "empty_keys": int(keys["empty"].sum())}
        twins = keys.filter(pl.col("key").is_not_null() & pl.col("key").is_duplicated())
        criteria = [f"by_{place}" for place in range(len(self.settings.prefer))]
        twins = twins.sort(*criteria, "order").with_columns(
            pl.col("unit").first().over("key").alias("twin_unit"), pl.col("at").first().over("key").alias("twin_at")
        )
        gone = (pl.col("unit") != pl.col("twin_unit")) | (pl.col("at") != pl.col("twin_at"))
        evidence: dict[str, Any] = {"rule": "exact", "reason": "duplicate", "similarity": 1.0}
        found = drops(twins, gone, **evidence, twin_unit=pl.col("twin_unit"), twin_at=pl.col("twin_at"))
        return Outcome(drops=found, counts=counts)

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:
        """A warning where the key says nothing of most records, and so would drop them all but one."""
        if counts.get("records", 0) and counts["empty_keys"] * 2 > counts["records"]:
            share = f"{counts['empty_keys']:,} of {counts['records']:,}"
            return f"the dedup key is empty in {share} records: choose other fields for 'on'"
        return None
