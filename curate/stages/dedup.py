"""`dedup`: of records that are alike one stays, and the ledger names it for each that goes.

- dedup: {method: exact, on: [instruction, input], key: normalised, prefer: [human, source_order]}
- dedup: {method: minhash, on: [instruction, input, output], threshold: 0.8}
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from curate.hashing import order64
from curate.stage import GlobalStage, Outcome, Settings
from curate.stages import _dedup_exact as exact
from curate.stages import _dedup_near as near
from curate.stages._dedup_settings import DedupSettings
from curate.text import columns_of

# What the keys of minhash depend on: the texts. The other settings may change and the keys stay.
_KEYS = {"method", "on", "prefer"}


class Step(GlobalStage):
    """Finds duplicates by the settings' method and keeps the preferred record of each group."""

    name: ClassVar[str] = "dedup"
    version: ClassVar[int] = 2
    Settings: ClassVar[type[Settings]] = DedupSettings
    by: ClassVar[str | None] = "bucket"

    @property
    def from_files(self) -> bool:
        """MinHash reads texts where they lie, in the files of the keys."""
        return bool(self.settings.method == "minhash")

    @property
    def reads(self) -> frozenset[str]:
        """The key's fields and what the preferences look at."""
        lengths = {"instruction", "input", "output"} if "longest" in self.settings.prefer else set()
        return columns_of(self.settings.on) | lengths | {"id", "source", "origin"}

    def keys_key(self) -> dict[str, Any]:
        """For minhash without threshold and shingles: changing them keeps the keys."""
        key = self.key()
        if self.settings.method == "minhash":
            key["settings"] = {name: said for name, said in key["settings"].items() if name in _KEYS}
        return key

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What the method compares, and what the preferences sort by."""
        made = (near if self.from_files else exact).keys(frame, self.settings)
        return frame.select("at", order64().alias("order"), *made, *self._criteria())

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
        return [known[name].alias(by) for name, by in zip(self.settings.prefer, self._by, strict=True)]

    @property
    def _by(self) -> list[str]:
        return [f"by_{place}" for place in range(len(self.settings.prefer))]

    def decide(self, keys: pl.DataFrame) -> Outcome:
        """Exact duplicates among the keys of one bucket."""
        return exact.decide(keys, self._by)

    def decide_files(self, files: Sequence[Path]) -> Outcome:
        """Near-duplicates among all records."""
        return near.decide(files, self.settings, self._by)

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:
        """A warning where the key says nothing of most records, or one cluster swallows many."""
        records = counts.get("records", 0)
        if records and counts["empty_keys"] * 2 > records:
            share = f"{counts['empty_keys']:,} of {records:,}"
            return f"the dedup key is empty in {share} records: choose other fields for 'on'"
        largest = counts.get("largest_cluster", 0)
        if largest > max(100, near.GIANT * records):
            return f"one cluster holds {largest:,} of {records:,} records: a template, rather than copies?"
        return None
