"""Kernels: what their stamp depends on, and that compiling them is told of once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from curate.jit import stamp

SCRIPT = """
import os
from curate.cli.progress import display
from curate.jit import kernel

@kernel
def _twice(value):
    return 2 * value

@kernel
def _thrice(value):
    return 3 * value

for function in (_twice, _thrice):  # as if they stood in the package
    function.py_func.__module__ = "curate.example_package.module"
with display():
    _twice(1), _thrice(1), _twice(2)
_twice(1.0)
"""


def test_a_stamp_changes_with_any_file_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    before = stamp(str(tmp_path / "one.py"))
    (tmp_path / "two.py").write_text("b = 1\n")
    assert stamp(str(tmp_path / "one.py")) == stamp(str(tmp_path / "two.py")) != before


def test_compiling_is_told_once_and_only_when_it_happens(tmp_path: Path) -> None:
    """The first process says so on stderr, once; the second reads what the first kept and says nothing."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(script)]
    first, second = (
        subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
        )
        for _ in range(2)
    )
    assert first.stdout == second.stdout == ""
    said = "compiling the kernels of curate.example_package, once on this machine: some ten seconds"
    assert " ".join(first.stderr.split()) == said
    assert second.stderr == ""
