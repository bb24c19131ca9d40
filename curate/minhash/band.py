"""Bands: which signatures meet, and how likely.

A signature is cut into `bands` runs of `rows` values, and two texts meet if one run is equal in both. With a similarity
of s that happens with a probability of 1 - (1 - s^rows)^bands, a steep curve whose place is chosen here: at the
threshold it must have reached `recall`, because below it lie pairs that are lost. (The rule of equal weights that other
tools use puts the middle of the curve there: at 0.8 it loses 60 % of the pairs.) What meets in vain costs a comparison,
never a record: see `verify`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curate.jit import kernel
from curate.minhash.crew import Crew
from curate.minhash.machine import BUILD, load8, load32, packed, pointer, store8, store32
from curate.minhash.shingling import Shingling
from curate.minhash.signature import Signatures, Signer, empty_signatures
from curate.minhash.texts import Texts

_FACTOR, _FINAL, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93), np.uint64(32)
_ROWS = 512  # whose signatures stay in the cache until they are digested


def hit_probability(similarity: float, bands: int, rows: int) -> float:
    """How likely two texts of this Jaccard similarity meet in at least one band: 1 - (1 - s^rows)^bands."""
    return 1.0 - (1.0 - similarity**rows) ** bands


def choose_bands(threshold: float, num_perm: int = 128, recall: float = 0.95) -> tuple[int, int]:
    """The cheapest bands and rows with which a pair at the threshold meets with a probability of at least `recall`.

    Long runs cost least, because few texts meet in vain; then as few bands as do.

    Raises:
        ValueError: no bands of `num_perm` values reach the recall.
    """
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"threshold is {threshold}: above 0, at most 1 is allowed")
    for rows in range(num_perm, 0, -1):
        for bands in range(1, num_perm // rows + 1):
            if hit_probability(threshold, bands, rows) >= recall:
                return bands, rows
    best = hit_probability(threshold, num_perm, 1)
    raise ValueError(
        f"{num_perm} values find a pair at threshold {threshold} with a probability of at most {best:.3f}, {recall} is "
        "asked for: raise num_perm or the threshold, or lower the recall"
    )


@dataclass(frozen=True)
class Digests:
    """What clustering needs to know of each text: some 270 bytes with 16 bands of 128 values.

    Args:
        bands: uint32 (n, bands), a hash of each band; text by text in memory, or band by band (as of a transpose).
        sketch: uint8 (n, num_perm), the low byte of each value of the signature.
        exact: uint64 (n,), hash of the sequence of tokens.
        shingles: uint32 (n,), how many; 0 for a text without tokens.
    """

    bands: np.ndarray
    sketch: np.ndarray
    exact: np.ndarray
    shingles: np.ndarray

    def __post_init__(self) -> None:
        kinds: dict[str, type[np.generic]] = {
            "bands": np.uint32,
            "sketch": np.uint8,
            "exact": np.uint64,
            "shingles": np.uint32,
        }
        arrays = {name: packed(getattr(self, name), kind) for name, kind in kinds.items()}
        if self.bands.dtype == np.uint32 and self.bands.flags.f_contiguous:
            arrays["bands"] = self.bands
        if len({len(array) for array in arrays.values()}) > 1:
            rows = ", ".join(f"{len(array)} {name}" for name, array in arrays.items())
            raise ValueError(f"there are {rows}: the numbers must agree")
        for name, array in arrays.items():
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.exact)


@kernel
def _digest(
    count: int,
    values: int,
    num_perm: int,
    bands: int,
    rows: int,
    hashes: int,
    sketch: int,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    for row in range(count):
        signature = values + 4 * num_perm * row
        for band in range(bands):
            state = np.uint64(band)
            for place in range(rows):
                state = (state + np.uint64(load32(signature, band * rows + place))) * _FACTOR
                state ^= state >> _HALF
            store32(hashes, row * bands + band, np.uint32((state * _FINAL) >> _HALF))
        for place in range(num_perm):
            store8(sketch, row * num_perm + place, load8(signature, 4 * place))


def digest(signatures: Signatures, bands: int, rows: int) -> Digests:
    """What clustering needs, from signatures that were kept.

    Raises:
        ValueError: the signatures are too short for so many bands and rows.
    """
    values = packed(signatures.values, np.uint32)
    count, num_perm = values.shape
    if bands * rows > num_perm:
        raise ValueError(f"{bands} bands of {rows} rows need {bands * rows} values a signature, there are {num_perm}")
    hashes, sketch = np.empty((count, bands), np.uint32), np.empty((count, num_perm), np.uint8)
    _digest(count, pointer(values), num_perm, bands, rows, pointer(hashes), pointer(sketch))
    return Digests(hashes, sketch, signatures.exact, signatures.shingles)


def band_hashes(values: np.ndarray, bands: int, rows: int) -> np.ndarray:
    """A 32-bit hash of each band, uint32 (n, bands)."""
    nothing = np.zeros(len(values), np.uint32)
    return digest(Signatures(values, nothing, nothing), bands, rows).bands


def digest_texts(
    texts: Texts, shingling: Shingling, bands: int, rows: int, num_perm: int = 128, threads: int = 1
) -> Digests:
    """As `digest(signatures(…), …)`, but the signatures never lie in memory all at once."""
    signer = Signer(shingling, num_perm)
    count = len(texts)
    result = Digests(
        np.empty((count, bands), np.uint32),
        np.empty((count, num_perm), np.uint8),
        np.empty(count, np.uint64),
        np.empty(count, np.uint32),
    )

    def work(span: slice) -> None:
        signed = empty_signatures(span.stop - span.start, num_perm)
        signer.sign(texts, span, signed)
        part = digest(signed, bands, rows)
        result.bands[span], result.sketch[span] = part.bands, part.sketch
        result.exact[span], result.shingles[span] = part.exact, part.shingles

    with Crew(threads) as crew:
        crew.work(work, count, _ROWS)
    return result
