"""The contract of every metric found through the door."""

from __future__ import annotations

import inspect
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_series_equal
from pydantic import ValidationError
from ruamel.yaml import YAML

from curate import door, metric

TEXTS = ("Four.", "four", "4", r"\boxed{4}", "", " ", "The answer is 4", "北京", "a\nb", "x = 4", "...", "the")


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Every text held against every other one, and the rows that cannot be measured."""
    rows: list[dict[str, Any]] = [
        {"prediction": one, "references": [other, "4"][: 1 + number % 2], "id": str(number)}
        for one in TEXTS
        for number, other in enumerate(TEXTS)
    ]
    rows += [{"prediction": None, "references": ["4"]}, {"prediction": "4", "references": None}]
    rows += [{"prediction": "4", "references": []}, {"prediction": "4", "references": [None]}]
    rows += [{"prediction": "4", "references": [None, "4"]}]
    schema = {"prediction": pl.String, "references": pl.List(pl.String), "id": pl.String}
    return pl.DataFrame(rows, schema=schema)


@pytest.fixture(params=metric.names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_number_for_each_row_that_can_be_measured(name: str, frame: pl.DataFrame) -> None:
    found = metric.find(name)().measure(frame)
    assert (found.dtype, found.name, found.len()) == (pl.Float64, name, frame.height)
    assert found[-5:-1].to_list() == [None] * 4
    assert found[:-5].null_count() == 0
    assert found[-1] == 1.0
    assert found.min() == 0.0
    assert found.max() == 1.0
    if metric.find(name).binary:
        assert set(found.drop_nulls()) == {0.0, 1.0}


def test_a_row_counts_alone(name: str, frame: pl.DataFrame) -> None:
    measure = metric.find(name)()
    whole = measure.measure(frame)
    assert_series_equal(measure.measure(frame.reverse()), whole.reverse())
    assert_series_equal(measure.measure(frame[40:90]), whole[40:90])
    assert_series_equal(metric.find(name)(threads=2).measure(frame), whole)
    assert measure.measure(frame[:0]).len() == 0


def test_the_best_reference_counts(name: str) -> None:
    frame = pl.DataFrame({"prediction": ["4"] * 3, "references": [["5", "4"], ["4", "5"], ["4"]]})
    assert metric.find(name)().measure(frame).to_list() == [1.0, 1.0, 1.0]


def test_an_empty_prediction_is_a_failure_even_where_the_reference_is_empty(name: str) -> None:
    frame = pl.DataFrame({"prediction": ["", "", " \n"], "references": [["4"], [""], [""]]})
    assert metric.find(name)().measure(frame).to_list() == [0.0, 0.0, 0.0]


def test_settings_are_checked(name: str, frame: pl.DataFrame) -> None:
    found = metric.find(name)
    with pytest.raises(ValidationError, match="Extra inputs"):
        found.Settings.model_validate({"no such setting": 1})
    with pytest.raises(TypeError, match=f"settings of {name} are str"):
        found("none")
    with pytest.raises(ValueError, match="threads is 0"):
        found(threads=0)
    with pytest.raises(ValueError, match=rf"{name} needs the column 'prediction' \(there are: references, id\)"):
        found().measure(frame.drop("prediction"))
    with pytest.raises(ValueError, match=f"{name}: the column 'references' is of type String"):
        found().measure(frame.with_columns(references=pl.lit("4")))


def test_key_tells_all_that_the_result_depends_on(name: str) -> None:
    found = metric.find(name)
    assert found().key() == {
        "metric": name,
        "version": found.version,
        "settings": found.Settings().model_dump(mode="json"),
    }
    assert found(threads=2).key() == found().key()


def test_example_of_the_docstring_is_valid(name: str) -> None:
    found = metric.find(name)
    example = (inspect.getdoc(found) or "").partition("Example:")[2].strip().strip("`")
    said = YAML(typ="safe").load(example)["score"][name]
    found.Settings.model_validate(said)


def test_unknown_metric() -> None:
    with pytest.raises(KeyError, match="unknown metric 'rouge', did you mean 'rouge_l'"):
        metric.find("rouge")


PLUGIN = '''
"""How long."""
import polars as pl
from curate.metric import Metric

class Measure(Metric):
    """Bytes."""
    name = "length"
    reads = frozenset({"prediction", "limit"})

    def score(self, frame):
        return frame["prediction"].str.len_bytes() / frame["limit"]
'''


def test_a_package_adds_a_metric_through_the_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "more_metrics").mkdir()
    (tmp_path / "more_metrics" / "__init__.py").touch()
    (tmp_path / "more_metrics" / "length.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    built_in = list(door.entry_points(group="curate.metrics"))
    added = [*built_in, EntryPoint("more", "more_metrics", "curate.metrics")]
    monkeypatch.setattr(door, "entry_points", lambda group: added if group == "curate.metrics" else [])
    door.names.cache_clear()
    try:
        assert set(metric.names()) == {"exact_match", "length", "math_equal", "rouge_l"}
        frame = pl.DataFrame({"prediction": ["ab", None], "limit": [4, 4]})
        assert metric.find("length")().measure(frame).to_list() == [0.5, None]
    finally:
        door.names.cache_clear()
        for module in [module for module in sys.modules if module.startswith("more_metrics")]:
            del sys.modules[module]
