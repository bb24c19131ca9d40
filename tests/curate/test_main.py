"""The program ends at once, with what was printed and with the code that the command line gave."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys
import curate.cli
from curate.__main__ import run
atexit.register(print, "an interpreter that shuts down in order")
def main():
    sys.stdout.write("said")
    sys.exit({argument})
curate.cli.main = main
run()
"""


@pytest.mark.parametrize(
    ("argument", "code", "told"), [("", 0, ""), ("0", 0, ""), ("3", 3, ""), ("'why'", 1, "why\n"), ("None", 0, "")]
)
def test_the_process_ends_with_the_code_of_the_command_line(argument: str, code: int, told: str) -> None:
    """Whatever `sys.exit` was given; nothing that was written is lost, and no shutdown runs."""
    program = PROGRAM.format(argument=argument)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (code, "said", told)
