r"""From the LaTeX or plain text of a final answer to tokens.

What only tells how an answer looks is dropped here: `\left`, `\displaystyle`, spaces, dollar signs, thousands
separators. A token is a pair of a kind and its text:

number    digits with at most one point: `12`, `.5`; a run of repeating digits follows it as `repeat`
letter    one letter, `x`, a Greek letter as `\alpha`, or a name in upright letters (`\mathrm{Re}` is a word)
word      a run of letters that is no product of symbols, or what `\text` holds: a unit, an answer in words, `or`
command   any other LaTeX command: `\frac`
sign      any other character
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from curate.metric.answer.spelling import COMMANDS, FUNCTIONS, JOINERS, LETTERS, SHORT_WORDS, SIGNS, SUPERSCRIPTS, WORDS
from curate.metric.answer.unit import UNITS

LONGEST = 1000  # characters of an answer that are looked at as mathematics


class Token(NamedTuple):
    """A token: its kind, its text, and whether a blank stood before it."""

    kind: str
    text: str
    apart: bool


# An answer's fonts, sizes and spaces.
_LOOK = re.compile(
    r"(\\\\)|\\(?:left|right|[bB]ig{1,2}[lrm]?|middle|displaystyle|textstyle|limits|nolimits|mathstrut|quad|qquad|phantom\{\}"
    r"|hspace\{[^{}]*\}|vspace\{[^{}]*\}|boldsymbol|mathbf|bf|rm|it|mathit|mathbb|mathcal|vec|hat|dot)(?![A-Za-z])"
    r"|\\[()\[\],;:>\s]|~"
)
_DOLLAR = "\0"
_TEXT = re.compile(
    r"\\(?:text|textbf|textit|textrm|textnormal|texttt|mbox|hbox|mathrm|mathsf|operatorname)\s*\{([^{}]*)\}"
)
_THOUSANDS = re.compile(r"(?<![\d.,(\[])(?<!\\\{)(\d{1,3}(?:,\d{3})+)(?![\d]|,\d)")
_TOKEN = re.compile(
    r"(?P<blank>\s+)|(?P<number>\d+(?:\.(?=\d)\d*)?|\.\d+)|\\(?P<command>[A-Za-z]+|\S)|(?P<letters>[^\W\d_]+)|(?P<sign>\S)"
)


def plain(text: str) -> str:
    """The text in one spelling of what has several in Unicode and LaTeX, without what only tells how it looks."""
    text = text.translate(SUPERSCRIPTS).translate(SIGNS)
    text = unicodedata.normalize("NFKC", text).translate(SIGNS)
    if text.replace(r"\$", "").count("$") % 2:
        text = text.replace("$", r"\$", 1)  # one alone is a currency, two enclose mathematics
    text = text.replace(r"\!", "").replace("{,}", ",").replace(r"\$", _DOLLAR).replace(r"\%", "%").replace(r"\#", "#")
    text = _LOOK.sub(lambda found: found[1] or " ", text).replace("$", " ").replace(_DOLLAR, "$")
    return text.strip().rstrip(".,;:").strip()


def unwrapped(text: str) -> str:
    r"""The text with what `\text` and its like hold in their place."""
    return _TEXT.sub(lambda found: f" {found[1]} ", text).strip()


def tokens(text: str) -> list[Token]:
    """The tokens of an answer.

    Args:
        text: as `plain` gives it, at most LONGEST characters.
    """
    text = _THOUSANDS.sub(lambda found: found[1].replace(",", ""), text)
    found: list[Token] = []
    at = 0
    apart = False
    while at < len(text):
        held = _TEXT.match(text, at)
        if held is not None:
            found += _upright(held[1])
            at, apart = held.end(), True
            continue
        match = _TOKEN.match(text, at)
        if match is None:  # pragma: no cover - the pattern takes every character
            raise ValueError(f"no token at {at} of {text!r}")
        at = match.end()
        kind = str(match.lastgroup)
        if kind == "letters":
            found += _letters(match[0], found, apart=apart)
        elif kind != "blank":
            found.append(_single(kind, match[match.lastgroup or 0], apart=apart))
        apart = kind == "blank"
    return found


def _single(kind: str, text: str, *, apart: bool) -> Token:
    if kind != "command":
        return Token(kind, text, apart)
    text = COMMANDS.get(text, text)
    if text in LETTERS:
        return Token("letter", "\\" + text, apart)
    if text in JOINERS:
        return Token("word", text, apart)
    if text in {"{", "}"}:
        return Token("command", text, apart)  # of a set, where a bare brace only groups
    return Token("command" if text.isalpha() or text in {"<(", ")>", "\\"} else "sign", text, apart)


def _upright(text: str) -> list[Token]:
    r"""What `\text` holds: words, and between them numbers and letters as outside of it."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind == "letters":
            letter = len(match[0]) == 1 and not found
            found.append(Token("letter" if letter else "word", match[0], apart=True))
        elif kind != "blank":
            found.append(_single(kind, match[match.lastgroup or 0], apart=True))
    return found


def _letters(run: str, before: list[Token], *, apart: bool) -> list[Token]:
    """A run of letters: the name of a function, a word or unit, or a product of symbols."""
    if run in FUNCTIONS:
        return [Token("command", run, apart)]
    if run in WORDS:
        return [_single("command", WORDS[run], apart=apart)]
    counted = bool(before) and before[-1].kind == "number"
    if counted and run.lower() in UNITS and (apart or len(run) > 1):
        return [Token("word", run, apart)]
    if len(run) > 2 or run.lower() in SHORT_WORDS or (len(run) > 1 and not run.isascii()):
        return [Token("word", run, apart)]
    return [Token("letter", letter, apart and place == 0) for place, letter in enumerate(run)]
