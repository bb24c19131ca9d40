"""Nearest: the records of a version whose text is most like a given one, by exact comparison with each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from curate.arrow import frame_of
from curate.manifest import Manifest

if TYPE_CHECKING:
    from curate.minhash import Shingling

# Words a shingle: runs of three still meet where every fifth word was changed.
_NGRAM = 3
# The columns of `data/` that hold text, and the excerpts of the ledger.
_TEXTS = ("prompt", "completion", "text", "messages")
_EXCERPTS = "ledger/excerpts.parquet"


@dataclass(frozen=True)
class Near:
    """A record that resembles a text.

    Args:
        id: of the record; None for a row that never became one.
        similarity: exact Jaccard similarity of the two sets of word runs, above 0.
        text: of the record, the part that is most similar: a prompt, a completion, a turn, an excerpt.
        excerpt: whether the text is the ledger's excerpt of a record that is gone, and so perhaps cut short.
        file: of an excerpt: where the record stood, and
        row: in which row.
    """

    id: str | None
    similarity: float
    text: str
    excerpt: bool
    file: str | None = None
    row: int | None = None


def nearest(folder: Path, manifest: Manifest, text: str, most: int = 5) -> list[Near]:
    """The records that share most of their runs of three words with a text.

    Every text of `data/` (prompt, completion, each turn) is compared, and every excerpt that the ledger keeps of
    records that are gone. A text of fewer than six words is compared by its single words.

    Args:
        folder: a version.
        manifest: its manifest.
        text: to compare with.
        most: how many records to name.

    Returns:
        The most similar first, ties by id; none that has no run of words in common.
    """
    from curate.minhash import Shingling  # noqa: PLC0415 - numba takes 0.3 s to import
    from curate.minhash.shingling import tokens  # noqa: PLC0415 - as above

    words = len(tokens(text, Shingling()))
    shingling = Shingling(_NGRAM if words >= 2 * _NGRAM else 1)
    best = pl.DataFrame(schema=_SCHEMA)
    for part in _parts(folder, manifest):
        found = part.with_columns(similarity=_similarity(part["text"], text, shingling)).filter(
            pl.col("similarity") > 0
        )
        ranked = pl.concat([best, found.select(*_SCHEMA)]).sort(*_ORDER, descending=_DOWN, nulls_last=True)
        best = ranked.unique(["id", "file", "row"], keep="first", maintain_order=True).head(most)
    return [Near(**row) for row in best.iter_rows(named=True)]


_SCHEMA = {
    "id": pl.String(),
    "similarity": pl.Float64(),
    "text": pl.String(),
    "excerpt": pl.Boolean(),
    "file": pl.String(),
    "row": pl.Int64(),
}
_ORDER = ("similarity", "excerpt", "id", "file", "row", "text")
_DOWN = [True, False, False, False, False, False]


def _similarity(texts: pl.Series, text: str, shingling: Shingling) -> pl.Series:
    """The similarity of each text to the one."""
    from curate.minhash import Texts, jaccard, nfc  # noqa: PLC0415 - as above

    every = nfc(pl.concat([pl.Series([text]), texts.rename("")]))
    held = Texts.from_arrow([every.to_arrow(compat_level=pl.CompatLevel.newest())])
    others = np.arange(1, len(every))
    return pl.Series(jaccard(held, np.zeros_like(others), others, shingling))


def _parts(folder: Path, manifest: Manifest) -> Iterator[pl.DataFrame]:
    """The texts with what names their records, one row group after the other."""
    columns = [name for name in manifest.columns if name in _TEXTS]
    for info in manifest.splits.values():
        for name in info.files:
            file = pq.ParquetFile(folder / name)
            for group in range(file.num_row_groups):
                frame = frame_of(file.read_row_group(group, columns=["id", *columns]))
                for column in columns:
                    yield _named(frame.select("id", pl.col(column).alias("text")))
    if (folder / _EXCERPTS).is_file():
        excerpts = pl.read_parquet(folder / _EXCERPTS).filter(pl.col("kind") != "twin")  # a twin may be in the dataset
        yield excerpts.select("id", "text", pl.lit(value=True).alias("excerpt"), "file", "row")


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    """One row a text: a dialogue has one a turn."""
    if frame.schema["text"] != pl.String:
        turns = pl.col("text").list.eval(pl.element().struct.field("content"))
        frame = frame.with_columns(turns).explode("text").drop_nulls("text")
    # Copies that `repeat` made are the same record.
    return frame.with_columns(
        pl.col("id").str.replace(r"-\d+$", ""),
        pl.lit(value=False).alias("excerpt"),
        pl.lit(None, dtype=pl.String).alias("file"),
        pl.lit(None, dtype=pl.Int64).alias("row"),
    )
