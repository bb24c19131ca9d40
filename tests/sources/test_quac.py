"""QuAC: groups, earlier turns and documents of another shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest


@pytest.mark.parametrize(
    ("document", "part"),
    [({"version": 1}, "data"), ({"data": [{}]}, "paragraphs"), ({"data": [3]}, "data"), ("text", "data")],
)
def test_documents_of_another_shape(made: Any, document: object, part: str) -> None:
    with pytest.raises(ValueError, match=f"no list of objects '{part}'"):
        made("quac").unpack(document)


def test_a_dialogue_without_id_is_grouped_by_its_passage(one: Any) -> None:
    def paragraph(context: str) -> dict[str, Any]:
        return {"context": context, "qas": [{"question": "q", "answers": [{"text": "a"}]}]}

    document = {"data": [{"paragraphs": [paragraph("A hen. CANNOTANSWER"), paragraph("a  HEN."), paragraph("A cow.")]}]}
    groups = one("quac", document).examples["group"].to_list()
    assert groups[0] == groups[1] != groups[2]


def test_real(real_data: Path, load: Any) -> None:
    loaded = load("quac", real_data / "quac_sample" / "quac_sample.json")
    assert (loaded.examples.height, loaded.faults.height) == (12, 0)
    assert loaded.examples["group"].n_unique() == 1
    assert loaded.examples["history"].list.len().to_list() == [0, 2, 4, 6, 8, 10] * 2
    assert loaded.examples.filter(pl.col("input").str.contains("CANNOTANSWER")).is_empty()
