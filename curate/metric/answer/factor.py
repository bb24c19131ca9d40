r"""The smallest parts of an answer: numbers, symbols, fractions, roots, functions, brackets and matrices."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from math import ceil, comb, floor
from typing import Final

from curate.metric.answer import algebra
from curate.metric.answer.algebra import Algebra, Expression
from curate.metric.answer.notation import Token
from curate.metric.answer.spelling import FUNCTIONS
from curate.metric.answer.value import Collection, Quantity, Value

END: Final = Token("end", "", apart=True)
_DEEPEST = 32  # factors in factors: brackets in brackets, roots of roots
_OPEN = {("sign", "("): "(", ("sign", "["): "[", ("command", "<("): "(", ("command", "{"): "{", ("sign", "{"): ""}
_CLOSE = {("sign", ")"): ")", ("sign", "]"): "]", ("command", ")>"): ")", ("command", "}"): "}", ("sign", "}"): ""}
_GROUPS = {"()", "[]", ""}  # around a single value they only group
_ROUND = {"lfloor": ("rfloor", floor), "lceil": ("rceil", ceil)}
_MATRICES = frozenset(("pmatrix", "bmatrix", "Bmatrix", "matrix", "smallmatrix", "array"))
_INVERSE = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"}
_LARGEST_COUNT = 200  # whose factorial, and from which a binomial, is worked out


class NoMathematicsError(ValueError):
    """A text that the grammar does not know."""


class Factors(ABC):
    """A cursor over tokens that reads factors; `curate.metric.answer.reader` reads what is made of them.

    Args:
        tokens: of one answer.
    """

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._algebra = Algebra()

    @abstractmethod
    def items(self) -> list[Value]:
        """Values with commas or the like between them."""

    @abstractmethod
    def sum(self) -> Value:
        """A value without commas and relations."""

    @abstractmethod
    def power(self) -> Value:
        """A factor with what stands up behind it."""

    @property
    def _next(self) -> Token:
        return self._ahead(0)

    def _ahead(self, count: int) -> Token:
        at = self._at + count
        return self._tokens[at] if at < len(self._tokens) else END

    def _take(self, kind: str, *texts: str) -> Token | None:
        token = self._next
        if token.kind == kind and (not texts or token.text in texts):
            self._at += 1
            return token
        return None

    def _must(self, kind: str, *texts: str) -> Token:
        token = self._take(kind, *texts)
        if token is None:
            raise NoMathematicsError(f"{self._next.text!r} where {' or '.join(texts) or kind} is needed")
        return token

    @staticmethod
    def _quantity(value: Value) -> Quantity:
        if not isinstance(value, Quantity):
            raise NoMathematicsError("several values where a number is needed")
        return value

    def _expression(self, value: Value) -> Expression:
        return self._quantity(value).expression

    def factor(self) -> Value:
        """A number, a symbol, or what stands in brackets or behind a command."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NoMathematicsError(f"more than {_DEEPEST} factors in each other")
        value = self._factor()
        self._depth -= 1
        return value

    def _factor(self) -> Value:
        token = self._next
        if (token.kind, token.text) in _OPEN:
            return self._brackets()
        self._at += 1
        if token.kind == "number" or (token.text == "." and self._next.text in {"overline", "bar"}):
            return Quantity(self._number(token.text))
        if token.kind == "letter":
            return Quantity(algebra.symbol(self._name(token.text)))
        if token.text == "|":
            inside = self._expression(self.sum())
            self._must("sign", "|")
            return Quantity(self._absolute(inside))
        if token.kind == "command":
            return self._command(token.text)
        raise NoMathematicsError(f"{token.text!r} is no factor")

    def _number(self, digits: str) -> Expression:
        after = digits.partition(".")[2]
        value = Fraction("0" if digits == "." else digits)
        dot = self._next.text == "." and self._ahead(1).text in {"overline", "bar"}
        if dot or self._next.text in {"overline", "bar"}:
            self._at += 2 if dot else 1
            repeat = self._digits()
            value += Fraction(int(repeat), 10 ** len(after) * (10 ** len(repeat) - 1))
        elif self._next.text in {"e", "E"} and not self._next.apart and self._exponent():
            value *= self._tens()
        elif self._take("sign", "_"):
            return algebra.call("base", algebra.number(value), self.group())
        return algebra.number(value)

    def _digits(self) -> str:
        braces = self._take("sign", "{")
        digits = self._must("number").text
        if braces:
            self._must("sign", "}")
        if not digits.isdecimal():
            raise NoMathematicsError(f"{digits!r} does not repeat")
        return digits

    def _exponent(self) -> bool:
        """Whether the letter e is that of 1.5e3."""
        first, second = self._ahead(1), self._ahead(2)
        if first.kind == "sign" and first.text in {"+", "-"} and not first.apart:
            return second.kind == "number" and not second.apart and second.text.isdecimal()
        return first.kind == "number" and not first.apart and first.text.isdecimal()

    def _tens(self) -> Fraction:
        self._at += 1
        sign = self._take("sign", "+", "-")
        power = int(self._must("number").text) * (-1 if sign is not None and sign.text == "-" else 1)
        tens = self._algebra.power(algebra.number(10), algebra.number(power)).rational
        return tens if tens is not None else Fraction(1)

    def _name(self, name: str) -> str:
        """A symbol with its primes and its index."""
        while self._take("sign", "'"):
            name += "'"
        if self._take("sign", "_"):
            if self._take("sign", "{"):
                index = ""
                while not self._take("sign", "}"):
                    if self._next == END:
                        raise NoMathematicsError("an index without an end")
                    index += self._next.text
                    self._at += 1
            else:
                index = self._next.text
                self._at += 1
            name += "_" + index
        return name

    def group(self, *, digit: bool = False) -> Expression:
        r"""What a command or a sign applies to: a group in braces or brackets, or one factor.

        Args:
            digit: of a number take the first digit only, as TeX does: `\frac12`.
        """
        if self._next.kind == "number" and digit and len(self._next.text) > 1:
            token = self._next
            self._tokens[self._at] = Token("number", token.text[1:], apart=False)
            return algebra.number(int(token.text[0])) if token.text[0].isdecimal() else self._fail(token)
        negative = False
        while (sign := self._take("sign", "-", "+")) is not None:
            negative ^= sign.text == "-"
        value = self._expression(self.factor())
        return self._algebra.negate(value) if negative else value

    @staticmethod
    def _fail(token: Token) -> Expression:
        raise NoMathematicsError(f"{token.text!r} is no digit")

    def _command(self, name: str) -> Value:
        if name in {"overline", "bar", "boxed", "fbox"}:
            return self.factor()
        if name == "begin":
            return self._matrix()
        if name == "emptyset":
            return Collection("{}", ())
        return Quantity(self._applied(name))

    def _applied(self, name: str) -> Expression:
        """A command with what it applies to."""
        if name in {"frac", "binom"}:
            above, below = self.group(digit=True), self.group(digit=True)
            return self._algebra.divide(above, below) if name == "frac" else self._binomial(above, below)
        if name == "sqrt":
            return self._root()
        if name in _ROUND:
            return self._rounded(*_ROUND[name], name)
        if name in FUNCTIONS:
            return self._function(name)
        raise NoMathematicsError(f"\\{name} is not known")

    def _root(self) -> Expression:
        degree = algebra.number(2)
        if self._take("sign", "["):
            degree = self._expression(self.sum())
            self._must("sign", "]")
        return self._algebra.power(self.group(), self._algebra.divide(algebra.number(1), degree))

    def _binomial(self, above: Expression, below: Expression) -> Expression:
        most, chosen = above.rational, below.rational
        if most is None or chosen is None or most.denominator * chosen.denominator != 1:
            return algebra.call("binomial", above, below)
        if not 0 <= chosen <= most <= _LARGEST_COUNT:
            return algebra.call("binomial", above, below)
        return algebra.number(comb(int(most), int(chosen)))

    def factorial(self, value: Expression) -> Expression:
        """The product of the numbers up to a number that is small enough."""
        count = value.rational
        if count is None or count.denominator != 1 or not 0 <= count <= _LARGEST_COUNT:
            return algebra.call("factorial", value)
        result = 1
        for factor in range(2, int(count) + 1):
            result *= factor
        return algebra.number(result)

    def _absolute(self, value: Expression) -> Expression:
        return algebra.call("abs", value) if value.rational is None else algebra.number(abs(value.rational))

    def _rounded(self, close: str, to: object, name: str) -> Expression:
        value = self._expression(self.sum())
        self._must("command", close)
        if value.rational is None or not callable(to):
            return algebra.call(name, value)
        return algebra.number(to(value.rational))

    def _function(self, name: str) -> Expression:
        arguments: list[Expression] = []
        if self._take("sign", "_"):
            arguments.append(self.group())
        power = self.group() if self._take("sign", "^") else algebra.number(1)
        if power.rational == -1 and name in _INVERSE:
            name, power = _INVERSE[name], algebra.number(1)
        if (self._next.kind, self._next.text) in {("sign", "("), ("sign", "["), ("sign", "{")}:
            inside = self._brackets()
            parts = inside.items if isinstance(inside, Collection) else (inside,)
            arguments += [self._argument(part) for part in parts]
        else:
            arguments.append(self._open_argument())
        return self._algebra.power(algebra.call(name, *arguments), power)

    def _argument(self, value: Value) -> Expression:
        held = self._quantity(value)
        return algebra.call("degrees", held.expression) if "°" in held.units else held.expression

    def _open_argument(self) -> Expression:
        r"""What a function without brackets applies to: `\sin 2x` is that of 2x."""
        product = self._argument(self.power())
        while self._next.kind == "letter" or (self._next.kind == "command" and self._next.text in {"frac", "sqrt"}):
            product = self._algebra.multiply(product, self._argument(self.power()))
        return product

    def _brackets(self) -> Value:
        token = self._next
        opened = _OPEN[(token.kind, token.text)]
        self._at += 1
        empty = (self._next.kind, self._next.text) in _CLOSE
        items = [] if empty else self.items()
        token = self._next
        closed = _CLOSE.get((token.kind, token.text))
        if closed is None or (opened in {"{", ""}) != (closed in {"}", ""}) or (opened == "") != (closed == ""):
            raise NoMathematicsError(f"{token.text!r} where a bracket should close")
        self._at += 1
        kind = opened + closed
        if len(items) == 1 and kind in _GROUPS:
            return items[0]
        if len(items) > 1 and kind == "":
            return Collection("list", tuple(items))
        if not items and kind != "{}":
            raise NoMathematicsError("brackets around nothing")
        return Collection(kind, tuple(items))

    def _matrix(self) -> Value:
        self._must("sign", "{")
        name = self._must("word").text
        self._must("sign", "}")
        if name == "array" and self._take("sign", "{"):
            while not self._take("sign", "}"):
                if self._next == END:
                    raise NoMathematicsError("columns without an end")
                self._at += 1
        if name not in _MATRICES:
            raise NoMathematicsError(f"{name} is not known")
        rows: list[list[Value]] = [[]]
        while not self._take("command", "end"):
            if self._take("command", "\\"):
                rows.append([])
            elif not self._take("sign", "&"):
                rows[-1].append(self.sum())
        self._must("sign", "{")
        self._must("word", name)
        self._must("sign", "}")
        return Collection("matrix", tuple(Collection("row", tuple(row)) for row in rows if row))
