"""Stable hashing: the only randomness and the only identity that curate uses.

xxh3 (https://github.com/Cyan4973/xxHash) through polars-hash, because polars' own `hash`, `sample` and `shuffle` give
other
results in other versions. tests/curate/test_hashing.py holds every function here against python-xxhash, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
import orjson
import polars as pl
import polars_hash as plh
import pyarrow as pa

_SEP = "\x1f"  # ASCII unit separator


def digest(value: object, size: int = 16) -> str:
    """Hex blake2b digest of a JSON-like value with its keys sorted: cache keys, template hashes."""
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=size).hexdigest()


def hash64(text: pl.Expr) -> pl.Expr:
    """xxh3-64 of a string expression, as UInt64; null stays null."""
    return plh.concat_str([text]).nchash.xxh3_64()


def hash128(text: pl.Expr) -> pl.Expr:
    """xxh3-128 of a string expression, as UInt128; null stays null."""
    return plh.concat_str([text]).nchash.xxh3_128()


def rank64(seed: int, label: str, id_column: str = "id") -> pl.Expr:
    """The hashed rank of a record: xxh3-64 of "seed␟label␟id", uniform over UInt64.

    It depends on nothing but the recipe's seed, the stage's label and the record's id: not on order, shards or workers.
    """
    return hash64(pl.concat_str([pl.lit(f"{seed}{_SEP}{label}{_SEP}"), pl.col(id_column)]))


def order64(id_column: str = "id") -> pl.Expr:
    """The first 64 bits of a hex id as UInt64: orders records as their ids do, in 8 bytes instead of 48."""
    return pl.col(id_column).str.head(16).str.to_integer(base=16, dtype=pl.UInt64)


def canonical_hash(schema: Sequence[tuple[str, pl.DataType]], *head: pl.Expr) -> pl.Expr:
    """One 128-bit hash a row over several columns: xxh3-128 of the columns' own hashes in decimal, joined by commas.

    A null is '-'. A list is hashed as '[n:' and its items, a struct as '{' and its fields, each text with its length
    in bytes and
    a colon before it; a float by its IEEE bits. The encoding is ours, so that no library's idea of JSON enters an
    identity, and
    no unequal rows encode alike. Hashing columns apart spares a copy of all text.

    Args:
        schema: names and types of the columns, in order.
        *head: strings to hash before them.

    Returns:
        UInt128, never null.
    """
    columns = [_hashed(text) for text in head] + [_hashed(_text(pl.col(name), dtype)) for name, dtype in schema]
    return hash128(pl.concat_str(columns, separator=","))


def _hashed(text: pl.Expr) -> pl.Expr:
    return hash128(text).cast(pl.String).fill_null("-")


def _text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A column as unambiguous text; null stays null."""
    if isinstance(dtype, pl.List):
        inner: pl.DataType = dtype.inner  # type: ignore[assignment]
        items = value.list.eval(_framed(_text(pl.element(), inner))).list.join("", ignore_nulls=False)
        return pl.concat_str([pl.lit("["), value.list.len().cast(pl.String), pl.lit(":"), items])
    if isinstance(dtype, pl.Struct):
        fields = [_framed(_text(value.struct.field(field.name), field.dtype)) for field in dtype.fields]  # type: ignore[arg-type]
        return pl.when(value.is_not_null()).then(pl.concat_str([pl.lit("{"), *fields]))
    if dtype == pl.Float64:
        return value.cast(pl.Float64).reinterpret(dtype=pl.Int64).cast(pl.String)
    return value.cast(pl.String)


def _framed(text: pl.Expr) -> pl.Expr:
    """A text with its length before it, so that what follows cannot be taken for a part of it."""
    return pl.concat_str([text.str.len_bytes().cast(pl.String), pl.lit(":"), text]).fill_null("-")


def halves(values: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """High and low 64 bits of a UInt128 series, as uint64 arrays."""
    split = values.to_frame("h").select(
        (pl.col("h") // pl.lit(1 << 64, dtype=pl.UInt128)).cast(pl.UInt64).alias("high"),
        (pl.col("h") % pl.lit(1 << 64, dtype=pl.UInt128)).cast(pl.UInt64).alias("low"),
    )
    return split["high"].to_numpy(), split["low"].to_numpy()


def hex128(values: pl.Series) -> pl.Series:
    """UInt128 as 32 lower-case hex digits, without a Python object per row."""
    high, low = halves(values)
    raw = np.empty((len(high), 2), dtype=">u8")
    raw[:, 0], raw[:, 1] = high, low
    octets = raw.view(np.uint8).reshape(-1)
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    text = np.empty((len(octets), 2), dtype=np.uint8)
    text[:, 0], text[:, 1] = digits[octets >> 4], digits[octets & 15]
    offsets = np.arange(0, 32 * (len(high) + 1), 32, dtype=np.int64)
    array = pa.LargeStringArray.from_buffers(len(high), pa.py_buffer(offsets), pa.py_buffer(text))
    return pl.Series(values.name, pl.from_arrow(array), dtype=pl.String)


def sum128(values: Iterable[pl.Series]) -> int:
    """Sum modulo 2**128 of UInt128 hashes: independent of order and of how they are cut into series."""
    total = 0
    for series in values:
        for part, shift in zip(halves(series), (64, 0), strict=True):
            low = int(np.sum(part & np.uint64(0xFFFFFFFF), dtype=np.uint64))
            high = int(np.sum(part >> np.uint64(32), dtype=np.uint64))
            total += (low + (high << 32)) << shift
    return total & ((1 << 128) - 1)
