"""The command line in a process of its own, within limits of the system, with what it took: time and memory.

    python tests/support/limited.py REPORT SECONDS BYTES ARGUMENT…

A hostile input must end in a message, not in the machine's last byte of memory: what a process may take is bounded from
outside, and what it took at most is written to REPORT when it ends, so that a test can hold it against a bound.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SECONDS = 120  # of CPU; far more than any hostile input may take, so that a slow machine fails no test
BYTES = 12 << 30  # of addresses: libraries reserve many more than they use


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Args:
        code: its exit code; negative where a signal ended it.
        out: what it wrote to stdout, and
        err: to stderr.
        seconds: CPU time, of its own and of its children.
        peak: bytes of memory that were resident at most, of its own or of one child.
    """

    code: int
    out: bytes
    err: bytes
    seconds: float
    peak: int


def run(*arguments: str | bytes, cwd: Path, environment: Mapping[str, str | bytes]) -> Ended:
    """Run `curate ARGUMENTS…`.

    Args:
        arguments: of the command line.
        cwd: the folder that it runs in.
        environment: all of it.

    Returns:
        How it ended; `seconds` and `peak` are 0 where a signal ended it.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        command = [sys.executable, __file__, str(report), str(SECONDS), str(BYTES), *arguments]
        done = subprocess.run(command, cwd=cwd, env=dict(environment), capture_output=True, check=False, timeout=600)
        took = report.read_text(encoding="ascii").split() if report.is_file() else ["0", "0"]
    return Ended(done.returncode, done.stdout, done.stderr, float(took[0]), int(took[1]))


def _main(report: Path, seconds: int, size: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    from curate.cli import main  # noqa: PLC0415 - what importing takes counts

    try:
        main()
    finally:
        own, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        taken = own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime
        report.write_text(f"{taken} {max(_peak(), below.ru_maxrss << 10)}", encoding="ascii")


def _peak() -> int:
    """Most bytes that were resident. `ru_maxrss` would count what this process was forked from as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.split("VmHWM:", 1)[1].split(None, 1)[0]) << 10


if __name__ == "__main__":
    given = sys.argv[1:4]
    sys.argv[1:4] = []
    _main(Path(given[0]), int(given[1]), int(given[2]))
