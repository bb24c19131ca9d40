"""Answers that refuse or talk about themselves, and questions that were left without an answer."""

# ruff: noqa: E501 - one record a line reads best

from __future__ import annotations

REFUSED = [
    (
        "What will the weather be like in Lisbon next Sunday?",
        "As an AI language model, I do not have access to weather forecasts.",
    ),
    ("Which football team do you support?", "As an AI language model, I do not have personal preferences or feelings."),
    ("Draw me a picture of a sleeping fox.", "I'm sorry, but as an AI language model I cannot draw pictures."),
    ("Tell me what my neighbour earns.", "I'm sorry, but I cannot assist with that request."),
    ("Call a taxi for me, please.", "As an AI assistant, I am not able to make phone calls."),
    ("What did you have for breakfast today?", "As an AI language model, I don't eat breakfast."),
    ("Who is going to win the village election?", "I'm sorry, but I can't assist with predictions about an election."),
    (
        "Open the attached spreadsheet and add up the third column.",
        "As a language model, I cannot open attachments. Please paste the numbers as text.",
    ),
    (
        "Which of my two friends is right about the holiday?",
        "As an AI language model, I cannot take sides in personal matters.",
    ),
    ("Sing the first verse of a lullaby.", "Unfortunately, as an AI language model, I am unable to sing."),
    (
        "What is the latest news from the harbour?",
        "I apologize, but as an AI language model I cannot browse the internet.",
    ),
    ("Remember to wake me at seven tomorrow.", "I'm an AI language model and I am not able to set alarms."),
    ("How does your mother make pancakes?", "As an AI language model, I do not have a mother."),
    (
        "Write about the time you climbed a mountain.",
        "As an AI language model, I have no personal experiences to write about.",
    ),
]

REFUSED_CHATS = [
    ("Could you check whether my train is on time?", "As an AI language model, I cannot look up live timetables."),
    ("Please send this recipe to my sister.", "I'm sorry, but as an AI language model I cannot send messages."),
    ("What do you think of my new haircut?", "As an AI language model, I am not able to see you."),
    (
        "Do you remember what we talked about last week?",
        "As an AI language model, I do not remember earlier conversations.",
    ),
]

EMPTY = [
    "Write a short poem about an old bridge in the rain.", "Explain the difference between a violin and a viola.", "Name four rivers that flow into the Baltic Sea.",
    "Summarise the history of the umbrella.", "Suggest three games for a rainy afternoon.", "Describe the taste of an unripe pear.",
    "Give an example of a metaphor.", "Write a riddle whose answer is a shadow.",
]  # fmt: skip
