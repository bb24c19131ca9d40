"""Exact algebra of final answers: rational functions over roots of primes, symbols, and what is left as it is.

A `Sum` maps each monomial to its rational coefficient; a monomial is a product of atoms with rational exponents; an
`Expression` is one sum over another. Roots of integers are taken apart into roots of primes with exponents between 0
and 1, which are linearly independent over the rationals (Besicovitch 1940), so two numbers made of them are equal
exactly where their sums are. i * i is -1. Everything else (functions, roots of sums) is an atom that equals only
itself: such forms may be told apart although they are equal, and never the other way round.

Nothing here is evaluated by machine arithmetic, and nothing grows without bound: sizes and steps are counted, and what
is too large raises `TooLargeError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from math import isqrt
from typing import Any, TypeAlias

# ("root", prime), ("i",), ("name", symbol), or ("call", function, keys of its arguments…); atoms of one kind compare.
Atom: TypeAlias = tuple[Any, ...]
Monomial: TypeAlias = tuple[tuple[Atom, Fraction], ...]
Sum: TypeAlias = dict[Monomial, Fraction]

_IMAGINARY: Atom = ("i",)
_MOST_BITS = 1 << 13  # of a coefficient: some 2,500 digits
_MOST_STEPS = 1 << 12  # products of two terms, in one answer
_LARGEST_DIVISOR = 1 << 12  # a factor above it stays in one piece under a root
_LARGEST_POWER = 64  # of a sum of several terms


class TooLargeError(ValueError):
    """An answer that would take too long or too much memory to work out."""


@dataclass(frozen=True)
class Expression:
    """One sum over another; the lower one is 1 wherever it has a single term."""

    over: Sum
    under: Sum

    @property
    def rational(self) -> Fraction | None:
        """The value where it is a rational number, else None."""
        if self.under != _ONE or any(self.over):
            return None
        return self.over.get((), Fraction(0))

    @property
    def key(self) -> str:
        """A digest that is the same for expressions written alike: what stands in an atom stays small."""
        leading = self.under[min(self.under)]
        parts = [[(mono, part[mono] / leading) for mono in sorted(part)] for part in (self.over, self.under)]
        return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


_ONE: Sum = {(): Fraction(1)}


def number(value: Fraction | int) -> Expression:
    """A rational number."""
    value = Fraction(value)
    return Expression({(): value} if value else {}, _ONE)


def atom(what: Atom) -> Expression:
    """A symbol, or what else is to stay as it is."""
    return Expression({((what, Fraction(1)),): Fraction(1)}, _ONE)


def symbol(name: str) -> Expression:
    """A symbol; `i` is the imaginary unit."""
    return atom(_IMAGINARY if name == "i" else ("name", name))


def call(function: str, *arguments: Expression) -> Expression:
    """A function of which nothing is known but its name."""
    return atom(("call", function, *(argument.key for argument in arguments)))


class Algebra:
    """Arithmetic with a budget: as many steps as an honest answer needs, many times over.

    Args:
        steps: how many products of two terms may be formed.
    """

    def __init__(self, steps: int = _MOST_STEPS) -> None:
        self._left = steps

    def equal(self, one: Expression, other: Expression) -> bool:
        """Whether two expressions are the same rational function of their atoms."""
        return self._times(one.over, other.under) == self._times(other.over, one.under)

    def add(self, one: Expression, other: Expression) -> Expression:
        """The sum."""
        if one.under == other.under:
            return self._made(_plus(one.over, other.over), one.under)
        over = _plus(self._times(one.over, other.under), self._times(other.over, one.under))
        return self._made(over, self._times(one.under, other.under))

    def multiply(self, one: Expression, other: Expression) -> Expression:
        """The product."""
        return self._made(self._times(one.over, other.over), self._times(one.under, other.under))

    def divide(self, one: Expression, other: Expression) -> Expression:
        """The quotient.

        Raises:
            ZeroDivisionError: by nothing.
        """
        return self._made(self._times(one.over, other.under), self._times(one.under, other.over))

    def negate(self, one: Expression) -> Expression:
        """The same with the other sign."""
        return Expression({mono: -value for mono, value in one.over.items()}, one.under)

    def power(self, base: Expression, exponent: Expression) -> Expression:
        """A power or, with a fraction for exponent, a root; of a negative number's odd roots the real one."""
        by, value = exponent.rational, base.rational
        if by is None:
            return base if value == 1 else call("power", base, exponent)
        if by.denominator == 1:
            return self._whole_power(base, by.numerator)
        if value is not None:
            return self._root(value, by)
        if base.under == _ONE and len(base.over) == 1:
            ((mono, factor),) = base.over.items()
            # The root of x^2 is not x: only what stands once is taken out from under the root.
            if factor > 0 and all(what[0] == "root" or (what[0] == "name" and exp == 1) for what, exp in mono):
                terms = self._product(Fraction(1), [(what, exp * by) for what, exp in mono])
                return self.multiply(self._root(factor, by), Expression(terms, _ONE))
        return call("power", base, exponent)

    def _whole_power(self, base: Expression, exponent: int) -> Expression:
        if exponent < 0:
            base, exponent = self.divide(number(1), base), -exponent
        if len(base.over) == 1 and base.under == _ONE:
            ((mono, factor),) = base.over.items()
            self._fits(factor, exponent)
            return Expression(self._product(factor**exponent, [(what, exp * exponent) for what, exp in mono]), _ONE)
        if exponent > _LARGEST_POWER and base.over:
            raise TooLargeError(f"a sum to the power of {exponent}")
        result = number(1)
        for _ in range(min(exponent, _LARGEST_POWER)):
            result = self.multiply(result, base)
        return result

    def _root(self, value: Fraction, by: Fraction) -> Expression:
        """A rational number to the power of a fraction."""
        sign: list[tuple[Atom, Fraction]] = []
        factor = Fraction(1)
        if value < 0 and by.denominator % 2:
            factor = Fraction(-1) ** by.numerator
        elif value < 0 and by.denominator == 2:
            sign = [(_IMAGINARY, Fraction(by.numerator))]
        elif value < 0:
            return call("power", number(value), number(by))
        if not value:
            if by < 0:
                raise ZeroDivisionError("0 to a negative power")
            return number(0)
        primes = [(prime, Fraction(count)) for prime, count in _factors(abs(value.numerator))]
        primes += [(prime, Fraction(-count)) for prime, count in _factors(value.denominator)]
        return Expression(self._product(factor, [*sign, *((("root", prime), n * by) for prime, n in primes)]), _ONE)

    def _made(self, over: Sum, under: Sum) -> Expression:
        if not under:
            raise ZeroDivisionError("a fraction with nothing under its line")
        if len(under) == 1 and under != _ONE:
            ((mono, factor),) = under.items()
            inverse = self._product(1 / factor, [(what, -exp) for what, exp in mono])
            return Expression(self._times(over, inverse), _ONE)
        return Expression(over, under)

    def _times(self, one: Sum, other: Sum) -> Sum:
        if one == _ONE:
            return other
        self._left -= len(one) * len(other)
        if self._left < 0:
            raise TooLargeError("more steps than an answer may take")
        result: Sum = {}
        for mono, factor in one.items():
            for more, by in other.items():
                result = _plus(result, self._product(factor * by, [*mono, *more]), into=result)
        return result

    def _product(self, factor: Fraction, atoms: list[tuple[Atom, Fraction]]) -> Sum:
        """One term, with each atom once and in order, whole roots as numbers and i * i as -1."""
        exponents: dict[Atom, Fraction] = {}
        for what, exponent in atoms:
            exponents[what] = exponents.get(what, Fraction(0)) + exponent
        for what, exponent in exponents.items():
            if what == _IMAGINARY:
                turns = int(exponent) % 4
                exponents[what] = Fraction(turns % 2)
                factor = -factor if turns >= 2 else factor
            elif what[0] == "root":
                whole = exponent.numerator // exponent.denominator
                prime = Fraction(what[1])
                self._fits(prime, abs(whole))
                factor *= prime**whole
                exponents[what] = exponent - whole
        self._fits(factor, 1)
        held = [(what, exponent) for what, exponent in exponents.items() if exponent]
        return {tuple(sorted(held)): factor} if factor else {}

    @staticmethod
    def _fits(value: Fraction, exponent: int) -> None:
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        if bits * exponent > _MOST_BITS and abs(value) != 1:
            raise TooLargeError(f"a number of more than {_MOST_BITS} bits")


def _plus(one: Sum, other: Sum, into: Sum | None = None) -> Sum:
    result = dict(one) if into is None else into
    for mono, factor in other.items():
        total = result.get(mono, Fraction(0)) + factor
        if total:
            result[mono] = total
        else:
            result.pop(mono, None)
    return result


def _factors(value: int) -> list[tuple[int, int]]:
    """Prime factors with their number; what has no small divisor stays in one piece, a square number halved."""
    found: list[tuple[int, int]] = []
    divisor = 2
    while divisor <= _LARGEST_DIVISOR and divisor * divisor <= value:
        count = 0
        while value % divisor == 0:
            value //= divisor
            count += 1
        if count:
            found.append((divisor, count))
        divisor += 1 if divisor == 2 else 2
    root = isqrt(value)
    if root > 1 and root * root == value:
        found.append((root, 2))
    elif value > 1:
        found.append((value, 1))
    return found
