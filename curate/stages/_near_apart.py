"""What is compared of each record, and which records may meet at all, by the values that many records have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from curate.hashing import hash64
from curate.room import Room

# Records that are looked at together: what is made of them on the way is ten times what stays.
_ROWS = 1 << 20

# Bytes of a value while it is counted.
_COUNTED = 80


@dataclass(frozen=True)
class Apart:
    """Records that share nothing but what many have.

    Args:
        own: `own_N`: whether the text of field N is compared.
        space: uint64 (n,), of the values that are not compared: only records with the same one may meet.
    """

    own: pl.DataFrame
    space: np.ndarray


def apart(table: pl.DataFrame, shared: int | None, room: Room) -> Apart:
    """Tell records apart by their fields.

    A value that more than `shared` records have is not compared, unless a record would then have nothing to compare.

    Args:
        table: the hashes of the fields of all records.
        shared: as the settings say; None: all text is compared.
        room: how many values are counted at once.
    """
    common = {
        name: None if shared is None else _common(table[name], shared, room.pieces(table.height, _COUNTED))
        for name in table.columns
    }
    own, space = [], np.zeros(table.height, dtype=np.uint64)
    for start in range(0, max(1, table.height), _ROWS):
        part = _part(table[start : start + _ROWS], common)
        own.append(part.drop("namespace"))
        space[start : start + part.height] = part["namespace"].to_numpy()
    return Apart(pl.concat(own), space)


def _common(values: pl.Series, shared: int, pieces: int) -> pl.Series:
    """The values that more than `shared` rows have, sorted; they are counted in so many pieces."""
    found = [values.clear()]
    for piece in range(pieces):
        some = values.filter(values % pieces == piece) if pieces > 1 else values
        counts = some.to_frame("value").drop_nulls().group_by("value").len()
        found.append(counts.filter(pl.col("len") > shared)["value"])
    return pl.concat(found).sort()


def _part(table: pl.DataFrame, common: dict[str, pl.Series | None]) -> pl.DataFrame:
    """`own_N` and `namespace` of some records."""
    names = table.columns
    flags = [
        pl.lit(value=False) if values is None else (pl.col(name).is_not_null() & pl.col(name).is_in(values.implode()))
        for name, values in common.items()
    ]
    table = table.with_columns(flag.alias(f"common_{place}") for place, flag in enumerate(flags))
    many = [pl.col(f"common_{place}") for place in range(len(names))]
    something = pl.any_horizontal(pl.col(name).is_not_null() & ~flag for name, flag in zip(names, many, strict=True))
    outside = [flag & something for flag in many]
    named = _named(names, outside)
    return table.select(
        *((~flag).alias(f"own_{place}") for place, flag in enumerate(outside)),
        pl.when(pl.any_horizontal(outside))
        .then(hash64(named))
        .otherwise(pl.lit(0, dtype=pl.UInt64))
        .alias("namespace"),
    )


def _named(names: Sequence[str], outside: Sequence[pl.Expr]) -> pl.Expr:
    """The values that are not compared, as text."""
    parts = [
        pl.when(flag).then(pl.col(name).cast(pl.String)).otherwise(pl.lit(""))
        for name, flag in zip(names, outside, strict=True)
    ]
    return pl.concat_str(parts, separator=",")
