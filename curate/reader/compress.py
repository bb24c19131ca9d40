"""Plain, gzip and zstd files as one stream of bytes, with a cap against decompression bombs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from curate.errors import SourceFault

BOM = b"\xef\xbb\xbf"
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}

# No instruction data set comes near this in one file; a small file that would fill the disk or the memory does.
MAX_BYTES = 8 << 30
# Real text shrinks 3 to 20 times, the most repetitive real JSONL some hundred times; a bomb of gzip 1,030 times, one of
# zstd ten thousand times. A small file of equal rows may well shrink more, so the ratio counts only beyond MIN_BYTES.
MAX_RATIO = 250
MIN_BYTES = 256 << 20
# What is read whole, because it means something only as a whole: a JSON document, a compressed Parquet file.
MAX_WHOLE = 1 << 30
# A row: five long novels. What is longer is no record to train on.
MAX_ROW = 16 << 20
_CHUNK = 1 << 20


class Stream(Protocol):
    """What readers need of a file."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, fewer only at the end; all of them without a size."""


def codec(path: Path) -> str | None:
    """`gzip`, `zstd` or None, by the file's first bytes: downloaders unpack some files and keep the name."""
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def is_packed(path: Path) -> bool:
    """Whether the file is compressed."""
    return codec(path) is not None


def whole(stream: Stream, most: int = MAX_WHOLE, advice: str = "cut it into smaller files") -> bytes:
    """All bytes of a stream, if they are not too many to hold.

    Args:
        stream: what to read.
        most: bytes that may come.
        advice: what to do where more come.

    Raises:
        SourceFault: there are more.
    """
    parts, size = [], 0
    while part := stream.read(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > most:
            raise SourceFault(f"larger than {most >> 20:,} MiB, which is too much to read as one piece: {advice}")
    return b"".join(parts)


@contextmanager
def opened(path: Path, start: int = 0) -> Iterator[Stream]:
    """Open a file for reading, decompressed.

    Args:
        path: the file.
        start: byte to start at, for a file that is not compressed.

    Yields:
        The stream; reading it raises SourceFault where the compressed data is damaged, cut short or a bomb.
    """
    name = codec(path)
    if name is None:
        with path.open("rb") as file:
            file.seek(start)
            yield file
        return
    with pa.OSFile(str(path)) as packed, pa.CompressedInputStream(packed, name) as stream:
        yield _Inflated(stream, name, path.stat().st_size)


class _Inflated:
    """A compressed stream that counts what comes out of it."""

    def __init__(self, stream: pa.NativeFile, codec_name: str, packed: int) -> None:
        self._stream = stream
        self._codec = codec_name
        self._packed = packed
        self._out = 0

    def read(self, size: int = -1, /) -> bytes:
        """Read decompressed bytes.

        Raises:
            SourceFault: the data is damaged, cut short or a bomb.
        """
        parts: list[bytes] = []
        left = size
        while left:
            part = self._chunk(_CHUNK if left < 0 else min(left, _CHUNK))
            if not part:
                break
            parts.append(part)
            left -= len(part) if left > 0 else 0
        return b"".join(parts)

    def _chunk(self, size: int) -> bytes:
        try:
            part: bytes = self._stream.read(size)
        except (OSError, pa.ArrowException) as error:
            raise SourceFault(
                f"the {self._codec} data is damaged after {self._out:,} decompressed bytes: {error}"
            ) from error
        self._out += len(part)
        if self._out > MAX_BYTES:
            raise SourceFault(
                f"the {self._codec} data holds more than {MAX_BYTES >> 30} GiB: unpack it and cut it into smaller files"
            )
        if self._out > MIN_BYTES and self._out > MAX_RATIO * self._packed:
            raise SourceFault(
                f"{self._packed:,} bytes of {self._codec} data hold {self._out:,} bytes or more, over {MAX_RATIO:,} "
                "times as many: this looks like a decompression bomb; unpack it yourself if it is not"
            )
        return part
