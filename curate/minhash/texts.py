"""Texts where they lie: the memory addresses of strings in Arrow buffers, without a Python object a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from curate.minhash.machine import packed

_INLINE = 12  # a string view holds up to 12 bytes itself


@dataclass(frozen=True)
class Texts:
    """Where each text lies.

    Args:
        addresses: int64 (n,), of the first byte.
        lengths: int64 (n,), in bytes.
        keep_alive: what owns the memory (memory-mapped files included).
    """

    addresses: np.ndarray
    lengths: np.ndarray
    keep_alive: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        if len(self.addresses) != len(self.lengths):
            raise ValueError(f"{len(self.addresses)} addresses and {len(self.lengths)} lengths: the numbers must agree")
        object.__setattr__(self, "addresses", packed(self.addresses, np.int64))
        object.__setattr__(self, "lengths", packed(self.lengths, np.int64))

    def __len__(self) -> int:
        return len(self.addresses)

    @classmethod
    def from_arrow(cls, arrays: Sequence[pa.Array | pa.ChunkedArray]) -> Texts:
        """View Arrow strings, one array after the other, nulls as empty texts.

        Args:
            arrays: of type string, large_string or string_view (polars' own layout, without a copy:
                `series.to_arrow(compat_level=polars.CompatLevel.newest())`).

        Raises:
            TypeError: an array of another type.
        """
        chunks = [
            chunk for array in arrays for chunk in (array.chunks if isinstance(array, pa.ChunkedArray) else [array])
        ]
        parts = [_view(chunk) for chunk in chunks if len(chunk)]
        if not parts:
            return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))
        addresses, lengths = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(addresses, lengths, tuple(chunks))

    def take(self, rows: np.ndarray) -> Texts:
        """The texts of some rows."""
        return Texts(self.addresses[rows], self.lengths[rows], self.keep_alive)


def concat(parts: Sequence[Texts]) -> Texts:
    """Texts of several tables as one."""
    return Texts(
        np.concatenate([np.zeros(0, np.int64), *(part.addresses for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.lengths for part in parts)]),
        tuple(owner for part in parts for owner in part.keep_alive),
    )


def _view(chunk: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Addresses and lengths of one array."""
    if pa.types.is_large_string(chunk.type):
        addresses, lengths = _from_offsets(chunk, np.dtype(np.int64))
    elif pa.types.is_string(chunk.type):
        addresses, lengths = _from_offsets(chunk, np.dtype(np.int32))
    elif chunk.type == pa.string_view():
        addresses, lengths = _from_views(chunk)
    else:
        raise TypeError(f"texts are of type {chunk.type}: string, large_string and string_view are allowed")
    if chunk.null_count:
        lengths = np.where(chunk.is_valid().to_numpy(zero_copy_only=False), lengths, 0)
    return addresses, lengths


def _from_offsets(chunk: pa.Array, width: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    _, places, data = chunk.buffers()
    offsets = np.frombuffer(places, dtype=width, count=len(chunk) + 1, offset=chunk.offset * width.itemsize)
    base = data.address if data is not None else 0
    return base + offsets[:-1].astype(np.int64), np.diff(offsets).astype(np.int64)


def _from_views(chunk: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    _, entries, *data = chunk.buffers()
    words = np.frombuffer(entries, dtype=np.int32, count=4 * (chunk.offset + len(chunk))).reshape(-1, 4)[chunk.offset :]
    lengths = words[:, 0].astype(np.int64)
    here = entries.address + 16 * np.arange(chunk.offset, chunk.offset + len(chunk), dtype=np.int64) + 4
    bases = np.array([0 if buffer is None else buffer.address for buffer in data] or [0], dtype=np.int64)
    long = lengths > _INLINE
    there = bases[np.where(long, words[:, 2], 0)] + words[:, 3]
    return np.where(long, there, here), lengths
