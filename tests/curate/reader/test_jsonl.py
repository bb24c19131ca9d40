"""JSON lines: one bad line costs one row, and neither blocks nor spans change what is read."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.reader import cut, jsonl
from support.adapters import Everything, Pairs, batches, joined

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
ROW = st.fixed_dictionaries(
    {"question": TEXT},
    optional={"answer": st.none() | TEXT, "score": st.none() | st.floats(allow_nan=False, allow_infinity=False)},
)
BAD = st.sampled_from(
    [b"{", b'{"question":1}', b'{"answer":"no question"}', b"[1]", b'{"question":"\xff"}', b"1 2", b"NaN"]
)
LINE = ROW.map(orjson.dumps) | BAD | st.sampled_from([b"", b"  ", b"\t"])


def put(folder: Path, data: bytes, name: str = "a.jsonl") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_good_lines_survive_bad_ones(tmp_path: Path) -> None:
    """Each bad line is a fault with its line; blank lines are none; a row's number is its line's, less one."""
    data = b"\r\n".join(
        [
            b'\xef\xbb\xbf{"question":"a"}',
            b"",
            b'{"question":"b"',
            b'{"question":"\\ud800"}',
            b'{"question":"c"}',
            b'{"question":"\xff"}',
            b"7",
        ]
    )
    rows, faults = joined(batches(put(tmp_path, data), Pairs()))
    assert rows.select("question", "row").rows() == [("a", 0), ("c", 4)]
    assert faults["row"].to_list() == [2, 3, 5, 6]
    assert faults["reason"].to_list() == [
        "line 3: not valid JSON: the text ends in the middle of a value (column 17)",
        "line 4: not valid JSON: a text holds half of a surrogate pair (column 14)",
        "line 6: not valid UTF-8",
        "the row is a number (7), expected an object",
    ]
    assert faults["excerpt"].to_list() == ['{"question":"b"', '{"question":"\\ud800"}', '{"question":"�"}', "7"]


def test_two_broken_lines_never_make_one_row(tmp_path: Path) -> None:
    """Lines that would be valid when joined are three faults, not three rows."""
    data = b'{"question":"a"},{"question":"b"}\n{"question":"c"\n"answer":"d"}\n'
    rows, faults = joined(batches(put(tmp_path, data), Pairs()))
    assert (rows.height, faults.height) == (0, 3)


def test_an_excerpt_has_at_most_a_thousand_characters(tmp_path: Path) -> None:
    """A long faulty line is cut, whether it is bad JSON or a bad type."""
    long = b"\xe6\xbc\xa2" * 5000
    data = b'{"question":"' + long + b'\n{"question":["' + long + b'"]}\n'
    _, faults = joined(batches(put(tmp_path, data), Pairs()))
    assert faults["excerpt"].str.len_chars().to_list() == [1000, 1000]
    assert faults["reason"].str.len_chars().max() < 200  # type: ignore[operator]


@pytest.mark.parametrize(
    "pack", [gzip.compress, zstandard.compress, lambda data: gzip.compress(data) + gzip.compress(data)]
)
def test_compressed_lines(tmp_path: Path, pack: Any) -> None:
    """Gzip, zstd and several gzip members in one file are read as they are, by content and not by name."""
    data = b'{"question":"a"}\n' * 3
    rows, _ = joined(batches(put(tmp_path, pack(data), "a.jsonl.gz"), Pairs(), size=10))
    assert rows["question"].to_list() in (["a"] * 3, ["a"] * 6)
    assert rows["row"].to_list() == list(range(rows.height))


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    """An empty JSONL file is whole, and has no rows."""
    assert batches(put(tmp_path, b""), Pairs()) == []
    assert batches(put(tmp_path, b"\n \n"), Pairs()) == []


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4, 9])
def test_limit_counts_rows_and_faults_but_no_blank_lines(tmp_path: Path, limit: int) -> None:
    """A limit takes the first rows, good or faulty, whatever the batches."""
    data = b'{"question":"a"}\n\n{"question":\n{"question":"b"}\n{"question":"c"}\n'
    for batch_rows in (1, 2, 100):
        parts = batches(put(tmp_path, data), Pairs(), limit=limit, batch_rows=batch_rows)
        numbers = sorted(number for part in parts for number in [*part.frame["row"], *part.faults["row"]])
        assert numbers == [0, 2, 3, 4][:limit]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=30))
def test_rows_round_trip(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    """What was written as JSON lines comes back, value for value."""
    path = put(tmp_path, b"".join(orjson.dumps(row) + b"\n" for row in rows))
    frame, faults = joined(batches(path, Pairs()))
    assert faults.is_empty()
    keys = ("question", "answer", "score")
    assert frame.select(keys).to_dicts() == [{key: row.get(key) for key in keys} for row in rows]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(LINE, min_size=1, max_size=30),
    end=st.sampled_from([b"", b"\n"]),
    size=st.integers(1, 200),
    batch_rows=st.integers(1, 40),
    block=st.integers(1, 300),
)
def test_spans_batches_and_blocks_change_nothing(
    tmp_path: Path, lines: list[bytes], end: bytes, size: int, batch_rows: int, block: int
) -> None:
    """However the file is cut, the same rows and faults come with the same numbers."""
    path = put(tmp_path, b"\n".join(lines) + end)
    whole = batches(path, Pairs())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "_BLOCK", block)
        parts = batches(path, Pairs(), batch_rows=batch_rows, size=size)
    if not whole:
        assert not parts
        return
    for one, other in zip(joined(whole), joined(parts), strict=True):
        assert one.equals(other)


def test_spans_are_whole_lines_and_cover_the_file(tmp_path: Path) -> None:
    """Spans follow each other without a gap, end after a line break, and count the rows before them."""
    lines = [b'{"question":"%s"}' % (b"x" * (n % 37)) for n in range(500)]
    path = put(tmp_path, b"\n".join(lines))
    spans = cut(path, "a", Pairs(), size=1000)
    data = path.read_bytes()
    assert len(spans) > 5
    assert [span.start for span in spans] == [0, *(span.stop for span in spans[:-1])]
    assert spans[-1].stop == len(data)
    assert [span.row for span in spans] == [data.count(b"\n", 0, span.start) for span in spans]
    assert all(data[span.stop - 1 : span.stop] == b"\n" for span in spans[:-1])


def test_real_sets_called_json_that_are_json_lines(real_data: Path) -> None:
    """AQuA's and the rendered Natural Instructions files are named .json and hold lines."""
    aqua = sum(part.frame.height for path in (real_data / "aqua").iterdir() for part in batches(path, Everything()))
    rendered = [part for path in (real_data / "ni_ssr_rendered").iterdir() for part in batches(path, Everything())]
    assert aqua == 508
    assert sum(part.frame.height for part in rendered) == 13_120
    assert all(part.frame.schema["file"] == pl.String for part in rendered)
