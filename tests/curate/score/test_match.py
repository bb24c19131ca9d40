"""Predictions find their record by task and input, and nothing else."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from curate.score.match import cut, index, key

TEXT = st.text(alphabet="a:1 \n.", max_size=4)
PAIRS = st.lists(st.tuples(TEXT, TEXT, st.sampled_from(["yes", "no", ""])), max_size=12)
COLUMNS = ["task", "input", "output"]


def frame(rows: list[tuple[str, str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


@given(PAIRS, PAIRS)
def test_a_record_finds_the_prediction_of_its_task_and_input(
    told: list[tuple[str, str, str]], records: list[tuple[str, str, str]]
) -> None:
    found = frame(records).with_columns(key().alias("match")).join(index(frame(told)), on="match", how="left")
    for task, given_, _, _, prediction, versions in found.iter_rows():
        fitting = sorted(answer for t, i, answer in told if (t, i) == (task, given_))
        assert prediction == (fitting[0] if fitting else None)
        assert (versions or 0) == len(set(fitting))


@given(PAIRS, st.data())
def test_the_order_of_predictions_has_no_say(told: list[tuple[str, str, str]], chance: st.DataObject) -> None:
    assert index(frame(told)).equals(index(frame(chance.draw(st.permutations(told)))))


def test_no_task_is_the_empty_task() -> None:
    both = pl.DataFrame({"task": [None, ""], "input": ["x", "x"]}).select(key())
    assert both.to_series().n_unique() == 1


@given(st.text(alphabet="ab\n", max_size=8), st.sampled_from(["", "\n\n", "ab", "b"]))
def test_a_prediction_ends_before_the_first_occurrence(text: str, until: str) -> None:
    found = pl.DataFrame({"p": [text, None]}).select(cut(pl.col("p"), until)).to_series().to_list()
    assert found == [text.split(until, maxsplit=1)[0] if until else text, None]
