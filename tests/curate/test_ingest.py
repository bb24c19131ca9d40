"""From batches to examples: every row is an example or a fault, whatever the adapter does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from curate.errors import CurateError
from curate.example import CONTENT
from curate.ingest import examples
from curate.reader import Batch
from support.adapters import Pairs, batches

LINES = b'{"question":"a","answer":"x"}\n{"question":1}\n{"question":"b"}\n{"question":"c","answer":"z"}\n'


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    (made,) = batches(tmp_path / "a.jsonl", Pairs())
    return made


def adapter(make: Callable[[pl.DataFrame], pl.DataFrame]) -> Pairs:
    """An adapter with this `examples`."""
    kind = type("Odd", (Pairs,), {"examples": lambda _, rows: make(rows)})
    return kind()  # type: ignore[no-any-return]


def test_examples_are_canonical_and_numbered(batch: Batch) -> None:
    """The columns are those of CONTENT and `row`; faults of reading come along."""
    made, faults = examples(Pairs(), batch)
    assert made.schema == {**CONTENT, "row": pl.Int64()}
    assert made.select("instruction", "output", "row").rows() == [("a", "x", 0), ("b", "", 2), ("c", "z", 3)]
    assert faults["row"].to_list() == [1]


def test_rows_that_the_adapter_refuses_are_faults_with_their_text(batch: Batch) -> None:
    """A FAULT reason takes its row out, with the start of the row, in the order of rows."""
    source = adapter(
        lambda rows: rows.select(
            instruction="question", fault=pl.when(pl.col("answer").is_null()).then(pl.lit("no answer"))
        )
    )
    made, faults = examples(source, batch)
    assert made["row"].to_list() == [0, 3]
    assert faults.rows()[0][:2] == (1, "`question` is a number (1), expected text")
    assert faults.rows()[1] == (2, "no answer", '{"question":"b","answer":null,"score":null}')


def test_all_rows_may_be_refused(batch: Batch) -> None:
    """No example left is an empty frame of the right types, not one row of nulls."""
    made, faults = examples(adapter(lambda rows: rows.select(fault=pl.repeat("no", pl.len()))), batch)
    assert (made.height, made.schema, faults.height) == (0, {**CONTENT, "row": pl.Int64()}, 4)


def test_a_batch_of_faults_alone(tmp_path: Path) -> None:
    """Where no row fits, the adapter is not asked."""
    (tmp_path / "a.jsonl").write_bytes(b'{"question":1}\n')
    (batch,) = batches(tmp_path / "a.jsonl", Pairs())
    made, faults = examples(adapter(lambda _: pytest.fail("asked")), batch)
    assert (made.height, faults.height) == (0, 1)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda rows: rows.select("nothing"), "raised ColumnNotFoundError"),
        (lambda _: {}["key"], "raised KeyError: 'key'"),
        (lambda rows: rows.head(1).select(instruction="question"), "made 1 examples of 3 rows, expected one a row"),
        (
            lambda rows: rows.select(instruction="question", fault="row"),
            "made a column `fault` of type Int64, expected text",
        ),
        (lambda rows: rows.select(history="question"), "made a column of a wrong type"),
        (lambda rows: rows.select("score"), "made none of the canonical columns"),
    ],
)
def test_a_broken_adapter_is_named_with_file_and_rows(
    batch: Batch, make: Callable[[pl.DataFrame], pl.DataFrame], says: str
) -> None:
    """Whatever goes wrong in an adapter is one error that says where, and that it is not the data."""
    with pytest.raises(CurateError) as caught:
        examples(adapter(make), batch)
    message = str(caught.value)
    assert message.startswith("a.jsonl: the adapter support.adapters ") or "the adapter" in message
    assert says in message
    assert "(rows 0 to 3)" in message
    assert "fault of the adapter" in message


def test_an_error_that_the_adapter_words_itself_stays_as_it_is(batch: Batch) -> None:
    """An adapter's own CurateError is not wrapped."""

    def refuse(_: pl.DataFrame) -> pl.DataFrame:
        raise CurateError("option x is not for these rows")

    with pytest.raises(CurateError, match=r"^option x is not for these rows$"):
        examples(adapter(refuse), batch)
