"""The program: `curate`, and `python -m curate`."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import NoReturn

# A build parses millions of JSON values into objects that hold no cycles; looking for cycles after every 700 of them,
# as Python does, takes a tenth of a build.
_GARBAGE_EVERY = 100_000

_INTERRUPTED = 130


def run() -> NoReturn:
    """Run the command line, then end the process at once.

    Taking the interpreter down in order costs 0.1 s with polars and pyarrow loaded, and can end a finished build with
    "terminate called without an active exception": a reader thread of pyarrow, left by a stream that was not read to
    its end, meets an interpreter that is gone (https://github.com/apache/arrow/issues/45214). Everything that needs an
    orderly end (worker processes, locks, staging folders) has had it when the command returns.
    """
    gc.set_threshold(_GARBAGE_EVERY, 50, 100)
    stopped = _Stopped()
    code = 0
    try:
        signal.signal(signal.SIGTERM, stopped)
        from curate.cli import main  # noqa: PLC0415 - after the first line: imports make objects too

        main()
    except SystemExit as ended:
        code = _code(ended.code)
    except KeyboardInterrupt:  # before the command line could answer it, or again while it did
        code = _INTERRUPTED
    leave(stopped.code if code == _INTERRUPTED else code)


class _Stopped:
    """What SIGTERM does: the same as Ctrl-C, so that nothing half is left; only the exit code is another."""

    code = _INTERRUPTED

    def __call__(self, number: int, _frame: object) -> None:
        self.code = 128 + number  # as shells count the end by a signal
        raise KeyboardInterrupt


def leave(code: int) -> NoReturn:
    """End the process now, with all that was printed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _code(said: object) -> int:
    """What the interpreter would make of the argument of `sys.exit`."""
    if said is None:
        return 0
    if isinstance(said, int):
        return said
    sys.stderr.write(f"{said}\n")
    return 1


if __name__ == "__main__":
    run()
