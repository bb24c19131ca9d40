"""CSV and TSV: the fast and the slow parser are one, and a ragged row says its line."""

from __future__ import annotations

import csv as python_csv
import gzip
import io
from pathlib import Path
from typing import ClassVar

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.errors import SourceFault
from curate.reader import csv
from curate.source import JSON, SCALAR
from support.adapters import Everything, batches, joined, reading

TWO = {"a": pl.String(), "b": pl.String()}
CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8) | st.text(
    '",\n\r x', max_size=6
)


def put(folder: Path, data: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def cells(path: Path, **how: int) -> list[tuple[str | None, ...]]:
    rows, faults = joined(batches(path, reading(TWO), **how))
    assert faults.is_empty()
    return rows.select("a", "b").rows()


def test_quotes_newlines_bom_and_empty_cells(tmp_path: Path) -> None:
    """Quoted commas, quotes and line breaks are text; an empty cell is the empty text; a byte order mark is none."""
    data = b'\xef\xbb\xbfa,b\r\n"x, ""y""","1\n2"\r\n,""\r\n\r\nz,\r\n'
    assert cells(put(tmp_path, data)) == [('x, "y"', "1\n2"), ("", ""), ("z", "")]


def test_tsv_and_gzip(tmp_path: Path) -> None:
    """A TSV is parted by tabs, a compressed CSV is read as one."""
    assert cells(put(tmp_path, b"a\tb\n1,2\t3\n", "a.tsv")) == [("1,2", "3")]
    assert cells(put(tmp_path, gzip.compress(b"a,b\n1,2\n"), "a.csv.gz")) == [("1", "2")]


def test_a_ragged_row_is_a_fault_with_its_line(tmp_path: Path) -> None:
    """Too few and too many cells cost their row only, and name the line on which it starts."""
    data = b'a,b\n1,"x\ny"\n2\n3,4,5\n\n6,7\n'
    rows, faults = joined(batches(put(tmp_path, data), reading(TWO)))
    assert rows.select("a", "row").rows() == [("1", 0), ("6", 3)]
    assert faults.rows() == [
        (1, "line 4: 1 cells, expected 2 as in the header", '["2"]'),
        (2, "line 5: 3 cells, expected 2 as in the header", '["3","4","5"]'),
    ]


def test_invalid_utf8_costs_its_row_only(tmp_path: Path) -> None:
    """A cell that is not UTF-8 is the fault of its row, in whatever column it stands."""
    data = b"a,b,c\n1,2,3\n4,5,\xff\n6,7,\xc3\xa4\n"
    rows, faults = joined(batches(put(tmp_path, data), reading({**TWO, "c": pl.String()})))
    assert rows["c"].to_list() == ["3", "ä"]
    assert faults["reason"].to_list() == ["line 3: not valid UTF-8"]


@pytest.mark.parametrize("data", [b'a,b\n1,"2\n3,4\n', b'a,b\n1,2\n"3,4\n5,6\n', b'a,b\n5" pipe,1\nx,"2\n3,4'])
def test_a_quote_that_is_never_closed_is_a_fault_of_the_file(tmp_path: Path, data: bytes) -> None:
    """The rest of the file after an open quote cannot be told apart, so none of it is taken for one cell."""
    with pytest.raises(SourceFault, match="a quote is opened here and never closed") as caught:
        batches(put(tmp_path, data), reading(TWO))
    assert caught.value.line == (2 if b'1,"2' in data else 3)


def test_a_stray_quote_inside_a_cell_is_text(tmp_path: Path) -> None:
    """An odd number of quotes is no fault where none is open."""
    assert cells(put(tmp_path, b'a,b\n5" pipe,x\n1,2\n')) == [('5" pipe', "x"), ("1", "2")]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"a,a\n1,2\n", "line 1: the header names 'a' more than once"),
        (b"x,y\n1,2\n", r"there is none of the columns that the source reads: a, b \(found: x, y\)"),
    ],
)
def test_a_wrong_header_is_a_fault_of_the_file(tmp_path: Path, data: bytes, says: str) -> None:
    """No header, a column twice and none of the wanted columns are said at once, not row by row."""
    with pytest.raises(SourceFault, match=says):
        batches(put(tmp_path, data), reading(TWO))


def test_a_missing_required_column_is_named(tmp_path: Path) -> None:
    """A required column must be in the header; a header without rows is a file without rows."""
    with pytest.raises(SourceFault, match=r"there is no column `b` \(found: a\)"):
        batches(put(tmp_path, b"a\n1\n"), reading(TWO, "b"))
    assert batches(put(tmp_path, b"a,b\n"), reading(TWO)) == []


class Bare(Everything):
    """Reads files with and without a header."""

    row: ClassVar = TWO
    required: ClassVar = frozenset({"a"})
    header: ClassVar = ("a", "b")


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"a,b\n1,2\n", [("1", "2")]),
        (b"b,a\n1,2\n", [("2", "1")]),
        (b"1,2\n3,4\n", [("1", "2"), ("3", "4")]),
        (b"\xef\xbb\xbf1,2\r\n\r\n3,4", [("1", "2"), ("3", "4")]),
        (b"1,1\n", [("1", "1")]),
        (b'"x\ny",b\n', [("x\ny", "b")]),
    ],
)
def test_a_file_without_a_header(tmp_path: Path, data: bytes, rows: list[tuple[str, str]]) -> None:
    """Where the adapter says how, a first row that names no required column is data, to either parser."""
    read, faults = joined(batches(put(tmp_path, data), Bare()))
    assert (read.select("a", "b").rows(), faults.height) == (rows, 0)
    slow, faults = joined(batches(put(tmp_path, data.rstrip(b"\r\n") + b"\nragged\n"), Bare()))
    assert slow.select("a", "b").rows() == rows
    assert faults["row"].to_list() == [len(rows)]
    limited, _ = joined(batches(put(tmp_path, data), Bare(), limit=1))
    assert limited.select("a", "b").rows() == rows[:1]


@pytest.mark.parametrize("data", [b"1,2,3\n", b"A,x\n1,2\n"])
def test_what_is_no_row_of_a_file_without_a_header(tmp_path: Path, data: bytes) -> None:
    """A first row of another width, or with a required name in other letters, is a header that lacks a column."""
    with pytest.raises(SourceFault, match="there is no column `a`"):
        list(batches(put(tmp_path, data), Bare()))


def test_cells_become_the_declared_types(tmp_path: Path) -> None:
    """Numbers, booleans, JSON and lists are parsed; an empty cell is null there; what cannot be parsed is a fault."""
    source = reading(
        {"n": pl.Int64(), "f": pl.Float64(), "t": pl.Boolean(), "s": SCALAR, "j": JSON, "l": pl.List(pl.String)}
    )
    data = b"""n,f,t,s,j,l
1,0.5,TRUE,51.0,"{""k"":1}","[""a""]"
,,,,,
x,1,false,a,b,
2,3,maybe,a,[broken,[1]
"""
    rows, faults = joined(batches(put(tmp_path, data), source))
    assert rows.drop("file", "row").rows() == [
        (1, 0.5, True, "51.0", '{"k":1}', ["a"]),
        (None, None, None, "", None, None),
    ]
    assert faults["row"].to_list() == [2, 3]
    assert faults["reason"].to_list() == [
        '`n` is "x", expected a whole number',
        '`t` is "maybe", expected a boolean; `l` is "[1]", expected a list of texts',
    ]


def test_every_column_is_text_where_none_is_declared(tmp_path: Path) -> None:
    """Without declared types all columns come, as text, empty cells as empty text."""
    (batch,) = batches(put(tmp_path, b"n,t\n1,\n2,x\n"), Everything())
    assert batch.frame.drop("file", "row").to_dicts() == [{"n": "1", "t": ""}, {"n": "2", "t": "x"}]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=20), batch_rows=st.integers(1, 30))
def test_rows_round_trip_in_any_batches(tmp_path: Path, rows: list[tuple[str, str]], batch_rows: int) -> None:
    """What Python's writer wrote comes back, cell for cell."""
    out = io.StringIO(newline="")
    writer = python_csv.writer(out, quoting=python_csv.QUOTE_ALL)
    writer.writerows([("a", "b"), *rows])
    assert cells(put(tmp_path, out.getvalue().encode()), batch_rows=batch_rows) == rows


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text('xy,,""\n\n\r ', max_size=25))
def test_the_two_parsers_agree(tmp_path: Path, body: str) -> None:
    """However oddly a file is quoted: where pyarrow reads it at all, Python reads the same rows."""
    path = put(tmp_path, b"a,b\n" + body.encode())
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv, "_slow", _refuse)
            fast = joined(batches(path, reading(TWO)) or [_empty()])
    except (pa.ArrowInvalid, SourceFault):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv, "_fast", _refuse)
        slow = joined(batches(path, reading(TWO)) or [_empty()])
    assert fast[0].equals(slow[0])
    assert slow[1].is_empty()


def _refuse(*_: object) -> None:
    raise pa.ArrowInvalid


def _empty() -> csv.Batch:
    return csv.Batch(pl.DataFrame(schema={**TWO, "file": pl.String, "row": pl.Int64}), pl.DataFrame())


def test_the_slow_parser_takes_over_without_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault far into the file, after batches have been given, neither loses nor repeats a row."""
    monkeypatch.setattr(csv, "_BLOCK", 2000)
    data = (
        b"a,b\n"
        + b"".join(b"%d,x\n" % n for n in range(3000))
        + b"ragged\n"
        + b"".join(b"%d,y\n" % n for n in range(9))
    )
    for limit in (None, 10, 2990, 3001):
        parts = batches(put(tmp_path, data), reading(TWO), limit=limit, batch_rows=100)
        rows, faults = joined(parts)
        numbers = sorted([*rows["row"], *faults["row"]])
        assert numbers == list(range(3010))[:limit]
        assert rows["a"].to_list()[:2990] == [str(n) for n in range(min(2990, rows.height))]


def test_a_cell_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell beyond the fast parser's block, and beyond Python's own limit, is read whole."""
    monkeypatch.setattr(csv, "_BLOCK", 1000)
    assert cells(put(tmp_path, b'a,b\n"' + b"x" * 200_000 + b'",2\n3,4\n')) == [("x" * 200_000, "2"), ("3", "4")]


def test_real_sets(real_data: Path) -> None:
    """MMLU (with header), TruthfulQA (with a byte order mark) and CNN/DailyMail (long articles) are read whole."""
    choices = {f"choice{n}": pl.String() for n in range(4)}
    mmlu = reading({"question": pl.String(), **choices, "answer": pl.String()}, "question", "answer")
    parts = [part for path in sorted(real_data.glob("mmlu/*/*.csv")) for part in batches(path, mmlu)]
    assert sum(part.frame.height for part in parts) == 14_327
    assert sum(part.faults.height for part in parts) == 0
    rows, faults = joined(batches(real_data / "truthfulqa" / "TruthfulQA.csv", Everything()))
    assert (rows.height, faults.height, rows.columns[:3]) == (817, 0, ["Type", "Category", "Question"])
    (path,) = (real_data / "cnn_dailymail_val_subset").glob("*.csv")
    rows, faults = joined(
        batches(path, reading({"article": pl.String(), "highlights": pl.String()}, "article", "highlights"))
    )
    assert (rows.height, faults.height) == (1000, 0)
    assert rows["article"].str.len_chars().min() > 100  # type: ignore[operator]
