"""Numbers for people: short ones for pictures."""

from __future__ import annotations

_STEPS = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))


def short(value: float) -> str:
    """A number in at most five characters: three digits that count, and how many thousands.

    >>> [short(one) for one in (0, 950, 1_234, 53_464, 1_999_999, 4.25e9)]
    ['0', '950', '1.23k', '53.5k', '2M', '4.25G']
    """
    for size, unit in _STEPS:
        if value >= size * 0.9995:
            return f"{_digits(value / size)}{unit}"
    return _digits(value)


def _digits(value: float) -> str:
    places = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def many(count: int, what: str, plural: str | None = None) -> str:
    """A count with its noun.

    >>> many(1, "record"), many(1200, "record")
    ('1 record', '1,200 records')
    """
    return f"{count:,} {what if count == 1 else plural or what + 's'}"
