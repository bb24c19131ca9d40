"""What the compiled functions of this package work on: arrays of few types, and the package's stamp."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from curate.jit import stamp

Octets: TypeAlias = npt.NDArray[np.uint8]
Places: TypeAlias = npt.NDArray[np.int64]
Hashes: TypeAlias = npt.NDArray[np.uint64]
Points: TypeAlias = npt.NDArray[np.uint32]
Flags: TypeAlias = npt.NDArray[np.bool_]

BUILD = stamp(__file__)
