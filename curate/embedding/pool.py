"""The mean of token vectors, of unit length: the whole of what a static embedding model computes.

model2vec's own `encode` reads at most 512 tokens of a text and sums them in an order that NumPy chooses. Here the whole
text counts, and a text's vector is the same bit for bit whatever texts are embedded with it: each sum runs in float64
over the tokens in their order.
"""

from __future__ import annotations

import numpy as np

from curate.embedding.kernel import BUILD
from curate.jit import kernel


@kernel
def pool(
    tokens: np.ndarray,
    stops: np.ndarray,
    rows: np.ndarray,
    weights: np.ndarray,
    table: np.ndarray,
    out: np.ndarray,
    build: int = BUILD,  # noqa: ARG001 - part of the key in numba's cache
) -> None:
    """Embed texts of which the tokens are known.

    Dividing by the number of tokens, as a mean does, would change nothing: the length is made 1.

    Args:
        tokens: int32, the tokens of all texts.
        stops: int64 (n,), where each text ends in `tokens`.
        rows: int32 (vocabulary,), the row of the table for each token; -1 for one that counts for nothing.
        weights: float64 (vocabulary,).
        table: (rows, d), any numbers.
        out: float32 (n, d), zeros; stays zero for a text without a token that counts.
        build: leave it.
    """
    width = table.shape[1]
    total = np.empty(width, dtype=np.float64)
    start = 0
    for text in range(len(stops)):
        total[:] = 0.0
        for place in range(start, stops[text]):
            row = rows[tokens[place]]
            if row >= 0:
                weight = weights[tokens[place]]
                for column in range(width):
                    total[column] += weight * table[row, column]
        start = stops[text]
        square = 0.0
        for column in range(width):
            square += total[column] * total[column]
        if square > 0.0:
            length = np.sqrt(square)
            for column in range(width):
                out[text, column] = total[column] / length
