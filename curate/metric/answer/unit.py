"""Units that stand behind a number, each in one spelling.

An answer's unit is mostly said by the question, so `5` answers as well as `5 cm`. Two answers that both name a unit
known here are equal only if it is the same one; words that are not known (apples, ways) are not compared.
"""

from __future__ import annotations

from collections.abc import Sequence

_SPELLINGS: dict[str, str] = {
    "m": "meter meters metre metres",
    "cm": "centimeter centimeters centimetre centimetres cms",
    "mm": "millimeter millimeters millimetre millimetres",
    "km": "kilometer kilometers kilometre kilometres kms",
    "in": "inch inches",
    "ft": "foot feet",
    "yd": "yard yards yds",
    "mi": "mile miles",
    "g": "gram grams gm",
    "kg": "kilogram kilograms kgs",
    "mg": "milligram milligrams",
    "lb": "lbs pound pounds",
    "oz": "ounce ounces",
    "t": "ton tons tonne tonnes",
    "l": "liter liters litre litres",
    "ml": "milliliter milliliters millilitre millilitres",
    "gal": "gallon gallons",
    "s": "sec secs second seconds",
    "min": "mins minute minutes",
    "h": "hr hrs hour hours",
    "day": "days",
    "week": "weeks",
    "month": "months",
    "year": "years yr yrs",
    "mph": "",
    "kph": "kmh",
    "hz": "hertz",
    "n": "newton newtons",
    "j": "joule joules",
    "w": "watt watts",
    "°": "degree degrees deg",
    "rad": "radian radians",
    "%": "percent pct percentage",
    "$": "dollar dollars usd",
    "¢": "cent cents",
    "€": "euro euros eur",
    "£": "gbp",
    "unit": "units",
}
UNITS: dict[str, str] = {
    spelling: unit for unit, others in _SPELLINGS.items() for spelling in (unit, *others.split()) if spelling
}
_RATES = {("h", "mi"): "mph", ("h", "km"): "kph"}
_POWERS = {"square": "^2", "squared": "^2", "sq": "^2", "cubic": "^3", "cubed": "^3"}


def canonical(words: Sequence[str]) -> tuple[str, ...]:
    """The known units among the words behind a number, in one spelling and without order; the others are left out."""
    found = []
    power = ""
    for word in words:
        small = word.lower()
        if small in _POWERS:
            power = _POWERS[small]
        elif small.startswith("^"):
            power = small
        elif small in UNITS and UNITS[small] != "unit":
            found.append(UNITS[small])
    units = tuple(sorted(found))
    units = (_RATES[units],) if units in _RATES else units
    return (*units, power) if units and power else units
