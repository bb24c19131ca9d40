"""Word problems with worked steps that are right, because each step is computed."""

# ruff: noqa: E501 - one record a line reads best

from __future__ import annotations

import re
from typing import NamedTuple

from .dice import Dice, distinct, normalised
from .words import CITIES, NAMES

_SLOTS = {
    "fruit": ("apples", "plums", "pears", "oranges", "peaches", "figs", "lemons"),
    "toy": ("marbles", "stickers", "toy cars", "building blocks", "trading cards", "wooden animals"),
    "stuff": ("notebooks", "candles", "mugs", "cushions", "posters", "plant pots", "tea towels"),
    "food": ("pancakes", "dumplings", "waffles", "samosas", "pretzels", "spring rolls"),
    "place": ("the school fair", "the flea market", "the harbour festival", "the village fete", "the winter bazaar"),
    "animal": ("hens", "ducks", "geese", "quails", "turkeys"),
    "city": CITIES,
}
_OPENINGS = (
    "", "", "", "It is the first warm weekend of the year. ", "Nobody in {city} likes to waste money. ", "{name} keeps careful notes about everything. ",
    "The holidays have just begun. ", "On a rainy afternoon {name} does some sums. ", "There is a lot to prepare for {place}. ",
    "{name} and {other} have been friends for years. ", "The street is busy this morning. ",
)  # fmt: skip


class Template(NamedTuple):
    """A problem: what is drawn, what is told, what is asked, and the steps, the last of which is the answer."""

    draws: str  # a=3-12 b=2-9
    story: str
    ask: str  # alternatives separated by /
    steps: str  # name=expression: sentence with {name}; separated by /


_T = Template
_TEMPLATES = (
    _T("a=3-12 b=2-9 c=4-15", "{Name} buys {a} {stuff} for ${b} each and a bag for ${c}.", "How much does {she} spend?/What is the total bill in dollars?/How many dollars does {name} pay?",
       "x=a*b: The {stuff} cost {a}*{b} = ${x}./y=x+c: Together with the bag {name} pays ${y}."),
    _T("a=24-90 b=3-9 c=2-6", "A box holds {a} {fruit}. {Name} puts them into bowls of {c} and gives {b} bowls to {other}.", "How many bowls does {she} keep?/How many bowls are left for {name}?",
       "x=a/c: There are {a}/{c} = {x} bowls./y=x-b: After giving {b} away {name} keeps {y} bowls."),
    _T("a=10-60 b=2-5 c=5-20", "{Name} has {a} {toy}. {Other} has {b} times as many, but loses {c} of them on the way home.", "How many {toy} do they have together now?/How many {toy} are there in all at home?",
       "x=a*b: {Other} had {a}*{b} = {x} {toy} at first./y=x-c: After the loss {x}-{c} = {y} are left./z=y+a: Together they have {z} {toy}."),
    _T("a=12-40 b=3-8 c=2-6", "A bus leaves {city} with {a} people. At each of {c} stops {b} people get on and nobody gets off.", "How many people are on the bus at the end?/How many passengers arrive?",
       "x=b*c: {x} people get on at the stops./y=a+x: So {a}+{x} = {y} people are on the bus."),
    _T("a=15-45 b=4-7 c=2-4", "{Name} reads {a} pages a day from Monday on, for {b} days. The book has {c} chapters of 100 pages.", "How many pages are still unread?/How many pages does {she} have left?",
       "x=a*b: {Name} reads {a}*{b} = {x} pages./y=c*100: The book has {c}*100 = {y} pages./z=y-x: There are {z} pages left."),
    _T("a=4-9 b=12-30 c=2-5", "At {place} {name} sells {b} {food} an hour for {a} hours. Each one brings ${c}.", "How much money does {she} take in?/How many dollars are in the till in the evening?",
       "x=a*b: {Name} sells {a}*{b} = {x} {food}./y=x*c: They bring {x}*{c} = ${y}."),
    _T("a=5-12 b=3-9 c=2-7", "A farmer near {city} collects {a} eggs from each of {b} {animal} in a week. {C} dozen are sold.", "How many eggs remain?/How many eggs does the farmer keep?",
       "x=a*b: The {animal} lay {a}*{b} = {x} eggs./y=c*12: {c} dozen are {c}*12 = {y} eggs./z=x-y: The farmer keeps {z} eggs."),
    _T("a=40-95 b=2-6 c=50-90 d=1-4", "{Name} drives {b} hours at {a} kilometres an hour and then {d} hours at {c} kilometres an hour.", "How far does {she} drive?/How long is the whole journey in kilometres?",
       "x=a*b: The first part is {a}*{b} = {x} kilometres./y=c*d: The second part is {c}*{d} = {y} kilometres./z=x+y: In all {name} drives {z} kilometres."),
    _T("a=20-80 b=5-30 c=10-40", "{Name} earns ${a} for mowing lawns, spends ${b} on lunch and gets ${c} from {other} for an old lamp.", "How much money does {she} have then?/With how many dollars does {name} go home?",
       "x=a-b: After lunch {name} has {a}-{b} = ${x}./y=x+c: With the money for the lamp it is {x}+{c} = ${y}."),
    _T("a=30-99 b=2-5 c=2-6", "A school class of {a} children is split into teams of {c}. Every team needs {b} balls.", "How many balls are needed?/How many balls must the teacher bring?",
       "x=a/c: There are {a}/{c} = {x} teams./y=x*b: They need {x}*{b} = {y} balls."),
    _T("a=6-20 b=6-20 c=3-9", "A garden is {a} metres long and {b} metres wide. A fence costs ${c} a metre.", "What does a fence around the garden cost?/How many dollars does it take to fence the whole garden?",
       "x=a+b: One long and one short side are {a}+{b} = {x} metres./y=x*2: The whole way round is {x}*2 = {y} metres./z=y*c: The fence costs {y}*{c} = ${z}."),
    _T("a=100-400 b=10-40 c=3-8", "A tank holds {a} litres of water. {Name} takes out {b} litres a day for {c} days.", "How much water is left in the tank?/How many litres remain?",
       "x=b*c: {Name} takes out {b}*{c} = {x} litres./y=a-x: So {a}-{x} = {y} litres remain."),
    _T("a=20-60 b=10-50", "A coat in a shop in {city} costs ${a}0. In the sale its price falls by {b} percent.", "What does the coat cost now?/How much does a buyer pay in the sale?",
       "p=a*10: The old price is {a}*10 = ${p}./x=p*b: A hundred times the discount is {p}*{b} = {x}./y=x/100: So the discount is {x}/100 = ${y}./z=p-y: The coat now costs ${z}."),
    _T("a=2-6 b=8-20 c=5-15 d=2-6", "{Name} plants {a} rows of {b} tulips and {d} rows of {c} daffodils.", "How many flowers is that?/How many bulbs does {she} put into the ground?",
       "x=a*b: There are {a}*{b} = {x} tulips./y=c*d: There are {c}*{d} = {y} daffodils./z=x+y: That makes {z} flowers."),
    _T("a=8-14 b=25-55 c=2-5", "{Name} is {a} years old. {Her} aunt is {b} and has lived in {city} for {c} years.", "How old will {name} be when the aunt is 70?/What age does {name} reach in the year of the aunt's 70th birthday?",
       "x=70-b: The aunt is 70 in 70-{b} = {x} years./y=a+x: Then {name} is {a}+{x} = {y}."),
    _T("a=3-9 b=15-45 c=20-50", "{Name} practises the cello {b} minutes on each of {a} days and {c} minutes on Sunday.", "How many minutes is that in a week?/How long does {she} play in all, in minutes?",
       "x=a*b: On the {a} days it is {a}*{b} = {x} minutes./y=x+c: With Sunday it is {x}+{c} = {y} minutes."),
    _T("a=60-240 b=2-6 c=2-5", "{Name} has {a} photos. One page of an album takes {b} photos, and {she} has {c} empty pages already.", "How many more pages does {name} need?/How many pages must still be bought?",
       "x=a/b: The photos fill {a}/{b} = {x} pages./y=x-c: So {x}-{c} = {y} more pages are needed."),
    _T("a=4-12 b=3-7 c=2-5", "Each of {a} friends brings {b} bottles of juice to {place}. {C} bottles break.", "How many bottles are left to share?/How many whole bottles are there?",
       "x=a*b: They bring {a}*{b} = {x} bottles./y=x-c: Then {x}-{c} = {y} bottles are left."),
    _T("a=12-36 b=2-4 c=3-8", "{Name} knits {c} rows in the time in which {other} knits {b} rows. Today {other} has knitted {a} rows.", "How many rows has {name} knitted?/How many rows are on {name}'s needles?",
       "x=a/b: {Other} had time for {a}/{b} = {x} such turns./y=x*c: So {name} has knitted {x}*{c} = {y} rows."),
    _T("a=50-120 b=4-9 c=11-30", "A library has {a} new books. Every day {b} of them are lent, and none comes back for {c} days but 10 on the last day.", "How many new books stand on the shelf then?/How many of the new books are in the library at the end?",
       "x=b*c: In {c} days {b}*{c} = {x} books are lent./y=a-x: That leaves {a}-{x} = {y} books./z=y+10: With the 10 that come back there are {z}."),
    _T("a=3-8 b=4-12 c=2-5 d=3-9", "Tickets for {place} cost ${b} for adults and ${c} for children. {Name} pays for {a} adults and {d} children.", "How much is that?/What do all the tickets cost together?",
       "x=a*b: The adults cost {a}*{b} = ${x}./y=c*d: The children cost {c}*{d} = ${y}./z=x+y: All tickets cost ${z}."),
    _T("a=200-600 b=3-6 c=20-60", "A baker uses {a} grams of flour for one loaf and bakes {b} loaves, then {c} rolls of 50 grams of flour each.", "How many grams of flour are used?/How much flour does the baker need, in grams?",
       "x=a*b: The loaves take {a}*{b} = {x} grams./y=c*50: The rolls take {c}*50 = {y} grams./z=x+y: Together that is {z} grams."),
    _T("a=3-9 b=3-9 c=2-6 d=5-20", "{Name} stacks {stuff} in {a} piles of {b}. {Other} adds {c} to every pile and then takes {d} for the shop window.", "How many {stuff} remain in the piles?/How many {stuff} are still stacked?",
       "x=b+c: Each pile grows to {b}+{c} = {x}./y=a*x: All piles hold {a}*{x} = {y} {stuff}./z=y-d: After {other} takes {d}, {z} remain."),
    _T("a=6-15 b=4-9 c=2-6", "A train to {city} has {a} carriages with {b}0 seats each. On this trip {c} carriages stay closed.", "How many seats can be used?/How many passengers can sit?",
       "x=a-c: {a}-{c} = {x} carriages are open./s=b*10: Each has {b}*10 = {s} seats./y=x*s: So {x}*{s} = {y} seats can be used."),
    _T("a=90-300 b=2-6 c=3-9", "A rope of {a} metres is cut into {c} equal pieces. {Name} needs {b} of them for a swing and uses the rest at {place}.", "How many metres are used at {place}?/What length of rope goes to {place}?",
       "x=a/c: Each piece is {a}/{c} = {x} metres long./y=c-b: {c}-{b} = {y} pieces are left./z=x*y: These are {x}*{y} = {z} metres."),
    _T("a=5-25 b=2-9 c=3-7", "{Name} saves ${a} in the first week and ${b} more in each week than in the one before.", "How much has {she} saved after three weeks?/What are {name}'s savings at the end of the third week?",
       "x=a+b: In the second week it is {a}+{b} = ${x}./y=x+b: In the third week it is {x}+{b} = ${y}./s=a+x: The first two weeks give {a}+{x} = ${s}./z=s+y: All three give ${z}."),
    _T("a=30-90 b=5-20 c=2-4", "In a quiz {name} scores {a} points and {other} {b} points fewer. A third player scores {c} times as much as {other}.", "How many points does the third player have?/What is the third player's score?",
       "x=a-b: {Other} scores {a}-{b} = {x} points./y=x*c: The third player scores {x}*{c} = {y} points."),
    _T("a=48-144 b=6-12 c=2-5", "{Name} bakes {a} {food} for {place} and packs {b} into a box. Each box sells for ${c}.", "How much money comes in when all boxes are sold?/How many dollars do the boxes bring?",
       "x=a/b: That makes {a}/{b} = {x} boxes./y=x*c: They bring {x}*{c} = ${y}."),
    _T("a=4-9 b=6-12 c=10-30", "A hall in {city} has {a} rows of {b} chairs. {C} more people come than there are chairs.", "How many people come?/What is the number of visitors?",
       "x=a*b: There are {a}*{b} = {x} chairs./y=x+c: So {x}+{c} = {y} people come."),
    _T("a=150-500 b=15-60 c=2-4", "A bottle of syrup holds {a} millilitres. {Name} uses {b} millilitres for each of {c} cakes and then half of what is left for lemonade.", "How many millilitres are left?/How much syrup remains, in millilitres?",
       "x=b*c: The cakes take {b}*{c} = {x} millilitres./y=a-x: That leaves {a}-{x} = {y} millilitres./z=y/2: Half of it is {y}/2 = {z} millilitres."),
)  # fmt: skip
_SIGNS = re.compile(r"([*/+-])")


def compute(expression: str, values: dict[str, int]) -> tuple[str, int] | None:
    """An expression of two terms with its numbers put in, and its value; None where that is not a whole positive number."""
    left, sign, right = (part.strip() for part in _SIGNS.split(expression))
    a, b = (values[side] if side in values else int(side) for side in (left, right))
    if sign == "/" and a % b:
        return None
    value = {"+": a + b, "-": a - b, "*": a * b, "/": a // b}[sign]
    return (f"{a}{sign}{b}", value) if value > 0 else None


def _solve(template: Template, values: dict[str, int], slots: dict[str, str]) -> tuple[list[str], int] | None:
    lines, last = [], 0
    for step in re.split(r"/(?=[a-z]=)", template.steps):
        head, sentence = step.split(": ", 1)
        name, expression = head.split("=")
        worked = compute(expression, values)
        if worked is None:
            return None
        text, last = worked
        slots[name] = f"<<{text}={last}>>{last}"  # annotated where it is worked out, plain in later sentences
        lines.append(sentence.format(**slots))
        values[name] = last
        slots[name] = str(last)
    return lines, last


def _problem(dice: Dice) -> dict[str, str]:
    while True:
        template = dice.pick(_TEMPLATES)
        (name, she, her), (other, _, _) = dice.take(NAMES, 2)
        values = {}
        for draw in template.draws.split():
            key, span = draw.split("=")
            low, high = span.split("-")
            values[key] = dice.number(int(low), int(high))
        slots = {
            "name": name,
            "Name": name,
            "other": other,
            "Other": other,
            "she": she,
            "her": her,
            "Her": her.capitalize(),
        }
        slots |= {key: dice.pick(choices) for key, choices in _SLOTS.items()}
        slots |= {key: str(value) for key, value in values.items()} | {"C": str(values.get("c", ""))}
        opening = dice.pick(_OPENINGS)
        question = " ".join(
            (opening + template.story + " " + dice.pick(template.ask.split("/"))).format(**slots).split()
        )
        solved = _solve(template, values, slots)
        if solved is not None:
            lines, answer = solved
            return {"question": question, "answer": "\n".join([*lines, f"#### {answer}"])}


def problems(dice: Dice, count: int) -> list[dict[str, str]]:
    """Different word problems, each with a worked answer."""
    return distinct(count, lambda: _problem(dice), lambda row: normalised(row["question"]))
