"""The sections of the HTML report, by the ids that links name."""

SECTIONS = (
    *("flow", "mix", "lengths", "budget", "languages", "difficulty", "overlap", "duplicates"),
    *("licences", "expectations", "difference", "samples", "recipe", "reproduce"),
)

# Those of a difference: on its own page, and but for the last on that of a version.
OF_TWO = ("difference", "causes", "groups", "shifts", "sizes", "again")
