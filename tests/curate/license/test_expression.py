"""Licences: what allows commercial use, alone and in expressions."""

from __future__ import annotations

import pytest

from curate import plugin
from curate.license import LICENSES, allows, alternatives


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0", True),
        ("cc-by-sa-4.0", True),
        ("cc-by-nc-sa-4.0", False),
        ("cc-by-nc", False),
        ("GPL-3.0-or-later", True),
        ("gpl-2.0+", True),
        ("unknown", None),
        ("other", None),
        ("", None),
        ("mit AND cc-by-nc-4.0", False),
        ("mit and unknown", None),
        ("unknown AND cc-by-nc-4.0", False),
        ("unknown OR mit", True),
        ("unknown OR cc-by-nc-4.0", None),
        ("cc-by-nc-4.0 OR (mit AND cc-by-4.0)", True),
        ("cc-by-nc-4.0 OR mit AND cc-by-nc-4.0", False),
        ("mit mit", None),
        ("(mit", None),
        ("mit)", None),
        ("mit AND", None),
        ("(" * 100_000, None),
        ("(mit OR isc) AND " * 20 + "zlib", None),  # a million choices
        ("CC BY 4.0 AND (MIT or CC-BY-NC 4.0)", True),
        ("CC BY 4.0 AND CC BY-NC 4.0", False),
    ],
)
def test_expressions(said: str, allowed: bool | None) -> None:  # noqa: FBT001 - a parameter of a test
    """AND binds before OR; what is not known allows nothing, unless another choice does."""
    assert allows(said, "commercial") is allowed


def test_licences_that_sources_declare_are_known() -> None:
    """Every licence that a built-in source states is in the table, or is the word for none."""
    for name in plugin.names("sources"):
        stated = plugin.source(name).about.license
        assert stated == "unknown" or allows(stated, "commercial") is not None, (name, stated)


def test_the_table_has_addresses() -> None:
    """Each entry says where its text stands, in lower case names."""
    assert all(terms.source.startswith("https://") for terms in LICENSES.values())
    assert all(name == name.lower() for name in LICENSES)


def test_choices() -> None:
    """Brackets multiply out; a name with brackets is no expression."""
    assert alternatives("mit AND (isc OR zlib)") == (frozenset({"mit", "isc"}), frozenset({"mit", "zlib"}))
    assert alternatives("CC BY-NC 4.0 (Alpaca data licence)") == (frozenset({"cc-by-nc-4.0"}),)
    assert allows("cc-by-nd-4.0 OR cc-by-nc-4.0", "derivatives") is True
    assert allows("cc-by-nc-nd-4.0", "derivatives") is False
