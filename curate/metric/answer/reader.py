r"""A reader of final answers: from tokens to values, by recursive descent, exactly and within bounds.

    answer    = item { ("," | ";" | "and" | "or") item }          `1, 2`: a collection without order
    item      = [words "="] sum { relation sum } | sum ":" sum    `x = 5`, `x \in [1, 2)`, `0 < x`, `3 : 4`
    sum       = [sign] product { sign product }                   sign: + - \pm \mp \cup
    product   = ["$"] power { [* or /] power } [words]            `2x`, `3 \cdot 4`, `1 1/2`, `5 cm`
    power     = factor { ^ group | ! | % | degrees }
    factor    see `curate.metric.answer.factor`

`\pm` is read twice, with either sign. A sentence, or what else does not follow the grammar, is no mathematics: `read`
says None, and answers are compared as text.
"""

from __future__ import annotations

from fractions import Fraction

from curate.metric.answer import algebra
from curate.metric.answer.algebra import TooLargeError
from curate.metric.answer.factor import END, Factors, NoMathematicsError
from curate.metric.answer.notation import LONGEST, Token, plain, tokens
from curate.metric.answer.spelling import FUNCTIONS, JOINERS
from curate.metric.answer.unit import canonical
from curate.metric.answer.value import Collection, Quantity, Relation, Value

_RELATIONS = dict.fromkeys(("=", "approx", "equiv"), "=") | dict(
    zip(("<", ">", "leq", "geq", "neq", "in"), ("<", ">", "<=", ">=", "!=", "in"), strict=True)
)
_ABOUT = frozenset(("about", "approximately", "approx", "roughly", "exactly", "only"))
_MULTIPLIED = frozenset(("frac", "sqrt", "binom", *FUNCTIONS))


def read(text: str) -> Value | None:
    """The value of an answer; None where it is no mathematics, or too large.

    Args:
        text: the answer alone, without the words around it.
    """
    if len(text) > LONGEST:
        return None
    try:
        found = tokens(plain(text))
        signs = (1, -1) if any(token.text in {"pm", "mp"} for token in found) else (1,)
        values = [Reader(list(found), sign).answer() for sign in signs]
    except (NoMathematicsError, TooLargeError, ZeroDivisionError):
        return None
    return values[0] if len(values) == 1 else Collection("either", tuple(values))


class Reader(Factors):
    r"""One pass over the tokens of one answer.

    Args:
        found: the tokens.
        sign: what `\pm` stands for in this pass, 1 or -1.
    """

    def __init__(self, found: list[Token], sign: int) -> None:
        super().__init__(found)
        self._sign = sign

    def answer(self) -> Value:
        """The whole of the tokens as one value.

        Raises:
            NoMathematicsError: they are none.
            TooLargeError: they are too much.
        """
        items = self.items()
        if self._next != END:
            raise NoMathematicsError(f"{self._next.text!r} is left over")
        return items[0] if len(items) == 1 else Collection("list", tuple(items))

    def items(self) -> list[Value]:
        """Values with commas or the like between them."""
        items = [self._item()]
        while self._separated():
            items.append(self._item())
        return items

    def _separated(self) -> bool:
        start = self._at
        while self._take("sign", ",", ";") or (self._next.text.lower() in JOINERS and self._take("word")):
            pass
        return self._at > start

    def _item(self) -> Value:
        self._skip_words()
        sides = [self.sum()]
        signs = []
        while self._next.text in _RELATIONS and self._next.kind in {"sign", "command", "word"}:
            signs.append(_RELATIONS[self._next.text])
            self._at += 1
            sides.append(self.sum())
        if not signs and self._take("sign", ":"):
            return Collection("ratio", (sides[0], self.sum()))
        return Relation(tuple(signs), tuple(sides)) if signs else sides[0]

    def _skip_words(self) -> None:
        """Pass over `area =`, `about` and a sign of approximation."""
        start = self._at
        while self._next.kind == "word":
            self._at += 1
        passed = self._tokens[start : self._at]
        if passed and not self._take("sign", "=") and any(word.text.lower() not in _ABOUT for word in passed):
            self._at = start
        self._take("command", "approx")

    def sum(self) -> Value:
        """Products with signs between them, or a union."""
        total = self._signed()
        parts = [total]
        while self._take("command", "cup"):
            parts.append(self._signed())
        if len(parts) > 1:
            return Collection("union", tuple(parts))
        while (self._next.kind, self._next.text) in {
            ("sign", "+"),
            ("sign", "-"),
            ("command", "pm"),
            ("command", "mp"),
        }:
            one, other = self._quantity(total), self._quantity(self._signed())
            total = Quantity(self._algebra.add(one.expression, other.expression), one.units or other.units)
        return total

    def _signed(self) -> Value:
        factor = 1
        while (token := self._take("sign", "+", "-") or self._take("command", "pm", "mp")) is not None:
            factor *= {"+": 1, "-": -1, "pm": self._sign, "mp": -self._sign}[token.text]
        value = self._product()
        if factor == 1:
            return value
        held = self._quantity(value)
        return Quantity(self._algebra.negate(held.expression), held.units)

    def _product(self) -> Value:
        dollar = ["$"] if self._take("sign", "$") else []
        counted = self._next.kind == "number"
        total = self.power()
        if not isinstance(total, Quantity):
            return total
        if counted:
            total = self._mixed(total)
        total = self._factors(total)
        words = canonical([*dollar, *self._words()])
        return Quantity(total.expression, words or total.units)

    def _mixed(self, whole: Quantity) -> Quantity:
        r"""`1 1/2` and `1\frac{1}{2}`: a whole number directly before a proper fraction of numbers."""
        count = whole.expression.rational
        if count is None or count.denominator != 1 or self._tokens[self._at - 1].kind != "number":
            return whole
        start = self._at
        part = None
        if self._take("command", "frac"):
            self._at = start
            part = self._expression(self.factor()).rational
        elif self._next.apart and self._next.kind == self._ahead(2).kind == "number" and self._ahead(1).text == "/":
            part = Fraction(self._next.text) / Fraction(self._ahead(2).text)
            self._at += 3
        if part is None or not 0 < part < 1:
            self._at = start
            return whole
        return Quantity(self._algebra.add(whole.expression, algebra.number(part)))

    def _factors(self, total: Quantity) -> Quantity:
        """What is multiplied or divided, with or without a sign."""
        while True:
            if self._take("sign", "*"):
                by = self._quantity(self._unary())
            elif self._take("sign", "/"):
                below = self._quantity(self._unary())
                total = Quantity(self._algebra.divide(total.expression, below.expression), total.units)
                continue
            elif self._begins():
                by = self._quantity(self.power())
            else:
                return total
            total = Quantity(self._algebra.multiply(total.expression, by.expression), total.units or by.units)

    def _unary(self) -> Value:
        if self._take("sign", "-"):
            held = self._quantity(self.power())
            return Quantity(self._algebra.negate(held.expression), held.units)
        return self.power()

    def _begins(self) -> bool:
        """Whether a factor begins here without a sign of multiplication; a second number is none."""
        token = self._next
        if token.kind == "command":
            return token.text in _MULTIPLIED
        return token.kind == "letter" or (token.kind == "sign" and token.text in {"(", "{"})

    def _words(self) -> list[str]:
        """The words behind a number: `cm`, `miles per hour`, `cm^2`."""
        found: list[str] = []
        while True:
            token = self._next
            if token.kind == "word" and token.text.lower() not in {*JOINERS, "in"}:
                found.append(token.text)
                self._at += 1
            elif found and self._take("sign", "^"):
                found.append(f"^{self.group().rational}")
            elif not (found and self._take("sign", "/", ".", "-", "'")):
                return found

    def power(self) -> Value:
        """A factor with what stands up behind it."""
        base = self.factor()
        while True:
            if self._degrees():
                base = Quantity(self._expression(base), ("°",))
            elif self._take("sign", "^"):
                base = Quantity(self._algebra.power(self._expression(base), self.group()))
            elif self._take("sign", "%"):
                base = Quantity(self._expression(base), ("%",))
            elif self._take("sign", "!"):
                base = Quantity(self.factorial(self._expression(base)))
            else:
                return base

    def _degrees(self) -> bool:
        texts = [self._ahead(place).text for place in range(4)]
        length = 1 if texts[0] == "circ" else 2 if texts[:2] == ["^", "circ"] else 0
        if texts == ["^", "{", "circ", "}"]:
            length = 4
        self._at += length
        return length > 0
