"""The rows of a version: copies, the fingerprint, shards, and the bytes of the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from curate import parquet
from curate.engine.local import LocalEngine
from curate.example import MESSAGE
from curate.parquet import write_parquet, write_splits
from curate.rows import ABOUT, Columns, Seal, row_hash, rows_of, seal
from curate.unit import Unit
from support.examples import cuts, frame, units

COLUMNS: Columns = {"prompt": pl.String(), "completion": pl.String(), **ABOUT}


def finished(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Examples after split, sample and format."""
    extra = {
        "prompt": pl.Series([row.get("prompt", "p") for row in rows], dtype=pl.String),
        "completion": pl.Series([row.get("completion", "c") for row in rows], dtype=pl.String),
        "split": pl.Series([row.get("split") for row in rows], dtype=pl.String),
        "repeat": pl.Series([row.get("repeat") for row in rows], dtype=pl.UInt32),
    }
    return frame(rows).with_columns(**extra)


def engine(folder: Path) -> LocalEngine:
    return LocalEngine(folder / "scratch")


def sealed(made: list[Unit], folder: Path, columns: Columns = COLUMNS) -> Seal:
    return seal(made, columns, engine(folder))


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "prompt": st.text(max_size=5),
            "split": st.sampled_from([None, "train", "test"]),
            "repeat": st.none() | st.integers(1, 4),
            "license": st.sampled_from([None, "", "mit"]),
        }
    ),
    max_size=15,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, seed=st.integers(0, 5))
def test_seal_in_slow_python(tmp_path: Path, rows: list[dict[str, Any]], seed: int) -> None:
    """The fingerprint is the sum of the rows' hashes, copies of train rows included, for any cut; the counts fit."""
    examples = finished(rows)
    found = sealed(units(examples, tmp_path / "base", cuts(len(rows), seed, 3)), tmp_path)

    def framed(text: str) -> str:
        return f"{len(text.encode())}:{text}"

    def hashed(text: str | None) -> str:
        return "-" if text is None else str(xxhash.xxh3_128_intdigest(text.encode()))

    total, out, repeated = 0, {}, 0
    for row in examples.to_dicts():
        split = row["split"] or "train"
        times = (row["repeat"] or 1) if split == "train" else 1
        repeated += times - 1
        for copy in range(1, times + 1):
            record_id = row["id"] if copy == 1 else f"{row['id']}-{copy}"
            references = f"[{len(row['references'])}:" + "".join(map(framed, row["references"]))
            texts = [split, row["prompt"], row["completion"], record_id, row["source"], row["task"], row["group"]]
            texts += [row["license"], row["origin"], references, row["meta"]]
            total += xxhash.xxh3_128_intdigest(",".join(map(hashed, texts)).encode())
            key = ("a", split, row["license"] or "unknown", "unknown")
            out[key] = out.get(key, 0) + 1
    assert found.total == total % 2**128
    assert dict(found.out) == out
    assert sum(found.repeated.values()) == repeated
    assert sum(found.rows.values()) == sum(out.values())
    assert {split for split, rows in found.rows.items() if rows} == {split for _, split, _, _ in out}


def test_repeat_ids(tmp_path: Path) -> None:
    """Train rows stand as often as they are repeated, with the ids `<id>-2` on; test rows stand once."""
    rows = [{"id": "a" * 32, "repeat": 11}, {"id": "b" * 32, "repeat": 3, "split": "test"}, {"id": "c" * 32}]
    (unit,) = units(finished(rows), tmp_path)
    found = rows_of(unit, COLUMNS)
    assert found["id"].to_list() == ["a" * 32, *(f"{'a' * 32}-{n}" for n in range(2, 12)), "b" * 32, "c" * 32]
    assert found.columns == [*COLUMNS, "split"]
    assert found["split"].to_list() == ["train"] * 11 + ["test", "train"]


def test_no_licence_and_an_empty_one_are_counted_together(tmp_path: Path) -> None:
    """Rows with a null, an empty and an `unknown` licence are three rows of the licence `unknown`."""
    made = units(finished([{"license": text} for text in (None, "", "unknown")]), tmp_path / "base")
    assert dict(sealed(made, tmp_path).out) == {("a", "train", "unknown", "unknown"): 3}


def test_version_depends_on_content_split_and_columns(tmp_path: Path) -> None:
    """Another text, split, repeat, column name or type is another version; order and cut are not."""
    rows: list[dict[str, Any]] = [{"prompt": str(n), "split": "test" if n % 3 == 0 else "train"} for n in range(9)]

    def version(changed: list[dict[str, Any]], columns: Columns = COLUMNS, parts: Any = None) -> str:
        made = units(finished(changed), tmp_path / "base", parts)
        return sealed(made, tmp_path, columns).version(columns)

    first = version(rows)
    assert len(first) == 16
    assert version(rows, parts=cuts(9, 1, 4)) == first
    assert version(rows, {name: COLUMNS[name] for name in COLUMNS}) == first
    others = [
        version([{**row, "prompt": "8x"} if row["prompt"] == "8" else row for row in rows]),
        version([{**row, "split": "test"} for row in rows]),
        version([{**row, "split": "dev" if row["split"] == "test" else "train"} for row in rows]),
        version([{**row, "repeat": 2} for row in rows]),
        version(rows[:-1]),
        version(rows, {"completion": pl.String(), "prompt": pl.String(), **ABOUT}),
        version(rows, {**COLUMNS, "tools": pl.String()}),
        version([{**row, "license": "mit"} for row in rows]),
    ]
    assert len({first, *others}) == 1 + len(others)


def test_row_hash_of_a_row_that_was_written(tmp_path: Path) -> None:
    """A row read back from Parquet has the hash that it had in its unit: nulls, lists, dialogues and all."""
    turn = {"role": "user", "content": "Hi\x00🦆", "name": None, "tool_calls": "[]", "tool_call_id": ""}
    columns: Columns = {"messages": pl.List(MESSAGE), "tools": pl.String(), **ABOUT}
    rows = frame([{"meta": "{}", "references": ["x", None, ""]}, {"group": ""}, {}]).with_columns(
        messages=pl.Series([[turn], [], None], dtype=pl.List(MESSAGE))
    )
    before = rows.select(row_hash(columns, pl.lit("train")).alias("hash"))["hash"]
    write_parquet(rows.select(*columns), tmp_path / "x.parquet")
    again = pl.DataFrame(pl.from_arrow(pq.read_table(tmp_path / "x.parquet")))
    assert again.select(row_hash(columns, pl.lit("train")).alias("hash"))["hash"].to_list() == before.to_list()


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("limit", [1, 40, 150, 10_000])
def test_shards(limit: int, pieces: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many shards, even empty ones: the rows in the order of the files are those of one file, sorted by id."""
    rows = [
        {"prompt": "x" * 10, "completion": "", "split": ["train", "train", "test", "dev_2"][n % 4], "repeat": 1 + n % 2}
        for n in range(21)
    ]
    made = units(finished(rows), tmp_path / "base", cuts(len(rows), 1, pieces))
    whole = sealed(made, tmp_path)
    monkeypatch.setattr(parquet, "SHARD_BYTES", limit)
    assert sealed(made, tmp_path) == whole
    folder = tmp_path / "data"
    folder.mkdir()
    paths = write_splits(made, COLUMNS, folder, tmp_path / "shuffle", engine(tmp_path))
    assert sorted(folder.iterdir()) == sorted(paths)
    for split in ("train", "test", "dev_2"):
        mine = [path for path in paths if path.name.startswith(f"{split}-")]
        expected = 1 + whole.bytes[split] // limit
        assert [path.name for path in mine] == [f"{split}-{n:05d}-of-{expected:05d}.parquet" for n in range(expected)]
        found = pl.concat([pl.read_parquet(path) for path in mine])
        everything = pl.concat([rows_of(unit, COLUMNS) for unit in made])
        assert_frame_equal(found, everything.filter(pl.col("split") == split).drop("split").sort("id"))


def test_equal_frames_make_equal_files(tmp_path: Path) -> None:
    """Two writes are the same bytes, however the frame lies in memory."""
    examples = frame({"instruction": f"some text {n}", "references": [str(n)] * (n % 3)} for n in range(25_000))
    chunks = pl.concat([examples.head(7), examples.slice(7, 12_000), examples.slice(12_007)], rechunk=False)
    write_parquet(examples, tmp_path / "one")
    write_parquet(chunks, tmp_path / "two")
    assert chunks.n_chunks() == 3
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    file = pq.ParquetFile(tmp_path / "one")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [10_000, 10_000, 5_000]
    assert str(file.schema_arrow.field("instruction").type) == "string"
    assert file.schema_arrow.metadata is None
