"""Preview: some examples as text again, so that a person can see what is trained."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from curate.tokenset.folder import Tokenset
from curate.tokenset.layout import IGNORED


@dataclass(frozen=True)
class Shown:
    """An example as text.

    Args:
        split: where it is.
        id: its id.
        source: its source.
        task: its task.
        tokens: how many.
        trained: of which trained.
        runs: its text in runs of tokens that are all trained or all not: (text, trained). Special tokens are written.
    """

    split: str
    id: str
    source: str
    task: str | None
    tokens: int
    trained: int
    runs: list[tuple[str, bool]]


def preview(tokens: Tokenset, number: int) -> list[Shown]:
    """The first examples of each split, by id.

    Args:
        tokens: a token set.
        number: how many of each split.
    """
    from tokenizers import Tokenizer  # noqa: PLC0415 - only who looks at tokens loads it

    decode = Tokenizer.from_file(str(tokens.tokenizer / "tokenizer.json")).decode
    told = []
    for split in tokens.manifest.splits:
        rows = pl.scan_parquet(tokens.folder / f"{split}.parquet")
        first = rows.select("id").collect().get_column("id").bottom_k(number)
        for row in rows.filter(pl.col("id").is_in(first.implode())).collect().sort("id").iter_rows(named=True):
            ids, trained = np.asarray(row["input_ids"]), np.asarray(row["labels"]) != IGNORED
            cuts = [0, *(np.flatnonzero(np.diff(trained)) + 1).tolist(), len(ids)]
            runs = [
                (decode(ids[start:stop].tolist(), skip_special_tokens=False), bool(trained[start]))
                for start, stop in pairwise(cuts)
            ]
            told.append(Shown(split, row["id"], row["source"], row["task"], row["length"], row["trained"], runs))
    return told
