"""AQuA-RAT on the real questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_real(real_data: Path, load: Any) -> None:
    loaded = load("aqua_rat", *sorted(real_data.glob("aqua/*.json")))
    assert (loaded.examples.height, loaded.faults.height) == (508, 0)
    assert set(loaded.examples["meta"].str.json_path_match("$.answer")) == set("ABCDE")
    options = loaded.examples["meta"].str.json_path_match("$.option")
    assert not options.str.contains(r"^[A-E]\)").any()
    assert loaded.examples["instruction"].str.contains(r"\nA\).*\nB\)").all()
