r"""Whether the final answer of a solution is the right one."""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import Field

from curate.metric import protocol
from curate.metric.answer import WAYS, Way, alike, equal, expected, final, in_words


class Measure(protocol.Metric):
    r"""1 where the final answer of the prediction equals that of a reference, 0 where it equals none.

    Both sides may be a whole solution or an answer alone. Of a prediction the last `\boxed{…}`, what follows `####` or
    "the answer is", or the last number is taken (`ways`); of a reference that is short and has no such mark, the whole.
    Answers are read by a small grammar of LaTeX and plain text and compared exactly: 1,000 is 1000, 0.5 is \frac12,
    `x = 5` is 5, 5 cm is 5, lists have no order and intervals keep their brackets. What is no mathematics is compared
    as text. The rules are in `curate.metric.answer.equal`.

    Example:
        `score: {math_equal: {ways: [boxed, phrase]}}`
    """

    name = "math_equal"
    binary = True

    class Settings(protocol.Settings):
        """How answers are marked, and how near two numbers must be.

        Attributes:
            ways: how a prediction may mark its final answer, in the order of trial: `boxed`, `hash` (after ####),
                `phrase` (after "the answer is"), `whole` (the text is the answer), `formula` (the last one in dollar
                signs), `number` (the last one).
            tolerance: by which share of the larger number two numbers may differ; 0: exact.
        """

        ways: Annotated[tuple[Way, ...], Field(min_length=1)] = WAYS
        tolerance: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def score(self, frame: pl.DataFrame) -> pl.Series:
        """Compare the answers of each row; equal texts are looked at once."""
        pairs = frame.with_row_index("row").explode("references", keep_nulls=False, empty_as_null=False)
        distinct = pairs.select("prediction", "references").unique()
        found = {text: final(text, self.settings.ways) for text in distinct["prediction"].unique()}
        wanted = {text: expected(text) for text in distinct["references"].unique()}
        right = [
            self._right(prediction, found[prediction], wanted[reference])
            for prediction, reference in distinct.iter_rows()
        ]
        told = distinct.with_columns(pl.Series("right", right, dtype=pl.Float64))
        joined = pairs.join(told, on=["prediction", "references"], how="left", maintain_order="left")
        return joined.group_by("row", maintain_order=True).agg(pl.col("right").max())["right"]

    def _right(self, prediction: str, found: str | None, wanted: str | None) -> bool:
        if found is None or wanted is None:
            return False
        # What is taken out of a prediction in words may be a number that is only a part of it.
        return equal(found, wanted, self.settings.tolerance) or (in_words(wanted) and alike(prediction, wanted))
