"""An expression without symbols as a machine number, for comparisons that allow a tolerance."""

from __future__ import annotations

import cmath
import math

from curate.metric.answer.algebra import Atom, Expression, Sum

_CONSTANTS = {"\\pi": math.pi, "e": math.e}


def approximate(expression: Expression) -> complex | None:
    """Its value; None where there are symbols other than pi and e, functions, or numbers that do not fit."""
    try:
        value = _sum(expression.over) / _sum(expression.under)
    except (KeyError, OverflowError, ZeroDivisionError):
        return None
    return value if cmath.isfinite(value) else None


def _sum(terms: Sum) -> complex:
    total = 0j
    for mono, factor in terms.items():
        term = complex(float(factor))
        for what, exponent in mono:
            term *= _atom(what) ** float(exponent)
        total += term
    return total


def _atom(what: Atom) -> complex:
    if what[0] == "i":
        return 1j
    if what[0] == "root":
        return complex(what[1])
    return complex(_CONSTANTS[what[1] if what[0] == "name" else ""])
