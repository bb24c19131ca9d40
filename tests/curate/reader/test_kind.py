"""Formats, compression and text files: content first, caps on what unpacks, one clear reason where nothing fits."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard

from curate.errors import CurateError, SourceFault
from curate.reader import Span, compress, cut, detect, read
from support.adapters import EVERY, Everything, Pairs, batches, joined, reading

INDENTED = b'{\n  "rows": [\n    {"question": "a"}\n  ]\n}'


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.json", b'[{"question":"a"}]', "json"),
        ("a.json", INDENTED, "json"),
        ("a.json", b'{"rows":[]}', "json"),
        ("a.json", b'{"question":"a"}\n{"question":"b"}', "jsonl"),
        ("a.json", b'{"question":"a"\n{"question":"b"}', "jsonl"),
        ("a.json", b'\xef\xbb\xbf\n{"question":"a"}\n\n{"question":"b"}', "jsonl"),
        ("a.json", b'{"question":"' + b"x" * 100_000 + b'"}\n{"question":"b"}', "jsonl"),
        ("a.jsonl", b'{"question":"a"}', "jsonl"),
        ("a.jsonl", b"{", "jsonl"),
        ("a.jsonl", b"[1]\n{}", "jsonl"),
        ("a.jsonl", b'[\n{"question":"a"}]', "json"),
        ("a.jsonl", INDENTED, "json"),
        ("a.jsonl", b"", "jsonl"),
        ("a.NDJSON", b"{}\n", "jsonl"),
        ("data", b'{"question":"a"}\n{}', "jsonl"),
        ("data.txt", b'{"question":"a"}', "text"),
        ("a.csv", b"[a],b\n", "csv"),
        ("a.tsv.gz", gzip.compress(b"a\tb\n", mtime=0), "tsv"),  # without the time: test names come from the values
        ("a.json.zst", zstandard.compress(b"[]"), "json"),
        ("a.json.gz", b"[]", "json"),
        ("a.story", b"[once]", "text"),
        ("README", b"once", "text"),
    ],
)
def test_the_format_is_what_the_file_is(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    """Suffixes say what the content does not, and content wins where they disagree."""
    path = tmp_path / name
    path.write_bytes(data)
    assert detect(path, EVERY).format == kind


def test_text_is_no_guess_where_the_source_reads_none(tmp_path: Path) -> None:
    """A source that reads no text looks at the content of a .txt file, and refuses what it cannot tell."""
    formats = ("json", "jsonl", "csv")
    (tmp_path / "a.txt").write_bytes(b'{"a":1}\n{"a":2}\n')
    assert detect(tmp_path / "a.txt", formats).format == "jsonl"
    (tmp_path / "b.txt").write_bytes(b"once")
    with pytest.raises(SourceFault, match=r"cannot tell the format: the suffix '\.txt' says nothing"):
        detect(tmp_path / "b.txt", formats)
    (tmp_path / "c.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceFault, match=r"is parquet, which this source does not read \(expected json, "):
        detect(tmp_path / "c.parquet", formats)


def test_utf16_is_named_with_what_to_do(tmp_path: Path) -> None:
    """Excel's and PowerShell's encoding is recognised instead of failing at its first byte."""
    (tmp_path / "a.json").write_text("[]", encoding="utf-16")
    with pytest.raises(SourceFault, match="UTF-16, expected UTF-8"):
        batches(tmp_path / "a.json", Pairs())


def test_a_file_that_is_not_there_is_no_fault_of_the_data(tmp_path: Path) -> None:
    """What the operating system refuses is an error of the build, not a quarantined file."""
    with pytest.raises(CurateError, match=r"gone\.json: cannot be read: No such file") as cutting:
        cut(tmp_path / "gone.json", "gone.json", Pairs())
    with pytest.raises(CurateError, match=r"gone\.json: cannot be read: No such file") as reading_it:
        list(read(Span(tmp_path / "gone.json", "gone.json", 0, 1, 0), Pairs()))
    assert not isinstance(cutting.value, SourceFault)
    assert not isinstance(reading_it.value, SourceFault)


def test_an_unreadable_file_is_one_span(tmp_path: Path) -> None:
    """Cutting never complains of the content: reading does, once."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    assert len(cut(tmp_path / "a.parquet", "a", Pairs(), size=1)) == 1
    (tmp_path / "b.xyz").write_bytes(b"\x00")
    assert len(cut(tmp_path / "b.xyz", "b", reading({}), size=1)) == 1


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize("cut_off", [1, 5, 12])
def test_damaged_compressed_data_is_a_fault(tmp_path: Path, pack: object, cut_off: int) -> None:
    """A download that broke off does not pass for a shorter file."""
    packed = pack(b'{"question":"a"}\n' * 100)  # type: ignore[operator]
    (tmp_path / "a.jsonl.gz").write_bytes(packed[:-cut_off])
    with pytest.raises(SourceFault, match="data is damaged"):
        batches(tmp_path / "a.jsonl.gz", Pairs())


def test_a_bomb_ends_in_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to far more than text does, or to more than the cap, is refused in time."""
    bomb = tmp_path / "a.json.zst"
    bomb.write_bytes(zstandard.compress(b" " * (257 << 20)))
    with pytest.raises(SourceFault, match="looks like a decompression bomb"):
        batches(bomb, Pairs())
    large = tmp_path / "b.jsonl.gz"
    large.write_bytes(gzip.compress(b'{"question":"a"}\n' * 200_000))
    monkeypatch.setattr(compress, "MAX_BYTES", 1 << 20)
    with pytest.raises(SourceFault, match="holds more than"):
        batches(large, Pairs())


def test_a_text_file_is_one_row(tmp_path: Path) -> None:
    """All of a text file is `text`, line breaks as they are, without its byte order mark."""
    (tmp_path / "a.story").write_bytes(b"\xef\xbb\xbfonce\r\n\xc3\xa4\n")
    rows, _ = joined(batches(tmp_path / "a.story", Everything()))
    assert rows.rows(named=True) == [{"text": "once\r\nä\n", "file": "a.story", "row": 0}]
    assert batches(tmp_path / "a.story", Everything(), limit=0) == []


def test_text_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    """The place of the first invalid byte is said, in the file's own count."""
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone\n\xe9t\xe9")
    with pytest.raises(SourceFault, match=r"line 2: not valid UTF-8 \(byte 7 of the file\)"):
        batches(tmp_path / "a.txt", Everything())


def test_real_stories(real_data: Path) -> None:
    """The twenty CNN stories are twenty rows."""
    parts = [part for path in (real_data / "cnn_stories_fixture").iterdir() for part in batches(path, Everything())]
    assert sum(part.frame.height for part in parts) == 20
    assert all("@highlight" in part.frame["text"][0] for part in parts)
