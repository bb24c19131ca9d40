"""Two versions of a small dataset, and a process that publishes them to a loopback Hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.build import make, write_data

TESTS = Path(__file__).parents[2]
Jobs = Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An old version and a new one, which differ in their rows."""
    recipe = write_data(tmp_path_factory.mktemp("small"))
    return make(recipe, attach=True).path, make(recipe, "split.test=0.3", attach=True).path


@pytest.fixture(scope="session")
def jobs(versions: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    """Has `support.publisher` do jobs, in one process."""
    home = tmp_path_factory.mktemp("home")
    old, new = map(str, versions)

    def run(asked: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        plain = {"old": old, "new": new, "call": "", "nth": 0, "fault": None}
        done = subprocess.run(
            [sys.executable, "-m", "support.publisher", str(home)],
            input="".join(json.dumps({**plain, **job}) + "\n" for job in asked),
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            cwd=TESTS,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
