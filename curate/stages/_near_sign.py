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

from curate.room import Shelf
from curate.stage import Keep
from curate.stages._near_apart import Apart
from curate.stages._near_field import texts_of
from curate.stages._near_likeness import Likeness
from curate.unit import mapped

if TYPE_CHECKING:
    from curate.minhash import Digests, Shingling, Signatures, Texts


def sign(
    files: Sequence[Path],
    apart: Apart,
    how: Likeness,
    bands: int,
    rows: int,
    keep: Keep | None,
    shelf: Shelf,
    threads: int,
) -> tuple[Texts, Digests]:
    """The compared text of every record and what clustering needs to know of it.

    Args:
        files: keys, with the columns of `fields_of`.
        apart: what is compared of the records of all files, one after the other, and which may meet.
        how: how texts are cut and signed.
        bands: of a signature.
        rows: of a band.
        keep: holds the signatures of each file; None: they are not kept.
        shelf: where the result goes.
        threads: how many files are signed at the same time.
    """
    from curate.minhash import Crew, Digests, Texts  # noqa: PLC0415 - numba takes 0.3 s to import

    records = len(apart.space)
    starts = np.cumsum([0, *(mapped(path, ["text"]).height for path in files)])
    result = Digests(
        # On disk band by band: to put one band of all records into buckets then looks at no other.
        shelf.empty((bands, records), np.uint32).T if shelf.on_disk else np.empty((records, bands), np.uint32),
        shelf.empty((records, how.num_perm), np.uint8),
        np.empty(records, np.uint64),
        np.empty(records, np.uint32),
    )
    addresses, lengths = shelf.empty(records, np.int64), shelf.empty(records, np.int64)

    def work(one: slice) -> tuple[object, ...]:
        number = one.start
        span = slice(int(starts[number]), int(starts[number + 1]))
        texts, part = _unit(files[number], apart.own[span], how, bands, rows, keep, shelf)
        addresses[span], lengths[span] = texts.addresses, texts.lengths
        # Records of different namespaces meet in no bucket, and no hash of all their tokens is equal.
        space = apart.space[span]
        result.bands[span] = part.bands ^ (space & np.uint64(0xFFFFFFFF)).astype(np.uint32)[:, None]
        result.exact[span] = part.exact ^ space
        result.sketch[span], result.shingles[span] = part.sketch, part.shingles
        shelf.rest()
        return texts.keep_alive

    with Crew(threads) as crew:
        owners = crew.work(work, len(files), 1)
    return Texts(addresses, lengths, tuple(owner for mine in owners for owner in mine)), result


def signatures_of(texts: Texts, shingling: Shingling, num_perm: int) -> Signatures:
    """Sign the texts of a unit."""
    from curate.minhash import signatures  # noqa: PLC0415 - as above

    return signatures(texts, shingling, num_perm)


def _unit(
    path: Path, own: pl.DataFrame, how: Likeness, bands: int, rows: int, keep: Keep | None, shelf: Shelf
) -> tuple[Texts, Digests]:
    from curate.minhash import Signatures, digest  # noqa: PLC0415 - as above

    texts = texts_of(path, own, how.on, shelf)
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
