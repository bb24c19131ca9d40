"""`curate.hashing` against python-xxhash and plain Python."""

from __future__ import annotations

import json
import struct
from typing import Any

import polars as pl
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.hashing import canonical_hash, digest, halves, hash64, hash128, hex128, order64, rank64, sum128

TEXT = st.text(max_size=40)
INNER = pl.Struct({"role": pl.String, "content": pl.String})
COLUMNS: dict[str, pl.DataType] = {
    "plain": pl.String(),
    "list": pl.List(pl.String),
    "turns": pl.List(INNER),
    "score": pl.Float64(),
    "number": pl.Int64(),
    "small": pl.UInt32(),
    "flag": pl.Boolean(),
}
ROW = st.fixed_dictionaries(
    {
        "plain": st.none() | TEXT,
        "list": st.none() | st.lists(st.none() | TEXT, max_size=13),
        "turns": st.none()
        | st.lists(
            st.none() | st.fixed_dictionaries({"role": st.none() | TEXT, "content": st.none() | TEXT}), max_size=3
        ),
        "score": st.none() | st.floats(allow_nan=False),
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "small": st.none() | st.integers(0, 2**32 - 1),
        "flag": st.none() | st.booleans(),
    }
)


def text_of(value: Any, dtype: pl.DataType) -> str | None:
    """The text of one value as the module states it, in slow Python."""
    if value is None:
        return None
    if isinstance(dtype, pl.List):
        return f"[{len(value)}:" + "".join(framed(text_of(item, dtype.inner)) for item in value)  # type: ignore[arg-type]
    if isinstance(dtype, pl.Struct):
        return "{" + "".join(framed(text_of(value[field.name], field.dtype)) for field in dtype.fields)  # type: ignore[arg-type]
    if dtype == pl.Float64:
        return str(struct.unpack("<q", struct.pack("<d", value))[0])
    if dtype == pl.Boolean:
        return "true" if value else "false"
    return str(value)


def told(value: Any) -> str:
    """A value as text, whatever the order of its keys; tells 0.0 from -0.0, as the bits do."""
    return json.dumps(value, sort_keys=True)


def framed(text: str | None) -> str:
    return "-" if text is None else f"{len(text.encode())}:{text}"


def slow_hash(row: dict[str, Any], columns: dict[str, pl.DataType], head: str) -> int:
    texts = [head, *(text_of(row[name], dtype) for name, dtype in columns.items())]
    hashes = ["-" if text is None else str(xxhash.xxh3_128_intdigest(text.encode())) for text in texts]
    return xxhash.xxh3_128_intdigest(",".join(hashes).encode())


def hashes_of(rows: list[dict[str, Any]], columns: dict[str, pl.DataType], head: str = "head") -> list[int]:
    frame = pl.DataFrame(rows, schema=columns)
    return frame.select(canonical_hash(list(columns.items()), pl.lit(head)).alias("hash"))["hash"].to_list()


@given(st.lists(st.none() | st.text(), max_size=30))
def test_text_hashes_are_xxh3(texts: list[str | None]) -> None:
    """64 and 128 bits of each text are xxh3's, byte for byte, and null stays null."""
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    found = frame.select(hash64(pl.col("text")).alias("short"), hash128(pl.col("text")).alias("long"))
    assert (found.schema["short"], found.schema["long"]) == (pl.UInt64, pl.UInt128)
    raw = [None if text is None else text.encode() for text in texts]
    assert found["short"].to_list() == [None if b is None else xxhash.xxh3_64_intdigest(b) for b in raw]
    assert found["long"].to_list() == [None if b is None else xxhash.xxh3_128_intdigest(b) for b in raw]


@pytest.mark.parametrize("length", [0, 1, 3, 4, 8, 9, 16, 17, 128, 129, 240, 241, 1024, 4096, 100_000])
def test_text_hashes_of_all_lengths(length: int) -> None:
    """xxh3 takes another path at 16, 128 and 240 bytes and beyond: each agrees."""
    text = "é" * (length // 2) + "x" * (length % 2)
    found = pl.select(hash64(pl.lit(text)).alias("a"), hash128(pl.lit(text)).alias("b")).row(0)
    assert found == (xxhash.xxh3_64_intdigest(text.encode()), xxhash.xxh3_128_intdigest(text.encode()))


@given(st.lists(st.integers(0, 2**128 - 1), max_size=50))
def test_hex_and_halves(numbers: list[int]) -> None:
    """Hex digits and halves of 128-bit numbers are Python's, also of none and with leading zeros."""
    series = pl.Series("id", numbers, dtype=pl.UInt128)
    assert hex128(series).to_list() == [f"{number:032x}" for number in numbers]
    assert hex128(series).name == "id"
    high, low = halves(series)
    assert [int(a) << 64 | int(b) for a, b in zip(high, low, strict=True)] == numbers


@given(st.integers(-(2**63), 2**63), st.text(max_size=20), st.lists(st.text(max_size=32), min_size=1, max_size=9))
def test_rank_is_the_hash_of_seed_label_and_id(seed: int, label: str, ids: list[str]) -> None:
    """A rank depends on the recipe's seed, the step's label and the id, with U+001F between them."""
    found = pl.DataFrame({"key": ids}).select(rank64(seed, label, "key").alias("rank"))["rank"].to_list()
    assert found == [xxhash.xxh3_64_intdigest(f"{seed}\x1f{label}\x1f{one}".encode()) for one in ids]


@given(st.lists(st.integers(0, 2**128 - 1), max_size=60), st.integers(0, 60), st.randoms())
def test_sum_ignores_order_and_cuts(numbers: list[int], cut: int, random: Any) -> None:
    """The sum modulo 2**128 is the same for any order and any cut of the rows, with repeated rows counted."""
    expected = sum(numbers) % 2**128
    shuffled = list(numbers)
    random.shuffle(shuffled)
    parts = [pl.Series("h", part, dtype=pl.UInt128) for part in (shuffled[:cut], shuffled[cut:])]
    assert sum128(parts) == expected
    assert sum(sum128([part]) for part in parts) % 2**128 == expected


def test_sum_of_many_largest_values() -> None:
    """Carries survive where each half would overflow 64 bits."""
    rows = 5_000
    assert sum128([pl.Series([2**128 - 1] * rows, dtype=pl.UInt128)]) == (-rows) % 2**128


@given(st.lists(st.integers(0, 2**128 - 1), min_size=2, max_size=40, unique_by=lambda number: number >> 64))
def test_order64_orders_as_ids_do(numbers: list[int]) -> None:
    """Sorting by the 8 bytes is sorting by the id."""
    frame = pl.DataFrame({"id": [f"{number:032x}" for number in numbers]}).with_columns(order64().alias("order"))
    assert frame.schema["order"] == pl.UInt64
    assert frame.sort("order")["id"].to_list() == sorted(frame["id"].to_list())


@settings(max_examples=150)
@given(st.lists(ROW, min_size=1, max_size=6), TEXT)
def test_canonical_hash_in_slow_python(rows: list[dict[str, Any]], head: str) -> None:
    """The hash over every kind of column is the stated one."""
    assert hashes_of(rows, COLUMNS, head) == [slow_hash(row, COLUMNS, head) for row in rows]


@settings(max_examples=150)
@given(ROW, ROW)
def test_different_rows_have_different_hashes(one: dict[str, Any], two: dict[str, Any]) -> None:
    """Two rows share their hash only if they are the same."""
    first, second = hashes_of([one, two], COLUMNS)
    assert (first == second) == (told(one) == told(two))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"list": ["abc" + "0:" * 9 + "--"]}, {"list": ["abc", *[""] * 9, None, None]}),
        ({"plain": None}, {"plain": ""}),
        ({"plain": None}, {"plain": "-"}),
        ({"list": None}, {"list": []}),
        ({"list": []}, {"list": [None]}),
        ({"list": [""]}, {"list": [None]}),
        ({"list": ["a", "b"]}, {"list": ["ab"]}),
        ({"turns": [None]}, {"turns": [{"role": None, "content": None}]}),
        ({"turns": [{"role": "ab", "content": "c"}]}, {"turns": [{"role": "a", "content": "bc"}]}),
        ({"score": 0.0}, {"score": -0.0}),
    ],
)
def test_near_misses_differ(one: dict[str, Any], two: dict[str, Any]) -> None:
    """What is nearly the same is not the same; the first pair is 1 item of 23 bytes and 12 items."""
    empty = dict.fromkeys(COLUMNS)
    first, second = hashes_of([{**empty, **one}, {**empty, **two}], COLUMNS)
    assert first != second


def test_no_text_moves_between_columns() -> None:
    """("ab", "c") is not ("a", "bc"), and the head is not a column."""
    columns: dict[str, pl.DataType] = {"x": pl.String(), "y": pl.String()}
    rows = [{"x": "ab", "y": "c"}, {"x": "a", "y": "bc"}, {"x": "abc", "y": None}, {"x": None, "y": "abc"}]
    assert len(set(hashes_of(rows, columns))) == len(rows)
    assert hashes_of(rows, columns, "one") != hashes_of(rows, columns, "two")


def test_digest_of_json() -> None:
    """Keys are sorted, everything else counts."""
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": ["2"]})
    assert (len(digest(None)), len(digest(None, 8))) == (32, 16)
