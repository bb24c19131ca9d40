r"""The final answer in what a model, or the author of a solution, wrote.

Ways to mark it, tried in the order of WAYS:

boxed     the last `\boxed{…}` or `\fbox{…}`: the solutions of MATH (https://github.com/hendrycks/math)
hash      what follows the last `####`: the solutions of GSM8K (https://github.com/openai/grade-school-math)
phrase    what follows the last `answer is`, `answer:` and the like, up to the end of the sentence
whole     the whole text, where it is short enough to be an answer alone
formula   the last formula between dollar signs, if it stands in the last line
number    the last number
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

from curate.metric.answer.reader import read

Way: TypeAlias = Literal["boxed", "hash", "phrase", "whole", "formula", "number"]
WAYS: tuple[Way, ...] = ("boxed", "hash", "phrase", "whole", "formula", "number")

_TAIL = 4000  # characters at the end in which an unmarked answer is looked for
_WHOLE = 120  # characters of the longest text that may be an answer alone
_FEW_WORDS = 3  # beside the numbers of an answer: more are a sentence
_WORD = re.compile(r"(?<![\\A-Za-z])[^\W\d_]{3,}")
_BOX = re.compile(r"\\(?:boxed|fbox)\b\s*")
_PHRASE = re.compile(
    r"(?:answer|solution|result)\s*(?:choice\s*)?(?:is|are|=|:|to the (?:question|problem) is)(?:\s*[:=])?\s*"
    r"(?:option\s+)?",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?](?=\s|$)|\n\s*\n|\n(?=[A-Z])")
_INLINE = re.compile(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_NUMBER = re.compile(
    r"(?<![\w.,])[-\u2212]?\s?\$?\s?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+|(?<=\d))(?:\s?/\s?\d+(?![\d.]))?\s?%?"
)
_LEADING = re.compile(r"[-\u2212]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?%?")
_EMPHASIS = re.compile(r"^[\s*_`\"']+|[\s*_`\"']+$")


def final(text: str, ways: Iterable[Way] = WAYS) -> str | None:
    """The final answer in a text.

    Args:
        text: a solution, or an answer alone.
        ways: how answers may be marked, in the order of trial.

    Returns:
        The answer as it is written, without blanks at its ends; None where none is marked so.
    """
    for way in ways:
        found = _FOUND[way](text)
        if found is not None and found.strip():
            return found.strip()
    return None


def expected(text: str) -> str | None:
    """The answer that a reference gives: the marked one, else the whole of it if it is short enough for an answer.

    Args:
        text: an answer alone, or a solution.

    Returns:
        As `final`. A short text without a mark is an answer even where it is no mathematics: "June 20" is not 20.
    """
    marked = final(text, ("boxed", "hash", "phrase"))
    if marked is not None:
        return marked
    return text.strip() or None if len(text.strip()) <= _WHOLE else final(text)


def _boxed(text: str) -> str | None:
    last = None
    for match in _BOX.finditer(text):
        last = match
    if last is None:
        return None
    start = last.end()
    if text[start : start + 1] != "{":  # \boxed 5
        return re.split(r"[\s$.,]", text[start : start + 40], maxsplit=1)[0]
    depth = 0
    at = start
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return text[start + 1 : at]
        at += 1
    return None


def _hash(text: str) -> str | None:
    before, mark, after = text.rpartition("####")
    del before
    return after.strip().partition("\n")[0] if mark else None


def _phrase(text: str) -> str | None:
    tail = text[-_TAIL:]
    last = None
    for match in _PHRASE.finditer(tail):
        last = match
    if last is None:
        return None
    said = tail[last.end() :]
    end = _END.search(said)
    said = _EMPHASIS.sub("", said[: end.start()] if end is not None else said)
    inline = _INLINE.search(said)
    if inline is not None and not said[: inline.start()].strip(" (*"):
        more = said[inline.end() :].startswith(("%", "\\%", "^"))
        return said if more else _inside(inline)
    if read(said) is None:
        number = _LEADING.match(said)
        if number is not None:
            return number[0]
        if inline is not None:
            return _inside(inline)
    return said


def _inside(formula: re.Match[str]) -> str:
    return str(next(filter(None, formula.groups())))


def _whole(text: str) -> str | None:
    text = text.strip()
    if len(text) > _WHOLE or "\n" in text:
        return None
    if not re.search(r"\d|\$", text):
        return text
    return text if len(_WORD.findall(text)) <= _FEW_WORDS and read(text) is not None else None


def _formula(text: str) -> str | None:
    last = text.rstrip().rpartition("\n")[2][-_TAIL:]
    found = None
    for match in _INLINE.finditer(last):
        found = _inside(match)
    return found


def _number(text: str) -> str | None:
    found = None
    for match in _NUMBER.finditer(text[-_TAIL:]):
        found = match[0]
    return found


_FOUND = {
    "boxed": _boxed,
    "hash": _hash,
    "phrase": _phrase,
    "whole": _whole,
    "formula": _formula,
    "number": _number,
}
