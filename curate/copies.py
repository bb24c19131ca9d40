"""Copy numbers: equal records of one source must not share an id.

Not a step that a recipe names: it runs right after ingest, over all sources at once, as ids hold the source's name.
The first copy keeps the content's own id, copy n gets hash(id, n). Which copy is the first depends on what else the
rows say (licence, meta), then on the digest of their file and the row's number: not on file names, order or shards.
"""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from curate.example import EXAMPLE, IDENTITY
from curate.hashing import canonical_hash, hash128, hex128, order64
from curate.stage import GlobalStage, Outcome, Settings

_REST = tuple((name, EXAMPLE[name]) for name in EXAMPLE if name not in IDENTITY and name not in ("id", "source"))


class Copies(GlobalStage):
    """Numbers equal records."""

    name: ClassVar[str] = "copies"
    Settings: ClassVar[type[Settings]] = Settings
    by: ClassVar[str | None] = "low"

    @property
    def reads(self) -> frozenset[str]:
        """The id, and what tells copies apart."""
        return frozenset({"id", "digest", "row", *(name for name, _ in _REST)})

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Both halves of the id, and the order of copies."""
        low = pl.col("id").str.tail(16).str.to_integer(base=16, dtype=pl.UInt64)
        rest = canonical_hash(_REST)
        return frame.select("at", order64().alias("high"), low.alias("low"), rest.alias("rest"), "digest", "row")

    def decide(self, keys: pl.DataFrame) -> Outcome:
        """A new id for the second copy and each further one."""
        copies = keys.filter(pl.struct("high", "low").is_duplicated()) if keys.height else keys
        copies = copies.sort("high", "low", "rest", "digest", "row", "unit", "at")
        copies = copies.with_columns(pl.int_range(pl.len()).over("high", "low").alias("copy")).filter(
            pl.col("copy") > 0
        )
        text = pl.concat_str([pl.col("high").cast(pl.String), "low", "copy"], separator="\x1f")
        ids = copies.select(hash128(text).alias("id"))["id"]
        columns = copies.select("unit", "at").with_columns(hex128(ids).alias("id"))
        return Outcome(columns=columns, counts={"copies": copies.height})
