"""Alpaca and its relatives, on real rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curate.errors import SourceFault


def test_real_alpaca(real_data: Path, load: Any) -> None:
    loaded = load("alpaca", *sorted(real_data.glob("alpaca_en_full_chunks/*.json")))
    assert (loaded.examples.height, loaded.faults.height) == (52_002, 0)


def test_real_translation(real_data: Path, load: Any) -> None:
    files = sorted(real_data.glob("alpaca_zh_translated/*.json"))
    broken = [path for path in files if "9407-12345" in path.name]
    loaded = load("alpaca", *(path for path in files if path not in broken))
    assert (loaded.examples.height, loaded.faults.height) == (17_476, 0)
    with pytest.raises(SourceFault, match="line 14007"):
        load("alpaca", *broken)


def test_real_dolly_and_gpteacher(real_data: Path, load: Any) -> None:
    dolly = load("alpaca", *real_data.glob("dolly_3k_alpagasus/*.json"))
    assert (dolly.examples.height, dolly.faults.height) == (2_996, 0)
    assert dolly.examples["meta"].str.json_path_match("$.category").null_count() == 0
    gpteacher = load("alpaca", *real_data.glob("gpteacher/*/*.json"))
    assert (gpteacher.examples.height, gpteacher.faults.height) == (4_319, 0)
    assert "" not in set(gpteacher.examples["output"].head(100))


def test_real_rows_without_an_answer(real_data: Path, load: Any) -> None:
    loaded = load("alpaca", *real_data.glob("alpaca_de/evaluation/*.json"))
    assert loaded.examples.is_empty()
    assert set(loaded.faults["reason"]) == {"no 'output' (nor 'response')"}
