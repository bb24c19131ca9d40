"""Instructions with answers, in the shape of Alpaca."""

from __future__ import annotations

from .dice import Dice, distinct
from .knowledge import DISHES, HOWTOS, TOPICS
from .phrases import CODE, LETTERS, PEOPLE, REWRITES, SHOPS, TRIPS
from .words import CITIES, GROUPS, NAMES

Row = dict[str, str]


def row(instruction: str, output: str, given: str = "") -> Row:
    """A record in the shape of Alpaca."""
    return {"instruction": instruction, "input": given, "output": output}


def _topics(dice: Dice) -> list[Row]:
    rows = []
    for topic, *facts in TOPICS:
        a, b, c, d = dice.shuffled(facts)
        ask = dice.pick(
            (
                "Describe {} in two sentences.",
                "Write two sentences about {}.",
                "Introduce {} briefly.",
                "Say something short about {}.",
            )
        )
        rows.append(row(ask.format(topic), f"{a} {b}"))
        ask = dice.pick(
            (
                "List three facts about {}.",
                "Name three things worth knowing about {}.",
                "Give me three interesting facts about {}.",
            )
        )
        rows.append(row(ask.format(topic), f"1. {a}\n2. {c}\n3. {d}"))
        ask = dice.pick(
            (
                "What is the following text about?",
                "Name the subject of the text.",
                "Which topic does this passage deal with?",
            )
        )
        rows.append(row(ask, f"The text is about {topic}.", f"{b} {c}"))
        ask = dice.pick(
            ("Turn the notes into a short paragraph on {}.", "Use these notes to write a paragraph about {}.")
        )
        notes = "\n".join(f"- {fact.rstrip('.')}" for fact in (d, a, c))
        rows.append(row(ask.format(topic), f"{d} {a} {c}", notes))
    return rows


def _kitchen(dice: Dice) -> list[Row]:
    rows = []
    for dish, serves, ingredients, *steps in DISHES:
        numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
        rows.append(
            row(f"Write a simple recipe for {dish}.", f"Ingredients for {serves}: {ingredients}.\n\n{numbered}")
        )
        listed = "\n".join(f"* {thing.strip()}" for thing in ingredients.split(","))
        rows.append(row(f"Make a shopping list for {dish}.", listed))
        mixed = dice.shuffled(steps)
        rows.append(row(f"Bring the steps for {dish} into the right order.", numbered, "\n".join(mixed)))
    return rows


def _advice(dice: Dice) -> list[Row]:
    rows = []
    for what, *steps, caution in HOWTOS:
        ask = dice.pick(
            ("Explain how to {}.", "Give step-by-step instructions to {}.", "Describe in three steps how to {}.")
        )
        rows.append(row(ask.format(what), "\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1))))
        ask = dice.pick(("What is a common mistake when people {}?", "Give one warning to somebody who wants to {}."))
        rows.append(row(ask.format(what), caution))
        ask = dice.pick(("Shorten the following advice to one sentence.", "Sum up this advice in a single sentence."))
        rows.append(row(ask, steps[0], " ".join((*steps, caution))))
    return rows


def _letters(dice: Dice) -> list[Row]:
    def make() -> Row:
        reason, first, second, third = dice.pick(LETTERS)
        who, greeting = dice.pick(PEOPLE)
        name, city = dice.pick(NAMES)[0], dice.pick(CITIES)
        middle = dice.pick(
            (
                f"I am writing to you from {city}.",
                f"As you know, I have just come back from {city}.",
                "I hope that you are well.",
                f"It was good to see you in {city} last month.",
                "Thank you for your last message.",
            )
        )
        kind = dice.pick(("an email", "a short letter", "a friendly note", "a message"))
        text = f"{greeting},\n\n{middle} {first} {dice.pick((second, third))}\n\nKind regards,\n{name}"
        return row(f"Write {kind} to {who} {reason}.", text, f"My name is {name}." if dice.chance(0.4) else "")

    return distinct(64, make, lambda made: made["instruction"] + made["input"])


def _rewrites() -> list[Row]:
    rows = []
    for active, passive, past, question in REWRITES:
        rows.append(row("Rewrite the sentence in the passive voice.", passive, active))
        rows.append(row("Put the sentence into the past tense.", past, active))
        rows.append(row("Turn the statement into a question.", question, active))
    return rows


def _sorting(dice: Dice) -> list[Row]:
    def make() -> Row:
        first, second = dice.take(
            ("birds", "furniture", "clothes", "weather", "jobs", "vegetables", "metals", "feelings"), 2
        )
        a, b = dice.take(GROUPS[first].split(), 3), dice.take(GROUPS[second].split(), 3)
        answer = f"{first.capitalize()}: {', '.join(sorted(a))}\n{second.capitalize()}: {', '.join(sorted(b))}"
        ask = dice.pick(
            (
                "Sort the words into two groups, {} and {}.",
                "Which of these words are {} and which are {}?",
                "Separate {} from {}.",
            )
        )
        return row(ask.format(first, second), answer, ", ".join(dice.shuffled(a + b)))

    return distinct(48, make, lambda made: made["instruction"] + made["input"])


def _inventions(dice: Dice) -> list[Row]:
    rows = [row(f"Suggest a name for {shop} and say why it fits.", answer) for shop, answer in SHOPS]
    for trip, things, reason in TRIPS:
        rows.append(row(f"What should I pack for {trip}?", f"Take {things}. {reason}"))
        city = dice.pick(CITIES)
        rows.append(row(f"A friend in {city} is planning {trip}. Name the most important thing to remember.", reason))
    return rows


def records(dice: Dice) -> list[Row]:
    """All instructions, each prompt once, in a random order."""
    rows = [
        *_topics(dice),
        *_kitchen(dice),
        *_advice(dice),
        *_letters(dice),
        *_rewrites(),
        *_sorting(dice),
        *_inventions(dice),
    ]
    rows += [row(ask, f"```python\n{code}\n```") for ask, code in CODE]
    return dice.shuffled(rows)
