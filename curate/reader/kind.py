"""Which format a file is in: by its suffix and by its content, because suffixes lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from curate.errors import SourceFault
from curate.reader.compress import BOM, is_packed, opened

_SUFFIXES = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jl": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".story": "text",
    ".txt": "text",
    ".text": "text",
    ".md": "text",
}
_PACKED_SUFFIXES = {".gz", ".gzip", ".zst", ".zstd"}
_HEAD = 64 << 10  # the first lines of nearly every JSONL file
_LONG_HEAD = 16 << 20  # a first line longer than this is taken for a document on one line
_MAGIC = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "arrow",  # how an Arrow stream starts since Arrow 0.15
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Kind:
    """What a file is.

    Args:
        format: `json`, `jsonl`, `csv`, `tsv`, `parquet`, `arrow` or `text`.
        packed: whether it is compressed with gzip or zstd.
    """

    format: str
    packed: bool


def detect(path: Path, formats: Sequence[str]) -> Kind:
    """Find out what a file is.

    Args:
        path: the file.
        formats: what its source reads.

    Returns:
        The kind, whose format is one of `formats`.

    Raises:
        SourceFault: it is none of them.
        OSError: it cannot be read.
    """
    packed = is_packed(path)
    suffix = path.suffix.lower()
    if suffix in _PACKED_SUFFIXES:
        suffix = Path(path.stem).suffix.lower()
    head = _head(path, _HEAD)
    found = _format(path, _SUFFIXES.get(suffix), head, text="text" in formats)
    if found is None:
        what = f"the suffix {suffix!r} says nothing" if suffix else "there is no suffix"
        raise SourceFault(
            f"cannot tell the format: {what} and the content is not JSON, Parquet or Arrow ({_allowed(formats)})"
        )
    if found not in formats:
        raise SourceFault(f"the file is {found}, which this source does not read ({_allowed(formats)})")
    return Kind(found, packed)


def _allowed(formats: Sequence[str]) -> str:
    return f"expected {', '.join(formats)}, each also as .gz or .zst"


def _head(path: Path, size: int) -> bytes:
    with opened(path) as stream:
        return stream.read(size)


def _format(path: Path, named: str | None, head: bytes, *, text: bool) -> str | None:
    """The format by magic bytes first, then by suffix, then by the first characters."""
    if magic := next((name for mark, name in _MAGIC.items() if head.startswith(mark)), None):
        return magic
    if named in {"json", "jsonl", "csv", "tsv"} and head.startswith(_UTF16):
        raise SourceFault("the file is UTF-16, expected UTF-8: convert it first (iconv -f UTF-16 -t UTF-8)")
    if named in {"csv", "tsv", "parquet", "arrow"} or (named == "text" and text):
        return named
    start = head.removeprefix(BOM).lstrip()[:1]
    if start == b"[" and named != "jsonl":
        return "json"
    if start in {b"[", b"{"}:
        return "jsonl" if _is_lines(path, head, named=named == "jsonl") else "json"
    if named in {"json", "jsonl"}:
        return named
    return "text" if text else None


def _is_lines(path: Path, head: bytes, *, named: bool) -> bool:
    """Whether text that starts with `{` (or `[`, in a file called JSONL) is one object a line.

    Args:
        path: the file, to read on where the first line is longer than the head.
        head: its first bytes.
        named: the suffix says so, and only the look of an indented document or of a list tells otherwise.
    """
    if b"\n" not in head.strip() and len(head) == _HEAD:
        head = _head(path, _LONG_HEAD)
    lines = [line for line in head.removeprefix(BOM).split(b"\n") if line.strip()]
    if len(lines) < 2:
        return named and not lines[0].startswith(b"[")
    if named and not lines[0].startswith(b"["):
        return lines[0].strip() != b"{" or not lines[1].lstrip().startswith((b'"', b"}"))
    if named:
        return _is(lines[0], list)
    return lines[1].lstrip().startswith(b"{") and (_is(lines[0], dict) or _is(lines[1], dict))


def _is(line: bytes, kind: type) -> bool:
    """Whether a line is a JSON value of this kind, by itself."""
    try:
        return isinstance(orjson.loads(line), kind)
    except orjson.JSONDecodeError:
        return False
