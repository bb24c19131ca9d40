"""Word stems by Porter's algorithm, as `rouge-score` takes them.

M. F. Porter, An algorithm for suffix stripping, Program 14(3), 1980 (https://tartarus.org/martin/PorterStemmer/), with
the extensions that are the default of NLTK's `PorterStemmer` (https://www.nltk.org/api/nltk.stem.porter.html): a table
of irregular words, `-ied` and `-ies` of short words, `y` after a consonant, and `-alli`, `-fulli`, `-logi`.
tests/curate/metric/rouge/test_stem.py holds every word of real texts against NLTK.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

_IRREGULAR = {
    **dict.fromkeys(("sky", "skies"), "sky"),
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    **dict.fromkeys(("innings", "inning"), "inning"),
    **dict.fromkeys(("outings", "outing"), "outing"),
    **dict.fromkeys(("cannings", "canning"), "canning"),
    **{word: word for word in ("news", "howe", "proceed", "exceed", "succeed")},
}
# Suffix, what takes its place, and the least measure of what stands before it, in the order of trial. The first suffix
# that fits decides, whether the measure is large enough or not.
_Rules: TypeAlias = Sequence[tuple[str, str]]
_STEP_2: _Rules = (
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
)
_STEP_3: _Rules = (
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
)
_STEP_4 = (
    *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion"),
    *("ou", "ism", "ate", "iti", "ous", "ive", "ize"),
)


@lru_cache(maxsize=1 << 17)
def stem(word: str) -> str:
    """The stem of a word in small ASCII letters and digits; a digit counts as a consonant."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 2:
        return word
    word = _step_1(word)
    word = _step_2(word)
    word = _replaced(word, _STEP_3)
    return _step_5(_step_4(word))


def _kinds(word: str) -> str:
    """The word with v for its vowels and c for its consonants; y is a vowel after a consonant."""
    kinds: list[str] = []
    for letter in word:
        vowel = letter in "aeiou" or (letter == "y" and kinds[-1:] == ["c"])
        kinds.append("v" if vowel else "c")
    return "".join(kinds)


def _measure(word: str) -> int:
    """How often vowels are followed by consonants."""
    return _kinds(word).count("vc")


def _ends_short(word: str) -> bool:
    """Ends in consonant, vowel and a consonant other than w, x and y; or is a vowel and a consonant."""
    kinds = _kinds(word)
    return (kinds.endswith("cvc") and word[-1] not in "wxy") or kinds == "vc"


def _replaced(word: str, rules: _Rules) -> str:
    for suffix, instead in rules:
        if word.endswith(suffix):
            before = word.removesuffix(suffix)
            return before + instead if _measure(before) > 0 else word
    return word


def _step_1(word: str) -> str:
    """Plurals, past and progressive forms, and y at the end."""
    if word.endswith("ies"):
        word = word[:-1] if len(word) == 4 else word[:-2]
    elif word.endswith("sses"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    word = _step_1b(word)
    if word.endswith("y") and len(word) > 2 and _kinds(word)[-2] == "c":
        word = word[:-1] + "i"
    return word


def _step_1b(word: str) -> str:
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        before = word.removesuffix(suffix)
        if before != word and "v" in _kinds(before):
            return _mended(before)
    return word


def _mended(word: str) -> str:
    """What is left of a word without `ed` or `ing`, as it would be spelt."""
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if len(word) >= 2 and word[-1] == word[-2] and _kinds(word)[-1] == "c":
        return word if word[-1] in "lsz" else word[:-1]
    return word + "e" if _measure(word) == 1 and _ends_short(word) else word


def _step_2(word: str) -> str:
    if word.endswith("alli") and _measure(word.removesuffix("alli")) > 0:
        return _step_2(word.removesuffix("li"))
    if word.endswith("logi") and not word.endswith(tuple(suffix for suffix, _ in _STEP_2)):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    return _replaced(word, _STEP_2)


def _step_4(word: str) -> str:
    for suffix in _STEP_4:
        if word.endswith(suffix):
            before = word.removesuffix(suffix)
            if suffix == "ion" and before[-1:] not in {"s", "t"}:
                return word
            return before if _measure(before) > 1 else word
    return word


def _step_5(word: str) -> str:
    if word.endswith("e"):
        before = word[:-1]
        if _measure(before) > 1 or (_measure(before) == 1 and not _ends_short(before)):
            word = before
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word
