"""Parquet and Arrow: typed against the source, cut by row groups, damaged files named."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.errors import SourceFault
from curate.reader import cut
from curate.source import JSON, SCALAR, RowType
from support.adapters import Everything, Pairs, batches, joined, reading

TABLE = pa.table(
    {"question": [f"q{n}" for n in range(100)], "score": pa.array(range(100), pa.int32()), "more": [b"x"] * 100}
)


def parquet(path: Path, table: pa.Table = TABLE) -> None:
    pq.write_table(table, path, row_group_size=30)


def arrow_file(path: Path, table: pa.Table = TABLE) -> None:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=30)


def arrow_stream(path: Path, table: pa.Table = TABLE) -> None:
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=30)


def packed_parquet(path: Path, table: pa.Table = TABLE) -> None:
    parquet(path, table)
    path.write_bytes(gzip.compress(path.read_bytes()))


WRITERS = [parquet, arrow_file, arrow_stream, packed_parquet]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(("size", "batch_rows", "limit"), [(1 << 26, 65536, None), (1, 7, None), (1 << 26, 40, 55)])
def test_rows_do_not_depend_on_spans_and_batches(
    tmp_path: Path, write: Any, size: int, batch_rows: int, limit: int | None
) -> None:
    """Every format gives the same typed rows, numbered through the file, with null for a column it lacks."""
    path = tmp_path / "data.bin"  # the content says what it is
    write(path)
    rows, faults = joined(batches(path, Pairs(), limit=limit, size=size, batch_rows=batch_rows))
    assert faults.is_empty()
    assert rows.schema == {
        "question": pl.String,
        "answer": pl.String,
        "score": pl.Float64,
        "file": pl.String,
        "row": pl.Int64,
    }
    assert rows.rows() == [(f"q{n}", None, float(n), "data.bin", n) for n in range(limit or 100)]


def test_spans_are_runs_of_row_groups(tmp_path: Path) -> None:
    """Row groups go together until they hold the wished size, and each span knows its first row."""
    path = tmp_path / "a.parquet"
    parquet(path)
    assert [(span.start, span.stop, span.row) for span in cut(path, "a", Pairs(), size=1)] == [
        (0, 1, 0),
        (1, 2, 30),
        (2, 3, 60),
        (3, 4, 90),
    ]
    group = pq.read_metadata(path).row_group(0).total_byte_size
    assert [(span.start, span.stop) for span in cut(path, "a", Pairs(), size=group * 3 // 2)] == [(0, 2), (2, 4)]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("keep", [0, 3, 11, 200, -1])
def test_a_truncated_file_is_a_fault(tmp_path: Path, write: Any, keep: int) -> None:
    """A file cut short is one fault of the whole file, wherever it was cut."""
    path = tmp_path / ("data.parquet" if "parquet" in write.__name__ else "data.arrow")
    write(path)
    path.write_bytes(path.read_bytes()[:keep])
    if write is arrow_stream and keep == -1:
        return  # the last byte of the mark that ends a stream may be missing
    with pytest.raises(SourceFault, match=r"damaged|empty|expected"):
        batches(path, Pairs())


def test_a_flipped_byte_in_a_page_is_a_fault(tmp_path: Path) -> None:
    """Damage that shows only when the data is read is reported too."""
    path = tmp_path / "a.parquet"
    parquet(path)
    data = bytearray(path.read_bytes())
    data[4:60] = b"\xff" * 56
    path.write_bytes(data)
    with pytest.raises(SourceFault, match="not readable as Parquet"):
        batches(path, Pairs())


@pytest.mark.parametrize(
    ("types", "column", "says"),
    [
        ({"a": pl.String()}, [1], "column `a` is Int64, expected text"),
        ({"a": pl.Int64()}, ["1"], "column `a` is String, expected a whole number"),
        ({"a": pl.Int64()}, [0.5], "column `a` is Float64, expected a whole number"),
        ({"a": pl.List(pl.String)}, ["x"], "column `a` is String, expected a list of texts"),
        ({"a": pl.Struct({"k": pl.String})}, [{"k": 1}], "expected an object with k"),
        ({"a": SCALAR}, [["x"]], "expected text, a number or a boolean"),
    ],
)
def test_a_column_of_another_type_is_a_fault_of_the_file(
    tmp_path: Path, types: dict[str, RowType], column: list[Any], says: str
) -> None:
    """A type that can never fit is said once, not row by row."""
    parquet(tmp_path / "a.parquet", pa.table({"a": column}))
    with pytest.raises(SourceFault, match=says):
        batches(tmp_path / "a.parquet", reading(types))


def test_casts_keep_what_values_say(tmp_path: Path) -> None:
    """Dictionaries, narrow numbers, scalars, JSON, and structs with fields in another order arrive as declared."""
    table = pa.table(
        {
            "text": pa.array(["a", "b"]).dictionary_encode(),
            "float": pa.array([1, None], pa.int8()),
            "scalar": pa.array([1.5, 51.0]),
            "json": pa.array([{"d": date(2020, 1, 2), "l": [1]}, None]),
            "list": pa.array([[1, None], []], pa.list_(pa.int32())),
            "struct": pa.array([{"z": [{"n": 1, "m": "x"}], "y": "t"}, None]),
            "null": pa.nulls(2),
        }
    )
    parquet(tmp_path / "a.parquet", table)
    turn = pl.Struct({"m": pl.String, "n": pl.Int64, "new": pl.String})
    source = reading(
        {
            "text": pl.String(),
            "float": pl.Float64(),
            "scalar": SCALAR,
            "json": JSON,
            "list": pl.List(pl.Float64),
            "struct": pl.Struct({"y": pl.String, "z": pl.List(turn)}),
            "null": pl.List(pl.String),
        }
    )
    (batch,) = batches(tmp_path / "a.parquet", source)
    assert [batch.frame.schema[key] for key in ("struct", "null")] == [source.row["struct"], source.row["null"]]  # type: ignore[index]
    assert batch.frame.drop("file", "row").rows() == [
        (
            "a",
            1.0,
            "1.5",
            '{"d":"2020-01-02","l":[1]}',
            [1.0, None],
            {"y": "t", "z": [{"m": "x", "n": 1, "new": None}]},
            None,
        ),
        ("b", None, "51.0", None, [], None, None),
    ]


def test_required_nulls_and_lost_numbers_are_faults_of_their_rows(tmp_path: Path) -> None:
    """Null in a required column, and a number that does not fit its type, cost their row."""
    table = pa.table({"q": ["a", None, "c"], "n": pa.array([1, 2, 1 << 40], pa.int64())})
    parquet(tmp_path / "a.parquet", table)
    rows, faults = joined(batches(tmp_path / "a.parquet", reading({"q": pl.String(), "n": pl.Int32()}, "q")))
    assert rows.select("q", "n", "row").rows() == [("a", 1, 0)]
    assert faults.rows() == [
        (1, "`q` is null", '{"q":null,"n":2}'),
        (2, "`n` is a number (1099511627776), too large for Int32", '{"q":"c","n":1099511627776}'),
    ]


def test_missing_columns(tmp_path: Path) -> None:
    """A required column that is missing is named, with those that are there."""
    parquet(tmp_path / "a.parquet", pa.table({"answer": ["a"]}))
    with pytest.raises(SourceFault, match=r"there is no column `question` \(found: answer\)"):
        batches(tmp_path / "a.parquet", Pairs())
    parquet(tmp_path / "b.parquet", pa.table({"other": ["a"]}))
    with pytest.raises(SourceFault, match="none of the columns that the source reads: a"):
        batches(tmp_path / "b.parquet", reading({"a": pl.String()}))


def test_every_column_where_none_is_declared(tmp_path: Path) -> None:
    """Without declared types all columns keep their own; dictionaries become text, the reader's names are spared."""
    parquet(tmp_path / "a.parquet", pa.table({"file": ["f"], "n": [1], "d": pa.array(["x"]).dictionary_encode()}))
    (batch,) = batches(tmp_path / "a.parquet", Everything())
    assert batch.frame.rows(named=True) == [{"file_": "f", "n": 1, "d": "x", "file": "a.parquet", "row": 0}]
    assert batch.frame.schema["d"] == pl.String


def test_a_file_without_rows_has_none(tmp_path: Path) -> None:
    """No row groups, no batches."""
    parquet(tmp_path / "a.parquet", TABLE.slice(0, 0))
    assert batches(tmp_path / "a.parquet", Pairs()) == []
