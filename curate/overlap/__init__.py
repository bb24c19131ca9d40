"""Overlap: which items of evaluation sets stand in which texts, in linear time, every hit confirmed by its text.

    held = index(items)                    # set, item, text; an item may have several texts
    found = scan(texts, held)              # at, side, text -> the item that overlaps most, with the span that tells so

Three rules, the strongest first:

equal      All tokens of the text are all tokens of the item: case, punctuation and blanks do not matter.
contained  An item without n-grams (too short, or boilerplate all through) stands whole in a prompt. A short one must
           stand apart: punctuation, a line break or the text's end before and after it, or an option's letter after it.
ngram      At least one n-gram of the item, 13 words by default, stands in the text.

All of them look for words in their order. What they cannot find: a paraphrase or a translation; a question whose
numbers or names were changed so that no 13 words in a row stay; an item of fewer than 5 words inside a longer prompt; a
short item that the sentence around it runs on from; an answer without its question. In scripts that put no blanks
between words a character counts as a token, so an n-gram there is some seven words long, and short items must have
punctuation around them.
"""

from curate.overlap.hits import MATCH, matches, scan
from curate.overlap.items import Index, index
from curate.overlap.rules import Rules

__all__ = ["MATCH", "Index", "Rules", "index", "matches", "scan"]
