"""What mixes of real licences allow and ask, each worked out by hand, and which declared licences contradict them."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.license import LICENSES, account, allows, contradictions, model_terms

# Public data sets as their makers state their terms (repository, card or paper), and how they are spelt there.
REAL = {
    "natural_instructions": "Apache-2.0",
    "ni_commonsenseqa": "MIT",
    "ni_xsum": "Unknown",
    "ni_personachat": "CC BY 4.0",
    "ni_glucose": "CC BY-NC 4.0",
    "ni_sciq": "CC BY-NC 3.0",
    "ni_samsum": "CC BY-NC-ND 4.0",
    "gsm8k": "MIT",
    "aqua_rat": "Apache-2.0",
    "scibench": "MIT",
    "alpaca": "CC BY-NC 4.0 (Alpaca data licence)",
    "dolly": "CC BY-SA 3.0 (Dolly)",
    "lima": "CC BY-NC-SA (LIMA)",
    "gpteacher": "MIT",
    "codealpaca": "CC BY-NC 4.0 (data)",
    "cnn_dailymail": "Apache-2.0",
    "quac": "CC BY-SA 4.0",
    "p3": "Apache-2.0",
    "bbq": "CC BY 4.0",
}


class Mix(NamedTuple):
    """A mix, what follows for it in the order commercial, derivatives, attribution, share-alike, and who decides."""

    sources: tuple[str, ...]
    values: tuple[bool | None, bool | None, bool | None, bool | None]
    deciding: tuple[str, ...]  # of the first value that is not True
    clashes: tuple[tuple[str, str], ...]
    fine: tuple[str, ...]
    refused: tuple[str, ...]


MIXES = {
    # MIT and Apache allow sale and change, and ask to name the authors; neither asks for itself. So any licence that
    # keeps attribution covers the whole, share-alike ones too (they ask for more); CC0 would drop the attribution.
    "permissive": Mix(
        ("gsm8k", "aqua_rat", "p3"),
        (True, True, True, False),
        (),
        (),
        ("mit", "apache-2.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "mit AND apache-2.0"),
        ("cc0-1.0", "mit OR cc0-1.0"),
    ),
    # Alpaca's terms forbid commercial use, so MIT for the whole promises what a part forbids; NC keeps the promise.
    "alpaca in it": Mix(
        ("gsm8k", "alpaca", "codealpaca"),
        (False, True, True, False),
        ("alpaca", "codealpaca"),
        (),
        ("cc-by-nc-4.0", "cc-by-nc-sa-4.0"),
        ("mit", "cc-by-4.0", "cc-by-sa-4.0"),
    ),
    # Dolly asks that what is made of it is BY-SA 3.0 or later, QuAC for 4.0: 4.0 covers both, so they do not clash.
    # BY-SA 3.0 does not cover 4.0, and MIT asks for nothing. BY-NC-SA would take away the freedom of sale: another one.
    "share-alike": Mix(
        ("dolly", "quac", "gsm8k"),
        (True, True, True, True),
        (),
        (),
        ("cc-by-sa-4.0", "cc-by-sa-4.0 AND mit", "gpl-3.0 AND cc-by-sa-4.0"),
        ("cc-by-sa-3.0", "mit", "cc-by-nc-sa-4.0"),
    ),
    # LIMA asks for BY-NC-SA, Dolly for BY-SA: no licence is both, so every single one is refused; the two together
    # (each text under its own) are not more than the records allow.
    "two that ask for themselves": Mix(
        ("lima", "dolly"),
        (False, True, True, True),
        ("lima",),
        (("cc-by-nc-sa", "cc-by-sa-3.0"),),
        ("cc-by-nc-sa-4.0 AND cc-by-sa-3.0",),
        ("cc-by-nc-sa-4.0", "cc-by-sa-4.0", "mit"),
    ),
    # Natural Instructions by instance: the repository is Apache-2.0, but SAMSum's text may not be passed on changed
    # nor sold, GLUCOSE's and SciQ's not sold, and of XSum's nothing is known: nothing covers that, not even BY-NC-ND.
    "natural instructions": Mix(
        ("natural_instructions", "ni_commonsenseqa", "ni_xsum", "ni_glucose", "ni_sciq", "ni_samsum"),
        (False, False, True, None),
        ("ni_glucose", "ni_sciq", "ni_samsum"),
        (),
        (),
        ("apache-2.0", "cc-by-nc-4.0", "cc-by-nc-nd-4.0"),
    ),
}


@pytest.mark.parametrize("name", MIXES)
def test_mixes(name: str) -> None:
    """What each mix allows and asks, and by whom."""
    mix = MIXES[name]
    held = account({(source, REAL[source]): 10 for source in mix.sources})
    assert tuple(one.value for one in held.verdicts.values()) == mix.values
    first = next((one for one in held.verdicts.values() if one.value is not True), None)
    if mix.deciding:
        assert first is not None
        assert tuple(one.source for one in first.deciding) == mix.deciding
    assert held.clashes == mix.clashes
    for declared in mix.fine:
        assert contradictions(declared, held) == (), declared
    for declared in mix.refused:
        assert contradictions(declared, held), declared


def test_a_contradiction_names_the_records() -> None:
    held = account({("maths", "MIT"): 600, ("alpaca", "CC BY-NC 4.0"): 52_002})
    (found,) = contradictions("apache-2.0", held)
    assert found.text == (
        "apache-2.0 allows commercial use, and the licence of these records forbids it: "
        "52,002 records of 'alpaca' are 'CC BY-NC 4.0'"
    )


def test_a_declared_licence_that_nobody_knows_is_not_judged() -> None:
    assert contradictions("our-terms-1", account({("a", "cc-by-nc-4.0"): 1})) == ()


@given(st.lists(st.sampled_from([*LICENSES, "unknown", "their own"]), min_size=1, max_size=6))
def test_a_mix_allows_what_all_its_records_allow(said: list[str]) -> None:
    """The whole allows a use where each part does, and what one licence covers is never called a contradiction."""
    held = account({(f"s{at}", one): 1 for at, one in enumerate(said)})
    for use in ("commercial", "derivatives"):
        answers = [allows(one, use) for one in said]
        expected = False if False in answers else None if None in answers else True
        assert held.verdicts[use].value is expected
    if len(set(said)) == 1 and said[0] in LICENSES:
        assert contradictions(said[0], held) == ()
        assert held.clashes == ()


@pytest.mark.parametrize(
    ("model", "maker"),
    [
        ("text-davinci-003", "OpenAI"),
        ("GPT-4", "OpenAI"),
        ("openai/gpt-oss-20b", None),
        ("claude-v1", "Anthropic"),
        ("meta-llama/Llama-3.1-8B", "Meta"),
        ("mistral-7b", None),
    ],
)
def test_terms_of_models(model: str, maker: str | None) -> None:
    found = model_terms(model)
    assert (found.maker if found else None) == maker
