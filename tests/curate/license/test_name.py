"""Names of licences: the strings that real cards, task files and repositories hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.license import LICENSES, canonical, hub_id, spdx


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("CC BY-NC 4.0 (Alpaca data licence)", "cc-by-nc-4.0"),
        ("CC BY-SA 3.0 (Dolly)", "cc-by-sa-3.0"),
        ("CC BY-NC-SA (LIMA)", "cc-by-nc-sa"),
        ("CC BY-NC 4.0 (data)", "cc-by-nc-4.0"),
        ("CC BY-NC 3.0", "cc-by-nc-3.0"),
        ("CC BY-NC-ND 4.0", "cc-by-nc-nd-4.0"),
        ("CC-BY-SA-NC 4.0", "cc-by-nc-sa-4.0"),
        ("cc by-sa 3.0 unported", "cc-by-sa-3.0"),
        ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International", "cc-by-nc-sa-4.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/3.0/", "cc-by-nc-sa-3.0"),
        ("https://spdx.org/licenses/Apache-2.0.html", "apache-2.0"),
        ("CC0", "cc0-1.0"),
        ("Public Domain", "public-domain"),
        ("Apache 2.0", "apache-2.0"),
        ("Apache License, Version 2.0", "apache-2.0"),
        ("Apache-2.0 (repo)", "apache-2.0"),
        ("The MIT License (MIT)", "mit"),
        ("GPL-3.0-or-later", "gpl-3.0"),
        ("ODC-BY", "odc-by-1.0"),
        ("Unknown", "unknown"),
        ("None listed", "unknown"),
        ("", "unknown"),
        # what must not be taken for a licence that is known
        ("MIT (research only)", "mit-(research-only)"),
        ("Apache 2.0 (non-commercial)", "apache-2.0-(non-commercial)"),
        ("cc by 4.0 and mit", "cc-by-4.0-and-mit"),
        ("cc by 4.0 noncommercial use", "cc-by-4.0-noncommercial-use"),
        ("Microsoft Research Data License Agreement", "microsoft-research-data-license-agreement"),
        ("llama2", "llama2"),
    ],
)
def test_spellings(said: str, name: str) -> None:
    assert canonical(said) == name
    assert canonical(name) == name


@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_any_text_has_one_name(text: str) -> None:
    """A name is its own name, has no blanks and its case does not matter."""
    name = canonical(text)
    assert name
    assert canonical(text.upper()) == name
    assert " " not in name


def test_every_licence_is_its_own_name() -> None:
    """The table's keys are canonical, and SPDX' ids lead back to them."""
    for name in LICENSES:
        assert canonical(name) == name
        if (listed := spdx(name)) is not None:
            assert canonical(listed) == name


def test_ids_on_the_hub() -> None:
    """The Hub has families where SPDX has versions, and lacks some licences."""
    names = ("mit", "odbl-1.0", "cc-by-sa-4.0", "cc-by-sa-2.0", "cc-by", "unknown")
    assert [hub_id(name) for name in names] == ["mit", "odbl", "cc-by-sa-4.0", None, None, None]
