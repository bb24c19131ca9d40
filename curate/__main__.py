"""The program: `curate`, and `python -m curate`."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

# A build parses millions of JSON values into objects that hold no cycles; looking for cycles after every 700 of them,
# as Python does, takes a tenth of a build.
_GARBAGE_EVERY = 100_000


def run() -> NoReturn:
    """Run the command line, then end the process at once.

    Taking the interpreter down in order costs 0.1 s with polars and pyarrow loaded, and can end a finished build with
    "terminate called without an active exception": a reader thread of pyarrow, left by a stream that was not read to
    its end, meets an interpreter that is gone (https://github.com/apache/arrow/issues/45214). Everything that needs an
    orderly end (worker processes, locks, staging folders) has had it when the command returns.
    """
    gc.set_threshold(_GARBAGE_EVERY, 50, 100)
    from curate.cli import main  # noqa: PLC0415 - after the line above: imports make objects too

    code = 0
    try:
        main()
    except SystemExit as ended:
        code = _code(ended.code)
    leave(code)


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
