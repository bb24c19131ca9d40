"""Thin out vectors: best first, each stays unless one that stays is nearer than a threshold.

What stays holds no pair above the threshold, and what goes was compared with the one that stays instead: there are no
chains. That is the difference to clusters of everything that hangs together, which in a space of meaning soon hold most
of a data set (`benchmarks/README.md` has figures).

Every vector is compared with all better ones that stay, so the work grows with n²/2 where few go. A bound over short
vectors (`curate.embedding.bound`) spares nearly all of it; what it cannot tell apart is decided on whole numbers:
cosine = dot / sqrt(square x square), where dot and squares are exact. So the result depends neither on blocks nor on
threads nor on the machine. Memory: the vectors, the short vectors twice, 24 bytes a row; no list of pairs.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from curate.embedding.bound import STEP, short, slack
from curate.embedding.kernel import BUILD, estimate
from curate.embedding.quantise import norms
from curate.jit import helper, kernel

# Rows that are compared with what stays of all before them; then with each other, on one core.
_BLOCK = 2048
_SPAN = 128  # rows that a thread takes at a time
_TILE = 256  # short vectors that lie together, column by column: they fit the first cache

# The least threshold: at a right angle everything is near everything, and the bound works on signs of floats.
LEAST = 0.1


@dataclass(frozen=True)
class Thinned:
    """Who stays, and who stays instead of whom.

    Args:
        leader: int64 (n,), the row that stays instead: of those before it that stay the nearest, of equally near ones
            the first; a row that stays is its own.
        similarity: float64 (n,), cosine to the leader; 1 for itself.
    """

    leader: np.ndarray
    similarity: np.ndarray

    @property
    def kept(self) -> np.ndarray:
        """Bool (n,): whether a row stays."""
        kept: np.ndarray = self.leader == np.arange(len(self.leader))
        return kept


class _Search(NamedTuple):
    """What the kernels work on: n rows, best first; leaders are the rows that stay, numbered in that order.

    Args:
        limit: a float32 above 0 as the whole number that its bits are; a pair with a lesser bound is not near.
        threshold: the least cosine.
        heads: float32 (n, k), short vectors.
        tiles: float32 (n / _TILE, k, _TILE), those of the leaders.
        vectors: int16 (n, d).
        squares: int64 (n,).
        leaders: int32 (n,), the row of each leader.
        best: float64 (n,), each row's greatest cosine to a leader, and
        nearest: int32 (n,), that leader's row; -1 where none is near.
    """

    limit: int
    threshold: float
    heads: np.ndarray
    tiles: np.ndarray
    vectors: np.ndarray
    squares: np.ndarray
    leaders: np.ndarray
    best: np.ndarray
    nearest: np.ndarray


@helper
def _scan(search: _Search, row: int, first: int, last: int, tile: int, bounds: np.ndarray, flags: np.ndarray) -> None:
    """Compare a row with those leaders numbered `first` to `last` that lie in one tile."""
    _bound(search.heads, row, search.tiles, tile, bounds)
    # As whole numbers floats above 0 have the same order, and only those does LLVM compare sixteen at a time.
    signs, limit = bounds.view(np.int32), search.limit
    greatest = np.int32(0)
    for place in range(_TILE):
        greatest = max(greatest, signs[place])
    if greatest < limit:
        return
    for place in range(_TILE):
        flags[place] = signs[place] >= limit
    eights = flags.view(np.uint64)
    vectors, squares = search.vectors, search.squares
    low, high = max(first - tile * _TILE, 0), min(last - tile * _TILE, _TILE)
    for eight in range(low // 8, (high + 7) // 8):
        if eights[eight] == 0:
            continue
        for place in range(max(8 * eight, low), min(8 * eight + 8, high)):
            if flags[place]:
                other = search.leaders[tile * _TILE + place]
                dot = np.int32(0)
                for column in range(vectors.shape[1]):
                    # Numba widens sums to 64 bits; narrowed again, LLVM adds products of 16 bits pair by pair.
                    dot = np.int32(dot + np.int32(vectors[row, column]) * np.int32(vectors[other, column]))
                near = dot / np.sqrt(np.float64(squares[row]) * np.float64(squares[other]))
                if near >= search.threshold and near > search.best[row]:
                    search.best[row], search.nearest[row] = near, other


@estimate
def _bound(heads: np.ndarray, row: int, tiles: np.ndarray, tile: int, bounds: np.ndarray) -> None:
    """The products of a row's short vector with those of a tile."""
    for column in range(0, heads.shape[1], STEP):
        # Eight at a time, so that the sums are loaded and stored for every eighth column only.
        a, b, c, d = heads[row, column], heads[row, column + 1], heads[row, column + 2], heads[row, column + 3]
        e, f, g, h = heads[row, column + 4], heads[row, column + 5], heads[row, column + 6], heads[row, column + 7]
        for place in range(_TILE):
            value = (
                a * tiles[tile, column, place]
                + b * tiles[tile, column + 1, place]
                + c * tiles[tile, column + 2, place]
                + d * tiles[tile, column + 3, place]
            ) + (
                e * tiles[tile, column + 4, place]
                + f * tiles[tile, column + 5, place]
                + g * tiles[tile, column + 6, place]
                + h * tiles[tile, column + 7, place]
            )
            bounds[place] = value if column == 0 else bounds[place] + value


@kernel
def _against(
    search: _Search,
    start: int,
    stop: int,
    count: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    """Compare rows with the first `count` leaders."""
    bounds, flags = np.empty(_TILE, dtype=np.float32), np.empty(_TILE, dtype=np.uint8)
    for tile in range((count + _TILE - 1) // _TILE):
        for row in range(start, stop):
            _scan(search, row, 0, count, tile, bounds, flags)


@kernel
def _among(
    search: _Search,
    start: int,
    stop: int,
    count: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> int:
    """Compare rows with the leaders among them, in order: one near none becomes one. Returns how many there are now."""
    bounds, flags = np.empty(_TILE, dtype=np.float32), np.empty(_TILE, dtype=np.uint8)
    first = count
    for row in range(start, stop):
        for tile in range(first // _TILE, (count + _TILE - 1) // _TILE):
            _scan(search, row, first, count, tile, bounds, flags)
        if search.nearest[row] < 0:
            search.leaders[count] = row
            for column in range(search.heads.shape[1]):
                search.tiles[count // _TILE, column, count % _TILE] = search.heads[row, column]
            count += 1
    return count


def thin(vectors: np.ndarray, threshold: float, *, threads: int = 1) -> Thinned:
    """Decide which vectors stay.

    Args:
        vectors: int16 (n, d) from `quantised`, none of zeros, best first.
        threshold: the least cosine of two that are too near, 0.1 to 1.
        threads: how many work at the same time; the result is the same.

    Raises:
        ValueError: the threshold is out of range, or a vector is zero.
    """
    if not LEAST <= threshold <= 1.0:
        raise ValueError(f"threshold is {threshold}: {LEAST} to 1 is allowed")
    vectors = np.ascontiguousarray(vectors, dtype=np.int16)
    squares = norms(vectors)
    if not squares.all():
        raise ValueError(f"vector {int(np.argmin(squares))} is zero: it is near nothing, leave it out")
    search = _search(vectors, squares, threshold)
    total, count = len(vectors), 0
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, total, _BLOCK):
            stop = min(start + _BLOCK, total)
            spans = range(start, stop, _SPAN)
            done = [pool.submit(_against, search, one, min(one + _SPAN, stop), count) for one in spans]
            for future in done:
                future.result()
            count = _among(search, start, stop, count)
    own = search.nearest < 0
    leader = np.where(own, np.arange(total), search.nearest).astype(np.int64)
    return Thinned(leader, np.where(own, 1.0, np.minimum(search.best, 1.0)))


def _search(vectors: np.ndarray, squares: np.ndarray, threshold: float) -> _Search:
    total = len(vectors)
    heads = short(vectors, squares, threshold) if total else np.zeros((0, STEP), dtype=np.float32)
    width = heads.shape[1]
    return _Search(
        limit=int(np.float32(threshold - slack(width)).view(np.int32)),
        threshold=float(threshold),
        heads=heads,
        # Zeros that are never written to take no memory.
        tiles=np.zeros((-(-total // _TILE), width, _TILE), dtype=np.float32),
        vectors=vectors,
        squares=squares,
        leaders=np.zeros(total, dtype=np.int32),
        best=np.zeros(total),
        nearest=np.full(total, -1, dtype=np.int32),
    )
