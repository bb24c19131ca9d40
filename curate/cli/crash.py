"""What the command line says where curate itself fails: one line, and a file for whoever mends it."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
import uuid
from pathlib import Path

from curate import __version__
from curate.errors import STEP

REPORT = "https://github.com/curate-sft/curate/issues"
_LONGEST = 300  # characters of the exception's own words


def debugging() -> bool:
    """Whether `CURATE_DEBUG` asks for raw tracebacks."""
    return os.environ.get("CURATE_DEBUG", "").lower() not in ("", "0", "false", "no")


def told(error: BaseException) -> str:
    """One line for people; for a bug the traceback is written to a file that the line names.

    What the machine lacks (space, memory, permission) is no bug, and is told as it is.
    """
    step = next((note.removeprefix(STEP) for note in getattr(error, "__notes__", ()) if note.startswith(STEP)), None)
    where = f" in step {step}" if step else ""
    if isinstance(error, MemoryError):
        return f"error: out of memory{where}: try --workers 1, or a smaller part with --limit"
    if isinstance(error, OSError):
        named = f": {error.filename}" if error.filename else ""
        return f"error: {error.strerror or error}{named}{where}"
    words = " ".join(str(error).split())
    words = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
    what = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return (
        f"internal error{where}: {what}. This is a bug in curate; please report it at {REPORT} with the traceback in "
        f"{_written(error)} (read it first: it may quote your data)"
    )


def _written(error: BaseException) -> str:
    """The file with the traceback and what it ran on, without the values of variables."""
    head = f"curate {__version__}, Python {platform.python_version()}, {platform.platform()}\n{' '.join(sys.argv)}\n\n"
    text = head + "".join(traceback.format_exception(error))
    for folder in (_cache_folder() / "errors", Path(tempfile.gettempdir())):
        path = folder / f"curate-{uuid.uuid4().hex[:12]}.txt"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return str(path)
    return "(it could not be written; CURATE_DEBUG=1 prints it)"


def _cache_folder() -> Path:
    """As `curate.cache.default_root`, which imports polars: the import may be what failed."""
    named = os.environ.get("CURATE_CACHE_DIR")
    if named:
        return Path(named).expanduser()
    import platformdirs  # noqa: PLC0415 - only where something failed

    return Path(platformdirs.user_cache_dir("curate"))
