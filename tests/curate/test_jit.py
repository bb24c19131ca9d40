"""Kernels: what their stamp depends on, and that compiling them is told of once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from curate.jit import stamp

SCRIPT = """
import numpy as np
from curate.cli.progress import display
from curate.minhash.band import digest
from curate.minhash.signature import empty_signatures
from curate.overlap.lookup import _filter

with display():
    _filter(np.zeros(1, np.uint64), 64)
    digest(empty_signatures(1, 16), 2, 8)
    _filter(np.zeros(1, np.uint64), 64)
"""
PACKAGES = ("curate.overlap", "curate.minhash")


def test_a_stamp_changes_with_any_file_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    before = stamp(str(tmp_path / "one.py"))
    (tmp_path / "two.py").write_text("b = 1\n")
    assert stamp(str(tmp_path / "one.py")) == stamp(str(tmp_path / "two.py")) != before


def test_compiling_is_told_once_and_only_when_it_happens(tmp_path: Path) -> None:
    """The first process says so on stderr, once a package; the second reads what the first kept and says nothing."""
    first, second = (
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "COLUMNS": "200"},
        )
        for _ in range(2)
    )
    assert first.stdout == second.stdout == second.stderr == ""
    said = [f"compiling the kernels of {name}, once on this machine: some ten seconds" for name in PACKAGES]
    assert first.stderr.splitlines() == said
