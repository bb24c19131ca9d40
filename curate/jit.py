"""How kernels are compiled: to machine code, kept on disk for the next process, outside the interpreter's lock.

The first use on a machine takes seconds. That is said once a process and package to the logger `curate.jit` (level
INFO), which the command line shows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast
from zlib import crc32

from numba import njit
from numba.core import event

_Function = TypeVar("_Function", bound=Callable[..., Any])
_LOG = logging.getLogger(__name__)


def kernel(function: _Function) -> _Function:
    """Compile a function when it is first called, and keep it for the next process.

    Division by zero gives infinity or 0 as in numpy: Python's check for it keeps loops from becoming vector code.
    """
    return cast("_Function", njit(cache=True, nogil=True, error_model="numpy")(function))


def helper(function: _Function) -> _Function:
    """Compile a function as a part of the kernels that call it."""
    # Not kept by itself: a kept helper would not notice that a helper of its own has changed.
    return cast("_Function", njit(nogil=True, error_model="numpy")(function))


def stamp(module: str) -> int:
    """The checksum of all source files of a package, and of this one: what its kernels depend on.

    numba keeps a compiled function as long as its own file stays as it is, whatever happens to the helpers of other
    files that were compiled into it. A default is a part of what numba keeps it under, so each kernel ends with
    `build: int = BUILD`, and a package's BUILD is its stamp.

    Args:
        module: `__file__` of a module of the package.
    """
    sources = [Path(__file__), *sorted(Path(module).parent.glob("*.py"))]
    return crc32(b"".join(path.read_bytes() for path in sources))


class _Announcer(event.Listener):
    """Says that a package's kernels are compiled, when the first of them is; what is read from disk says nothing."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def on_start(self, event: Any) -> None:  # noqa: ANN401 - numba's own type
        package, _, _ = str(event.data["dispatcher"].py_func.__module__).rpartition(".")
        if package.startswith("curate.") and package not in self._said:
            self._said.add(package)
            _LOG.info("compiling the kernels of %s, once on this machine: some ten seconds", package)

    def on_end(self, event: Any) -> None:  # noqa: ANN401 - as above
        pass


event.register("numba:compile", _Announcer())  # type: ignore[no-untyped-call]
