"""Signatures of records, kept unit by unit: another threshold, other bands or preferences make none of them anew.

A record's takes 524 bytes on disk (128 values, the hash of all its tokens, how many shingles). It depends on the text
that is compared and on how texts are cut, and on nothing else. Exact comparison cuts texts anew from their bytes, which
lie in the keys; to keep their shingles would take more room than the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import xxhash

from curate.stage import Keep
from curate.stages._near_field import texts_of
from curate.stages._near_likeness import Likeness
from curate.unit import mapped

if TYPE_CHECKING:
    from curate.minhash import Digests, Shingling, Signatures, Texts


def sign(
    files: Sequence[Path],
    table: pl.DataFrame,
    how: Likeness,
    bands: int,
    rows: int,
    keep: Keep | None,
    threads: int,
) -> tuple[Texts, Digests]:
    """The compared text of every record and what clustering needs to know of it.

    Args:
        files: keys, with the columns of `fields_of`.
        table: `own_N` of the records of all files, one after the other.
        how: how texts are cut and signed.
        bands: of a signature.
        rows: of a band.
        keep: holds the signatures of each file; None: they are not kept.
        threads: how many files are signed at the same time.
    """
    from curate.minhash import Crew, Digests, concat  # noqa: PLC0415 - numba takes 0.3 s to import

    own = table.select(f"own_{place}" for place in range(len(how.on)))
    sizes = [mapped(path, ["text"]).height for path in files]
    starts = np.cumsum([0, *sizes])
    result = Digests(
        np.empty((table.height, bands), np.uint32),
        np.empty((table.height, how.num_perm), np.uint8),
        np.empty(table.height, np.uint64),
        np.empty(table.height, np.uint32),
    )

    def work(one: slice) -> Texts:
        number = one.start
        span = slice(int(starts[number]), int(starts[number + 1]))
        texts, part = _unit(files[number], own[span], how, bands, rows, keep)
        result.bands[span], result.sketch[span] = part.bands, part.sketch
        result.exact[span], result.shingles[span] = part.exact, part.shingles
        return texts

    with Crew(threads) as crew:
        parts = crew.work(work, len(files), 1)
    return concat(parts), result


def signatures_of(texts: Texts, shingling: Shingling, num_perm: int) -> Signatures:
    """Sign the texts of a unit."""
    from curate.minhash import signatures  # noqa: PLC0415 - as above

    return signatures(texts, shingling, num_perm)


def _unit(
    path: Path, own: pl.DataFrame, how: Likeness, bands: int, rows: int, keep: Keep | None
) -> tuple[Texts, Digests]:
    from curate.minhash import Signatures, digest  # noqa: PLC0415 - as above

    texts = texts_of(path, own, how.on)
    if keep is None:
        return texts, digest(signatures_of(texts, how.shingling, how.num_perm), bands, rows)

    def make() -> Mapping[str, pl.DataFrame]:
        made = signatures_of(texts, how.shingling, how.num_perm)
        kind = pl.Array(pl.UInt32, how.num_perm)
        columns = {"values": pl.Series(made.values, dtype=kind), "exact": made.exact, "shingles": made.shingles}
        return {"signatures": pl.DataFrame(columns)}

    compared = xxhash.xxh3_128_hexdigest(np.packbits(own.to_numpy().astype(bool)).tobytes())
    key = ["signatures", 1, path.name, compared, how.num_perm, asdict(how.shingling)]
    frame = mapped(keep(key, make)["signatures"], ["values", "exact", "shingles"])
    values = frame["values"].to_numpy().reshape(-1, how.num_perm)
    made = Signatures(values, frame["exact"].to_numpy(), frame["shingles"].to_numpy())
    return texts, digest(made, bands, rows)
