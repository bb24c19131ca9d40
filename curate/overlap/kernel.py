"""How the compiled functions of this package are compiled: to machine code, kept on disk, outside Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar, cast
from zlib import crc32

import numba
import numpy as np
import numpy.typing as npt

Octets: TypeAlias = npt.NDArray[np.uint8]
Places: TypeAlias = npt.NDArray[np.int64]
Hashes: TypeAlias = npt.NDArray[np.uint64]
Points: TypeAlias = npt.NDArray[np.uint32]
Flags: TypeAlias = npt.NDArray[np.bool_]

_Function = TypeVar("_Function", bound=Callable[..., object])

# numba keeps a compiled function until the function's own file changes, though code of other files is compiled into it.
# A default is part of what numba keeps it under, so every kernel ends with `build: int = BUILD`.
BUILD = crc32(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))))


def kernel(function: _Function) -> _Function:
    """Compile a function of arrays when it is first called, and keep it for the next process."""
    return cast("_Function", numba.njit(cache=True, nogil=True)(function))


def helper(function: _Function) -> _Function:
    """Compile a function as a part of the kernels that call it."""
    return cast("_Function", numba.njit(nogil=True)(function))
