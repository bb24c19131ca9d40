"""Conversations in the shape of chat messages."""

from __future__ import annotations

import re

from .dice import Dice, distinct
from .knowledge import DISHES, HOWTOS, TOPICS
from .maths import problems

Chat = list[dict[str, str]]

_SYSTEMS = (
    "You are a patient tutor. Explain each step in plain words.",
    "You are a friendly assistant who answers briefly.",
    "You help visitors of a science museum.",
    "You are the kitchen helper of a busy family.",
    "Answer politely and never use jargon.",
    "You are a guide for people who try something for the first time.",
)


def chat(*turns: str, system: str | None = None) -> Chat:
    """Messages of a user and an assistant in turn, the user first."""
    messages = [{"role": "system", "content": system}] if system else []
    return messages + [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(turns)]


def prompt(messages: Chat) -> str:
    """What the user says last: the prompt of the conversation."""
    return [message["content"] for message in messages if message["role"] == "user"][-1]


def _talk(dice: Dice) -> Chat:
    topic, *facts = dice.pick(TOPICS)
    a, b, c, d = dice.shuffled(facts)
    hello = dice.pick(
        (
            "Hi! My daughter asked me about {}. What can I tell her?",
            "I have to give a short talk on {}. Where do I start?",
            "What would you tell a stranger about {}?",
            "I never paid attention to {}. What have I missed?",
        )
    )
    more = dice.pick(
        (
            "Good. What else is there to say about {}?",
            "And what surprises most people about {}?",
            "One more thing about {}, please.",
        )
    )
    turns = [hello.format(topic), f"{a} {b}", more.format(topic), c]
    if dice.chance(0.4):
        turns += [f"How would you close a talk on {topic}?", f"I would end with this: {d[0].lower() + d[1:]}"]
    return chat(*turns)


def _help(dice: Dice) -> Chat:
    what, *steps, caution = dice.pick(HOWTOS)
    first = dice.pick(
        (
            "I want to {}. Can you help?",
            "I have never had to {}. How does it work?",
            "Tomorrow I have to {}. Any advice?",
        )
    )
    if dice.chance(0.5):
        return chat(first.format(what), " ".join(steps))
    last = dice.pick(("Is there anything that goes wrong when people {}?", "What would you never do when you {}?"))
    return chat(first.format(what), " ".join(steps), last.format(what), caution)


def _cook(dice: Dice) -> Chat:
    dish, serves, ingredients, *steps = dice.pick(DISHES)
    have = dice.pick(("I have {} at home. What can I cook?", "There is still {} in the kitchen. Any idea for dinner?"))
    how = dice.pick(
        (
            "Sounds good. How do I make {} for {} people?",
            "How long will {} for {} keep me in the kitchen, and what do I do?",
        )
    )
    return chat(
        have.format(ingredients), f"That is all you need for {dish}.", how.format(dish, serves), " ".join(steps)
    )


def _tutor(dice: Dice) -> Chat:
    problem = problems(dice, 1)[0]
    plain = re.sub(r"<<.*?>>", "", problem["answer"]).replace("\n#### ", "\nThe answer is ") + "."
    return chat(f"I am stuck with this one: {problem['question']}", plain, system=_SYSTEMS[0])


def conversations(dice: Dice, count: int) -> list[Chat]:
    """Different conversations, no two with the same last question."""

    def make() -> Chat:
        messages = dice.pick((_talk, _talk, _talk, _help, _help, _cook, _tutor))(dice)
        if messages[0]["role"] != "system" and dice.chance(0.15):
            messages = [{"role": "system", "content": dice.pick(_SYSTEMS[1:])}, *messages]
        return messages

    return distinct(count, make, prompt)
