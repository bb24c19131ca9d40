"""Fixtures of the stages' tests."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from curate.collect import Intake


@pytest.fixture
def recipe_of_nothing(tmp_path: Path) -> tuple[SimpleNamespace, Intake]:
    """A recipe with one source, and what came of it: ten rows."""
    return SimpleNamespace(sources={"a": None}), Intake([], [], [], rows_in={"a": 10})
