r"""Final answers of mathematics: find them in a text, and tell whether two are the same.

Reading order: `extract` (the answer in a solution), `notation` (its tokens), `reader` and `factor` (its value),
`algebra` (exact arithmetic), `equal` (the rules of comparison). There is no `eval` and no symbolic library behind it:
the grammar is small, arithmetic is exact, and sizes and steps are counted, so that no answer can take long.
"""

from curate.metric.answer.equal import alike, equal, in_words
from curate.metric.answer.extract import WAYS, Way, expected, final

__all__ = ["WAYS", "Way", "alike", "equal", "expected", "final", "in_words"]
