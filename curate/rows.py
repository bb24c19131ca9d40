"""The rows of a finished dataset: which columns, which copies, and the fingerprint that names a version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import orjson
import polars as pl

from curate.engine import Engine
from curate.example import MESSAGE
from curate.hashing import canonical_hash, sum128
from curate.stages.format import TURN
from curate.unit import Unit, load

# After the columns of the format, in this order.
ABOUT: dict[str, pl.DataType] = {
    "id": pl.String(),
    "source": pl.String(),
    "task": pl.String(),
    "group": pl.String(),
    "license": pl.String(),
    "origin": pl.String(),
    "references": pl.List(pl.String),
    "meta": pl.String(),
}

Columns = Mapping[str, pl.DataType]


def layout(format_settings: Any) -> Columns:  # noqa: ANN401 - the format stage's settings
    """The columns that a format writes, in their order."""
    if format_settings.columns == "prompt_completion":
        return {"prompt": pl.String(), "completion": pl.String()}
    if format_settings.columns == "text":
        return {"text": pl.String()}
    if format_settings.tools:
        return {"messages": pl.List(MESSAGE), "tools": pl.String()}
    return {"messages": pl.List(TURN)}


@dataclass(frozen=True)
class Seal:
    """What names a version: a sum over rows, so neither order nor sharding enters it.

    Args:
        total: sum modulo 2**128 of xxh3-128 over each row's columns and its split's name.
        rows: rows by split.
        bytes: bytes of the rows' text by split: decides the number of shards.
        repeated: copies that `repeat` added, by source.
        out: rows by (source, split, license, origin).
    """

    total: int
    rows: Mapping[str, int]
    bytes: Mapping[str, int]
    repeated: Mapping[str, int]
    out: Mapping[tuple[str, str, str, str], int]

    def version(self, columns: Columns) -> str:
        """The version's id: 16 hex digits over the sum, the rows of each split and the columns' names and types."""
        parts = [
            f"{self.total:032x}",
            sorted(self.rows.items()),
            [(name, str(dtype)) for name, dtype in columns.items()],
        ]
        return blake2b(orjson.dumps(parts), digest_size=8).hexdigest()


def rows_of(unit: Unit, columns: Columns) -> pl.DataFrame:
    """The finished rows of a unit: the columns, then `split`; train rows that a step repeats stand there so many times.

    Args:
        unit: has been through every stage.
        columns: what `data/` holds.
    """
    frame = load(unit, [*columns, "split", "repeat"]).drop("at")
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in columns.items() if name not in frame.columns]
    split = pl.col("split") if "split" in frame.columns else pl.lit("train")
    frame = frame.with_columns(*missing, split.fill_null("train").alias("split"))
    if "repeat" in frame.columns:
        frame = _repeated(frame)
    return frame.select(*(pl.col(name).cast(dtype) for name, dtype in columns.items()), "split")


def _repeated(frame: pl.DataFrame) -> pl.DataFrame:
    """Copies of train rows, the second with the id `<id>-2`."""
    times = frame.select(pl.when(pl.col("split") == "train").then(pl.col("repeat").fill_null(1)).otherwise(1))
    counts = times.to_series().to_numpy()
    copy = np.concatenate([np.arange(1, n + 1) for n in counts]) if len(counts) else np.empty(0, dtype=np.int64)
    frame = frame[np.repeat(np.arange(len(counts)), counts)].with_columns(pl.Series("copy", copy))
    suffixed = pl.concat_str(["id", pl.lit("-"), pl.col("copy").cast(pl.String)])
    return frame.with_columns(pl.when(pl.col("copy") > 1).then(suffixed).otherwise(pl.col("id")).alias("id"))


def row_hash(columns: Columns, split: pl.Expr) -> pl.Expr:
    """The hash (UInt128) of a finished row: the same from units and from a version's files."""
    return canonical_hash(list(columns.items()), split)


def _text_bytes(columns: Columns) -> pl.Expr:
    """Bytes of a row's text: decides how many shards a split has."""
    parts = []
    for name, dtype in columns.items():
        if dtype == pl.String:
            parts.append(pl.col(name).str.len_bytes())
        elif name == "messages":
            parts.append(pl.col(name).list.eval(pl.element().struct.field("content").str.len_bytes()).list.sum())
    return pl.sum_horizontal(parts)


def text_bytes(unit: Unit, columns: Columns) -> dict[str, int]:
    """Bytes of a unit's finished text, by split."""
    sizes = rows_of(unit, columns).group_by("split").agg(_text_bytes(columns).sum())
    return dict(sizes.iter_rows())


def seal(units: Sequence[Unit], columns: Columns, engine: Engine) -> Seal:
    """Fingerprint the finished rows of all units."""
    total = 0
    rows, size, repeated, out = Counter[str](), Counter[str](), Counter[str](), Counter[tuple[str, str, str, str]]()
    for part in engine.map("fingerprint", units, _seal, dict(columns)):
        total += part.total
        rows.update(part.rows)
        size.update(part.bytes)
        repeated.update(part.repeated)
        out.update(part.out)
    return Seal(total % (1 << 128), rows, size, repeated, out)


def _seal(unit: Unit, columns: Columns) -> Seal:
    frame = rows_of(unit, columns)
    hashed = frame.select(
        "split", row_hash(columns, pl.col("split")).alias("hash"), _text_bytes(columns).alias("bytes")
    )
    per_split = hashed.group_by("split").agg(pl.len(), pl.col("bytes").sum())
    return Seal(
        sum128([hashed["hash"]]),
        dict(per_split.select("split", "len").iter_rows()),
        dict(per_split.select("split", "bytes").iter_rows()),
        {unit.source: frame.height - unit.alive},
        terms_of(frame, pl.col("split")),
    )


def terms_of(frame: pl.DataFrame, split: pl.Expr) -> Counter[tuple[str, str, str, str]]:
    """Rows by (source, split, license, origin); no licence, an empty one and `unknown` are the same."""
    found = Counter[tuple[str, str, str, str]]()
    kinds = frame.group_by("source", split.alias("split"), "license", "origin").len()
    for source, side, licence, origin, rows in kinds.iter_rows():
        found[source, side, licence or "unknown", origin or "unknown"] += rows
    return found
