"""A static embedding model: each token has a vector, a text's vector is their mean.

Models of model2vec (https://github.com/MinishLab/model2vec), from a folder or the Hub. The library reads the files; it
needs no torch. How tokens become one vector is `curate.embedding.pool`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from curate.embedding.files import Located, installed, locate
from curate.embedding.pool import pool
from curate.errors import CurateError

# Texts that are tokenized at a time: tokenizers' encodings hold some Python objects a token.
_BATCH = 1_000


@dataclass(frozen=True)
class Model:
    """A loaded model; `load` makes it.

    Args:
        name: as it was asked for.
        digest: what identifies its files; part of cache keys and of the lock.
        tokenizer: of tokenizers.
        table: (rows, dimensions), the vectors.
        rows: int32 (vocabulary,), each token's row, -1 for the unknown token.
        weights: float64 (vocabulary,).
    """

    name: str
    digest: str
    tokenizer: Any = field(repr=False)
    table: np.ndarray = field(repr=False)
    rows: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)

    @property
    def dimensions(self) -> int:
        """Numbers a vector."""
        return int(self.table.shape[1])

    def embed(self, texts: pl.Series | Sequence[str]) -> np.ndarray:
        """Embed texts, each in its whole length.

        Args:
            texts: any number; null counts as empty. Special tokens in them are ordinary text.

        Returns:
            float32, shape (len(texts), dimensions), rows of unit length, so that a dot product is a cosine. A text
            without a token that the model knows is a row of zeros. A row depends on its text alone: not on the other
            texts, their order, threads or the machine.
        """
        series = texts if isinstance(texts, pl.Series) else pl.Series(texts, dtype=pl.String)
        # Instruction data repeats itself: a task's definition is embedded once.
        given = series.fill_null("").alias("text").to_frame()
        distinct = given.unique(maintain_order=True).with_row_index("place")
        out = np.zeros((distinct.height, self.dimensions), dtype=np.float32)
        for start in range(0, distinct.height, _BATCH):
            batch = distinct["text"][start : start + _BATCH].to_list()
            self._embed(batch, out[start : start + _BATCH])
        if distinct.height == given.height:
            return out
        places = given.join(distinct, on="text", how="left", maintain_order="left")["place"]
        every: np.ndarray = out[places.to_numpy()]
        return every

    def _embed(self, texts: list[str], out: np.ndarray) -> None:
        ids = [found.ids for found in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        stops = np.cumsum([len(one) for one in ids], dtype=np.int64)
        tokens = np.fromiter(chain.from_iterable(ids), dtype=np.int32, count=int(stops[-1]))
        pool(tokens, stops, self.rows, self.weights, self.table, out)


def load(model: str) -> Model:
    """The model of this name, loaded once a process.

    Args:
        model: a folder, or `owner/name[@revision]` on the Hub; see `locate`.

    Raises:
        CurateError: there is none, its files are damaged, or model2vec is not installed.
    """
    return open_model(locate(model))


def open_model(located: Located) -> Model:
    """The model whose files were located, loaded once a process.

    Raises:
        CurateError: as for `load`.
    """
    return _open(located.asked, located.folder, located.digest)


@cache
def _open(name: str, folder: Path, digest: str) -> Model:
    if not installed():
        raise CurateError(f"the embedding model {name} needs model2vec: pip install 'curate-sft[semantic]'")
    from model2vec import StaticModel  # noqa: PLC0415 - an extra

    try:
        static = StaticModel.from_pretrained(folder, max_length=None)
        table, rows, weights = _parts(static)
    except Exception as error:  # safetensors, tokenizers and model2vec raise errors of many kinds for damaged files
        reason = str(error).strip().split("\n", 1)[0] or type(error).__name__
        raise CurateError(f"{folder} holds no static embedding model that can be read: {reason}") from error
    tokenizer = static.tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True  # special tokens in data are ordinary text
    return Model(name, digest, tokenizer, table, rows, weights)


def _parts(static: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # noqa: ANN401 - of an optional package
    """Table, rows and weights, checked: the kernel reads memory where they tell it to.

    Raises:
        ValueError: they do not fit together, or hold what is no number.
    """
    table = np.ascontiguousarray(static.embedding)
    if table.ndim != 2 or not table.size or table.dtype.kind not in "fiu":
        raise ValueError(f"the embeddings are {table.dtype} of shape {table.shape}, numbers of two dimensions needed")
    if table.dtype == np.float16:  # no numbers that kernels know
        table = table.astype(np.float32)
    size = 1 + max(static.tokenizer.get_vocab().values())
    mapping = np.arange(size) if static.token_mapping is None else np.asarray(static.token_mapping)
    rows, weights = mapping.astype(np.int32), np.ones(size)
    if static.weights is not None:
        weights = np.asarray(static.weights, dtype=np.float64)
    if len(rows) < size or len(weights) < size:
        raise ValueError(f"{size} tokens, but {len(rows)} rows and {len(weights)} weights")
    if rows.min() < 0 or rows.max() >= len(table):
        raise ValueError(f"tokens point to rows {rows.min()} to {rows.max()}, the embeddings have {len(table)}")
    if not (np.isfinite(table).all() and np.isfinite(weights).all()):
        raise ValueError("embeddings or weights are not all finite numbers")
    if static.unk_token_id is not None:
        rows[static.unk_token_id] = -1
    return table, rows, weights
