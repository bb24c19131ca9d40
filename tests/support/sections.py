"""The sections of the HTML report, by the ids that links name."""

SECTIONS = (
    *("flow", "mix", "lengths", "budget", "languages", "difficulty", "overlap", "duplicates"),
    *("licences", "expectations", "difference", "samples", "recipe", "reproduce"),
)
