"""ROUGE-L of predictions against the best of their references."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import polars as pl

from curate.metric.rouge.lcs import lengths
from curate.metric.rouge.token import Places, Tokens, numbered

SCHEMA: dict[str, pl.DataType] = {"precision": pl.Float64(), "recall": pl.Float64(), "f": pl.Float64()}
_SPAN_BYTES = 1 << 23  # of text that is held as tokens at once by a thread
_SPAN_ROWS = 1 << 13


def rouge_l(
    predictions: pl.Series,
    references: pl.Series,
    *,
    tokens: Tokens = "rouge",
    stemmer: bool = False,
    empty: float = 0.0,
    threads: int = 1,
) -> pl.DataFrame:
    """ROUGE-L of texts.

    With l the length of the longest common subsequence of tokens: precision = l / tokens of the prediction, recall =
    l / tokens of the reference, f = their harmonic mean (C.-Y. Lin, ROUGE: A Package for Automatic Evaluation of
    Summaries, 2004, https://aclanthology.org/W04-1013/; beta is 1). As in `rouge-score`, the reference with the
    highest f counts, of equal ones the first.

    Args:
        predictions: String, without nulls.
        references: List[String], as long; each list has at least one and no nulls.
        tokens: what a token is, see `curate.metric.rouge.token`.
        stemmer: words longer than three characters count as their stem.
        empty: all three where prediction or reference is the empty text. (A text that is not empty but without a
            token scores 0.)
        threads: how many work at once.

    Returns:
        `precision`, `recall` and `f`, Float64 in [0, 1], a row a prediction.
    """

    def work(span: slice) -> pl.DataFrame:
        return _scores(predictions[span], references[span], tokens, stemmer=stemmer, empty=empty)

    spans = list(_spans(predictions, references))
    if threads == 1 or len(spans) < 2:
        parts = [work(span) for span in spans]
    else:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(work, spans))
    return pl.concat([pl.DataFrame(schema=SCHEMA), *parts])


def _spans(predictions: pl.Series, references: pl.Series) -> Iterator[slice]:
    """Rows that are worked on together."""
    sizes = predictions.str.len_bytes() + references.list.eval(pl.element().str.len_bytes()).list.sum()
    start = 0
    spans = (sizes.cast(pl.Int64).cum_sum() // _SPAN_BYTES).to_numpy()
    bounds = {0, len(predictions), *range(0, len(predictions), _SPAN_ROWS), *(np.flatnonzero(np.diff(spans)) + 1)}
    for start, end in pairwise(sorted(int(bound) for bound in bounds)):
        yield slice(start, end)


def _scores(
    predictions: pl.Series, references: pl.Series, tokens: Tokens, *, stemmer: bool, empty: float
) -> pl.DataFrame:
    each = references.list.len().to_numpy().astype(np.int64)
    flat = references.list.explode(keep_nulls=False, empty_as_null=False)
    texts = pl.concat([predictions.alias("text"), flat.alias("text")])
    numbers, begins = numbered(texts, tokens, stemmer=stemmer)
    rows = len(predictions)
    ones = np.repeat(np.arange(rows), each)
    others = np.arange(rows, len(texts))
    most = int(numbers.max()) + 1 if len(numbers) else 1
    common = lengths(numbers, begins, ones, others, most)
    precision, recall = _share(common, np.diff(begins)[ones]), _share(common, np.diff(begins)[others])
    # In the order of rouge-score, so that the last bit is the same.
    both = precision + recall
    f = np.divide(2 * precision * recall, both, out=np.zeros(len(both)), where=both > 0)
    if empty:
        without = (texts.str.len_bytes() == 0).to_numpy()
        for values in (precision, recall, f):
            values[without[ones] | without[others]] = empty
    best = _best(f, ones)
    return pl.DataFrame({"precision": precision[best], "recall": recall[best], "f": f[best]}, schema=SCHEMA)


def _share(part: Places, whole: Places) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _best(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Of each row, the place of its greatest value, of equal ones the first; `rows` ascends."""
    order = np.lexsort((np.arange(len(values)), -values, rows))
    return order[np.flatnonzero(np.diff(rows[order], prepend=-1))]
