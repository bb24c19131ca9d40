"""Collect: the tokens of a split in a spool, and what is known of each of its rows."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from curate.arrow import frame_of
from curate.tokenset.encode import Encoded, Encoder
from curate.tokenset.layout import DROPS, NOTED
from curate.tokenset.piece import OVER_LENGTH, Form
from curate.tokenset.spool import Spool

# (what, done, total, a word about speed)
Progress = Callable[[str, int, int, str], None]

# Rows that are tokenised at a time. The library holds the interpreter's lock only to hand tokens over, so two batches
# keep two cores busy.
_BATCH = 1_000
_THREADS = 2
_AHEAD = 4

_ABOUT = ("id", "source", "task")
KEPT = {"id": pl.String(), "source": pl.String(), "task": pl.String(), "length": pl.Int32(), "trained": pl.Int32()}


@dataclass(frozen=True)
class Collected:
    """What became of a split.

    Args:
        kept: a row an example in the spool, in its order: KEPT.
        dropped: the others: DROPS.
        notes: what is noted of those that are kept: NOTED.
    """

    kept: pl.DataFrame
    dropped: pl.DataFrame
    notes: pl.DataFrame


@dataclass(frozen=True)
class _Batch:
    about: pl.DataFrame
    encoded: Encoded
    gone: dict[int, str]
    notes: list[tuple[str, list[int]]]


def collect(
    split: str,
    files: Sequence[Path],
    form: Form,
    encoder: Encoder,
    seq_len: int,
    spool: Spool,
    progress: Progress | None,
) -> Collected:
    """Tokenise a split.

    Args:
        split: its name.
        files: its files.
        form: how rows become pieces.
        encoder: how pieces become ids.
        seq_len: examples with more tokens are dropped.
        spool: where tokens go; rows arrive in the order of the files.
        progress: is told after every batch.
    """
    total = sum(pq.ParquetFile(file).metadata.num_rows for file in files)
    kept, dropped, notes = [pl.DataFrame(schema=KEPT)], [pl.DataFrame(schema=DROPS)], [pl.DataFrame(schema=NOTED)]
    done, tokens, began = 0, 0, time.monotonic()
    for batch in _encoded(files, form, encoder):
        fits = batch.encoded.lengths <= seq_len
        spool.add(batch.encoded, fits)
        rows, drops = _told(batch, fits)
        kept.append(rows)
        dropped.append(drops.select(pl.lit(split).alias(name) if name == "split" else pl.col(name) for name in DROPS))
        notes.append(_noted(batch, split, rows))
        done += batch.about.height
        tokens += len(batch.encoded.ids)
        if progress is not None:
            speed = tokens / max(time.monotonic() - began, 1e-9)
            progress(f"tokens of {split}", done, total, f"{speed:,.0f} tokens/s")
    return Collected(pl.concat(kept), pl.concat(dropped), pl.concat(notes))


def _encoded(files: Sequence[Path], form: Form, encoder: Encoder) -> Iterator[_Batch]:
    """Batches in the order of the files, some of them ahead."""
    waiting: deque[Future[_Batch]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        for frame in _frames(files, [*_ABOUT, *form.columns]):
            waiting.append(threads.submit(_one, frame, form, encoder))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _frames(files: Sequence[Path], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    for file in files:
        with pq.ParquetFile(file) as opened:
            for batch in opened.iter_batches(_BATCH, columns=list(columns)):
                yield frame_of(batch)


def _one(frame: pl.DataFrame, form: Form, encoder: Encoder) -> _Batch:
    pieces = form.pieces(frame)
    about = frame.select(pl.col(name).cast(pl.String) for name in _ABOUT)
    return _Batch(about, encoder.encode(pieces), pieces.gone, pieces.notes)


def _told(batch: _Batch, fits: np.ndarray) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows in the spool, and the others without their split's name."""
    encoded = batch.encoded
    starts = np.cumsum(encoded.lengths) - encoded.lengths
    trained = np.add.reduceat(encoded.trained, starts, dtype=np.int32) if len(starts) else np.empty(0, dtype=np.int32)
    rows = batch.about[encoded.row].with_columns(
        pl.Series("length", encoded.lengths.astype(np.int32)), pl.Series("trained", trained.astype(np.int32))
    )
    long = rows.filter(~fits).drop("trained").with_columns(pl.lit(OVER_LENGTH).alias("reason"))
    other = batch.about[list(batch.gone)].with_columns(
        pl.lit(None, dtype=pl.Int32).alias("length"),
        pl.Series("reason", list(batch.gone.values()), dtype=pl.String),
    )
    return rows.filter(fits), pl.concat([long, other])


def _noted(batch: _Batch, split: str, kept: pl.DataFrame) -> pl.DataFrame:
    """The notes of rows that are kept."""
    found = [
        batch.about[rows].select("id", pl.lit(split).alias("split"), pl.lit(note).alias("note"))
        for note, rows in batch.notes
        if rows
    ]
    noted = pl.concat([pl.DataFrame(schema=NOTED), *found])
    return noted.join(kept.select("id"), on="id", how="semi")
