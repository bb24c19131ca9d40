"""Licence expressions: several licences joined by AND (all must be kept) and OR (one may be chosen).

The form is SPDX' (https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/): AND binds before OR, brackets
group. Names between the words are read by `curate.license.name`, so `CC BY 4.0 AND MIT` is understood too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from curate.license.name import canonical
from curate.license.terms import LICENSES

_LONGEST = 100  # words of an expression; nobody writes as many, and each bracket is a call
_MOST = 64  # alternatives: brackets multiply them
_TOKEN = re.compile(r"\(|\)|\band\b|\bor\b|\bwith\b|[^\s()]+", re.IGNORECASE)

# One alternative: the licences that must be kept together.
Together = frozenset[str]


@lru_cache(maxsize=4096)
def alternatives(said: str) -> tuple[Together, ...]:
    """The choices that an expression leaves, in its order: each a set of canonical names that hold together.

    Args:
        said: a licence, or an expression. One that cannot be read is one licence of its own name, which nobody knows.
    """
    whole = (frozenset({canonical(said)}),)
    if canonical(said) in LICENSES:  # "CC BY-SA 3.0 (unported)": brackets of a name, not of an expression
        return whole
    words = _TOKEN.findall(said)
    if len(words) > _LONGEST or not any(word.upper() in ("AND", "OR") for word in words):
        return whole
    found, rest = _any(words)
    return tuple(dict.fromkeys(found)) if found and not rest else whole


def allows(said: str, use: str) -> bool | None:
    """Whether a licence allows a use; None where that is not known.

    Args:
        said: a licence or an expression.
        use: `commercial` or `derivatives`.

    Example:
        >>> [allows(name, "commercial") for name in ("MIT", "CC BY-NC 4.0", "unknown", "mit OR cc-by-nc-4.0")]
        [True, False, None, True]
    """
    choices = [_all(names, use) for names in alternatives(said)]
    return True if True in choices else None if None in choices else False


def chosen(said: str) -> Together:
    """Of the choices that an expression leaves, the one that allows most and asks least; the first of equal ones."""
    return max(alternatives(said), key=_freedom)


def _freedom(names: Together) -> tuple[bool, ...]:
    terms = [LICENSES.get(name) for name in names]
    known = [one for one in terms if one is not None]
    return (
        len(known) == len(terms),
        all(one.commercial for one in known),
        all(one.derivatives for one in known),
        not any(one.share_alike for one in known),
        not any(one.attribution for one in known),
    )


def _all(names: Together, use: str) -> bool | None:
    """False if one forbids it, else None if one is not known."""
    said = [None if (terms := LICENSES.get(name)) is None else bool(getattr(terms, use)) for name in names]
    return False if False in said else None if None in said else True


_Choices = list[Together]


def _any(words: list[str]) -> tuple[_Choices, list[str]]:
    """`a OR b`: the choices of both. No choice at all means that the words are no expression."""
    found, rest = _every(words)
    while found and rest and rest[0].upper() == "OR":
        more, rest = _every(rest[1:])
        found = found + more if more and len(found) + len(more) <= _MOST else []
    return found, rest


def _every(words: list[str]) -> tuple[_Choices, list[str]]:
    """`a AND b`: each choice of the one with each of the other."""
    found, rest = _one(words)
    while found and rest and rest[0].upper() == "AND":
        more, rest = _one(rest[1:])
        found = [one | other for one, other in product(found, more)] if len(found) * len(more) <= _MOST else []
    return found, rest


def _one(words: list[str]) -> tuple[_Choices, list[str]]:
    """A name of one or more words, or an expression in brackets."""
    if words and words[0] == "(":
        found, rest = _any(words[1:])
        return (found, rest[1:]) if rest and rest[0] == ")" else ([], rest)
    size = next((at for at, word in enumerate(words) if word.upper() in ("AND", "OR", "(", ")")), len(words))
    return ([frozenset({canonical(" ".join(words[:size]))})] if size else []), words[size:]
