"""Eight invented tasks in the shape of Natural Instructions v2."""

# ruff: noqa: E501 - one record a line reads best

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from .dialogues import scene
from .dice import Dice, distinct
from .reviews import review
from .words import ALSO, CITIES, GROUPS, IRREGULAR, NAMES, REGULAR

Instance = tuple[str, list[str]]


@dataclass(frozen=True)
class Task:
    """One task file.

    Args:
        number: the task's number.
        name: the rest of the file's stem.
        category: as Natural Instructions names categories.
        domain: likewise.
        definition: the instruction.
        why: explanation of the positive example.
        wrong: a wrong output for the negative example.
        instances: inputs with their accepted outputs; the first one becomes the example in the file's head.
    """

    number: int
    name: str
    category: str
    domain: str
    definition: str
    why: str
    wrong: str
    instances: list[Instance]

    @property
    def stem(self) -> str:
        """The file's name without `.json`."""
        return f"task{self.number}_{self.name}"


_UNITS: list[tuple[str, str, str, str, Fraction]] = [
    ("metres", "centimetres", "m", "cm", Fraction(100)), ("kilometres", "metres", "km", "m", Fraction(1000)),
    ("feet", "inches", "ft", "in", Fraction(12)), ("yards", "feet", "yd", "ft", Fraction(3)), ("hours", "minutes", "h", "min", Fraction(60)),
    ("minutes", "seconds", "min", "s", Fraction(60)), ("kilograms", "grams", "kg", "g", Fraction(1000)), ("litres", "millilitres", "l", "ml", Fraction(1000)),
    ("pounds", "ounces", "lb", "oz", Fraction(16)), ("days", "hours", "d", "h", Fraction(24)), ("weeks", "days", "wk", "d", Fraction(7)),
    ("gallons", "pints", "gal", "pt", Fraction(8)), ("tonnes", "kilograms", "t", "kg", Fraction(1000)), ("hectares", "square metres", "ha", "m2", Fraction(10000)),
]  # fmt: skip
_CONVERT = ("Convert {value} {a} to {b}.", "How many {b} are {value} {a}?", "{Name} measured {value} {a}. What is that in {b}?",
            "A sign says {value} {a}. Give the same amount in {b}.", "Express {value} {a} in {b}.")  # fmt: skip


def decimal(value: Fraction) -> str:
    """A fraction as a plain decimal number without trailing noughts."""
    text = f"{float(value):.4f}".rstrip("0").rstrip(".")
    return text or "0"


def _conversion(dice: Dice) -> Instance:
    a, b, short_a, short_b, factor = dice.pick(_UNITS)
    value = Fraction(dice.number(2, 480), dice.pick((1, 1, 1, 2, 4)))
    if dice.chance(0.4):
        a, b, short_a, short_b, value, factor = b, a, short_b, short_a, value * factor, 1 / factor
    text = dice.pick(_CONVERT).format(value=decimal(value), a=a, b=b, Name=dice.pick(NAMES)[0])
    answer = decimal(value * factor)
    return text, [f"{answer} {b}", f"{answer} {short_b}"]


def _written(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _calendar(dice: Dice) -> Instance:
    start = date(1990, 1, 1) + timedelta(days=dice.number(0, 12400))
    days = dice.number(3, 120)
    kind = dice.number(0, 3)
    if kind == 0:
        day = start + timedelta(days=days)
        return f"What date is {days} days after {_written(start)}?", [_written(day), day.isoformat()]
    if kind == 1:
        day = start - timedelta(days=days)
        return f"Which date was {days} days before {_written(start)}?", [_written(day), day.isoformat()]
    if kind == 2:
        return f"On which day of the week did {_written(start)} fall?", [f"{start:%A}"]
    day = start + timedelta(days=days)
    return f"How many days lie between {_written(start)} and {_written(day)}?", [f"{days} days", str(days)]


# Categories that share a word (orange, kiwi, squash, gold, triangle…): the odd word would not be odd.
_CLASH = [
    {"fruit", "trees"}, {"fruit", "colours"}, {"fruit", "birds"}, {"fruit", "vegetables"}, {"metals", "colours"}, {"tools", "kitchen things"},
    {"kitchen things", "furniture"}, {"drinks", "vegetables"}, {"drinks", "sports"}, {"vehicles", "sports"}, {"insects", "birds"},
    {"insects", "sports"}, {"trees", "colours"}, {"vegetables", "colours"}, {"shapes", "musical instruments"},
]  # fmt: skip


def _odd(dice: Dice) -> Instance:
    first, second = dice.take(list(GROUPS), 2)
    while {first, second} in _CLASH:
        first, second = dice.take(list(GROUPS), 2)
    odd = dice.pick(GROUPS[second].split())
    words = dice.shuffled([*dice.take(GROUPS[first].split(), dice.number(3, 5)), odd])
    return f"Category: {first}\nWords: {', '.join(words)}", [odd]


def plural(noun: str) -> str:
    """The plural of an English noun."""
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")


def _plurals(dice: Dice) -> list[Instance]:
    nouns = dice.shuffled(sorted({*REGULAR, *IRREGULAR}))
    return [(f"Noun: {noun}", [plural(noun), *([ALSO[noun]] if noun in ALSO else [])]) for noun in nouns]


_SENTENCES = (
    "{name} has lived in {city} since the old bridge was closed.", "The night train from {city} was two hours late again.",
    "Our office in {city} will be painted next week, said {name}.", "{name} still keeps the tram ticket from a rainy week in {city}.",
    "A small theatre in {city} is looking for someone who can mend curtains.", "When {name} was nine, the family moved to {city}.",
    "The recipe came from a cook in {city} who never measured anything.", "Nobody expected the marathon in {city} to be won by a baker.",
    "{name} studies bats in the parks of {city}.", "The parcel went to {city} by mistake and came back in March.",
    "There is a shop in {city} that sells nothing but buttons, and {name} owns it.", "Fog closed the airport of {city} for most of the morning.",
    "{name} promised to bring back a postcard from {city}.", "The choir rehearses in {city} every second Thursday.",
    "The library of {city} lends out telescopes now.", "After the storm the harbour of {city} was full of branches.",
    "{name} met an old friend at the fish market in {city}.", "In {city} the first snow fell on the day of the parade.",
    "The mayor of {city} opened the new swimming pool with a dive.", "{name} drove through the night to reach {city} before the shops opened.",
)  # fmt: skip


def _city(dice: Dice) -> Instance:
    city = dice.pick(CITIES)
    return dice.pick(_SENTENCES).format(city=city, name=dice.pick(NAMES)[0]), [city]


def _reorder(dice: Dice) -> Instance:
    kind = dice.number(0, 3)
    if kind < 2:
        numbers = [dice.number(-40, 999) for _ in range(dice.number(5, 9))]
        order = ("from smallest to largest", "from largest to smallest")[kind]
        answer = sorted(set(numbers), reverse=kind == 1)
        shown: list[int | str] = list(dict.fromkeys(numbers))
        return f"Sort {order}: {', '.join(map(str, shown))}", [", ".join(map(str, answer))]
    words = dice.take(sorted({word for group in GROUPS.values() for word in group.split()}), dice.number(5, 8))
    if kind == 2:
        return f"Sort alphabetically: {', '.join(words)}", [", ".join(sorted(words))]
    return f"Reverse the order: {', '.join(words)}", [", ".join(reversed(words))]


def tasks(dice: Dice) -> list[Task]:
    """The eight tasks, each with its instances, all inputs of a task different."""

    def some(count: int, make: object) -> list[Instance]:
        return distinct(count, lambda: make(dice), lambda pair: pair[0])  # type: ignore[operator]

    def label(pair: tuple[str, str]) -> Instance:
        return pair[0], [pair[1]]

    return [
        Task(901, "unit_conversion", "Mathematics", "Mathematics",
             "You are given a measurement and another unit. Convert the measurement and answer with the number and the unit, nothing else.",
             "The amount is multiplied or divided by how many of the smaller unit make one of the larger.", "It depends on the unit.",
             some(300, _conversion)),
        Task(902, "review_sentiment", "Sentiment Analysis", "Reviews",
             "In this task, you are given a short review. Decide whether its author is content. Answer with 'positive' or 'negative'.",
             "The author praises what was bought or visited, or complains about it.", "neutral",
             [label(pair) for pair in distinct(400, lambda: review(dice), lambda pair: pair[0])]),
        Task(903, "calendar_arithmetic", "Question Answering", "Dates",
             "Answer the question about a date. Dates are written as day, month and year, for example 7 May 2004. Mind leap years.",
             "Counting the days of each month in between gives the answer.", "Some time in spring",
             some(280, _calendar)),
        Task(904, "odd_one_out", "Word Semantics", "Commonsense",
             "Given a category and a list of words, find the one word that does not belong to the category. Answer with this word only.",
             "All other words belong to the category.", "All of them belong to it.",
             some(350, _odd)),
        Task(905, "dialogue_summary", "Summarization", "Dialogue",
             "You are given a short conversation between two people. Summarise in one sentence what they agree on or find out.",
             "The summary names both people and what comes out of their talk.", "Two people talk.",
             some(220, scene)),
        Task(906, "plural_form", "Linguistics", "Language",
             "Write the plural of the given English noun. Some nouns are irregular, and some do not change at all.",
             "This is the plural that dictionaries give.", "The noun has no plural.",
             _plurals(dice)),
        Task(907, "city_extraction", "Information Extraction", "News",
             "Each sentence names exactly one city. Extract the name of the city as it is written in the sentence.",
             "It is the only name of a city in the sentence.", "the city",
             some(320, _city)),
        Task(908, "list_reordering", "Program Execution", "Lists",
             "You are given a list and the order that it should have. Write the list in this order, its items separated by commas.",
             "Each item of the list appears once, in the order that was asked for.", "The list is in order already.",
             some(260, _reorder)),
    ]  # fmt: skip
