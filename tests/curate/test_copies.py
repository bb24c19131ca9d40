"""Copy numbers: ids are unique and stable, whatever the files are called and wherever the cuts are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.cache import Cache
from curate.copies import Copies
from curate.engine.local import LocalEngine
from curate.example import EXAMPLE
from curate.passes import run
from curate.stage import Place, Settings
from curate.unit import load
from support.examples import cuts, frame, units

ID = ["0" * 31 + "1", "0" * 31 + "2", "f" * 32]
ROW = st.fixed_dictionaries(
    {
        "id": st.sampled_from(ID),
        "license": st.sampled_from([None, "mit", "apache-2.0"]),
        "meta": st.sampled_from([None, '{"n": 1}']),
        "digest": st.sampled_from([1, 2, 2**64 - 1]),
    }
)


def numbered(rows: list[dict[str, Any]], folder: Path, parts: Any = None, file: str = "x") -> pl.DataFrame:
    """The records after the step, sorted by id."""
    examples = frame(rows).with_columns(
        pl.Series("digest", [row.get("digest", 0) for row in rows], dtype=pl.UInt64), file=pl.lit(file)
    )
    after, _ = run(
        Copies(Settings(), Place("a.ids", 0)),
        units(examples, folder / "base", parts),
        LocalEngine(folder / "scratch"),
        Cache(folder),
    )
    frames = [load(unit, [*EXAMPLE, "digest", "row"]).drop("at") for unit in after]
    return pl.concat([pl.DataFrame(schema=EXAMPLE), *frames], how="diagonal").sort("id")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=14), seed=st.integers(0, 5))
def test_unique_and_stable(tmp_path: Path, rows: list[dict[str, Any]], seed: int) -> None:
    """Every record has its own id, the first of each kind its content's, for any order, cut and file name."""
    whole = numbered(rows, tmp_path)
    assert not whole["id"].is_duplicated().any()
    assert whole["id"].str.len_chars().is_in([32]).all()
    assert set(ID) & set(whole["id"]) == {row["id"] for row in rows}
    shuffled = numbered(rows, tmp_path, cuts(len(rows), seed, 3), "another name")
    assert shuffled.equals(whole)


def test_the_same_copies_in_a_larger_source(tmp_path: Path) -> None:
    """More records of other content change no id."""
    rows = [{"id": ID[0]}] * 3
    more = [*rows, {"id": ID[1]}, {"id": ID[2]}, {"id": ID[1]}]
    assert set(numbered(rows, tmp_path)["id"]) < set(numbered(more, tmp_path)["id"])


@pytest.mark.parametrize("count", [1, 2, 100])
def test_counts(tmp_path: Path, count: int) -> None:
    """N equal records have n ids, of which one is the content's own."""
    ids = Counter(numbered([{"id": ID[0]}] * count, tmp_path)["id"])
    assert (len(ids), ids[ID[0]]) == (count, 1)


def test_what_else_they_say_orders_copies(tmp_path: Path) -> None:
    """Copies under two licences keep their own id each, though files and rows change places."""
    one, two = {"id": ID[0], "license": "mit"}, {"id": ID[0], "license": "apache-2.0"}
    first = numbered([{**one, "digest": 1}, {**two, "digest": 2}], tmp_path)
    second = numbered([{**two, "digest": 1}, {**one, "digest": 2}], tmp_path)
    assert first.select("id", "license").equals(second.select("id", "license"))


def test_ids_that_share_a_half(tmp_path: Path) -> None:
    """Ids with the same first or last 64 bits are different records."""
    ids = ["a" * 16 + "0" * 16, "a" * 32, "0" * 16 + "a" * 16]
    assert sorted(numbered([{"id": one} for one in ids], tmp_path)["id"]) == sorted(ids)
