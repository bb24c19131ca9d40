"""ROUGE-L: how much of a text comes back in another one, in the same order.

`rouge_l` is the measure. Beneath it: `token` (what a token is), `stem` (word stems), `lcs` (the longest common
subsequence).
"""

from curate.metric.rouge.measure import rouge_l
from curate.metric.rouge.token import Tokens

__all__ = ["Tokens", "rouge_l"]
