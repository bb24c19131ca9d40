"""What counts as an overlap."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The rules. A word is a token of `curate.overlap.token`: a run of letters and digits, or one character of Chinese.

    The defaults were chosen on 14 evaluation sets (MMLU, BBQ, BBH, MATH, GSM8K, CommonsenseQA, TruthfulQA and others,
    46,000 items) against 227,000 instruction records. Every overlap but the leak of CommonsenseQA was read.

    Args:
        ngram: words of an n-gram. 13 as GPT-3 (appendix C of https://arxiv.org/abs/2005.14165) and lm-eval have it
            (docs/decontamination.md in https://github.com/EleutherAI/lm-evaluation-harness). Tülu 3 takes 8 tokens and
            asks for half of the item (https://arxiv.org/abs/2411.15124): the column `overlap` tells how much it is.
        max_documents: n-grams and short items that stand in more items of one set than this are boilerplate of that
            set and left out; None leaves nothing out. In MMLU, passages stand under up to 10 questions and must be
            found, while the n-grams of its templates stand in more than 50. In BBQ, whose items are templates with
            names put in, 5 would leave 84 items without any n-gram, 10 leaves none so.
        short: look for whole items too: a text that equals one, and items without n-grams inside a longer prompt. Those
            are the items of fewer words than an n-gram and the ones that are boilerplate all through.
        floor: words that an item must have to be found inside a prompt. With 4, TruthfulQA's "What do you do?" is found
            in 49 conversations; 5 loses 3 of 975 leaked questions of CommonsenseQA.
        equal: words that an item must have for a text to equal it. "Inflation" and "the pleura" are items of MMLU.
    """

    ngram: int = 13
    max_documents: int | None = 10
    short: bool = True
    floor: int = 5
    equal: int = 3

    @property
    def head(self) -> int:
        """How many words of a whole item are looked for first."""
        return min(self.floor, self.ngram)
