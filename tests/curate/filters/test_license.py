"""The filter of licences."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from support.rules import judge, step

ROWS = [
    {"license": "mit"},
    {"license": "CC BY-NC 4.0 (data)"},
    {},
    {"license": "cc-by-nd-4.0"},
    {"license": "cc-by-nc-4.0 OR mit"},
]


def test_commercial() -> None:
    assert judge("filter.license", ROWS, commercial=True) == {
        1: ("licence cc-by-nc-4.0: commercial use is forbidden", "CC BY-NC 4.0 (data)", "commercial use"),
        2: ("licence unknown: commercial use not known to be allowed", "unknown", "commercial use"),
    }


def test_lists_compare_what_licences_are() -> None:
    """Other spellings of a name are that name, and none is `unknown`."""
    assert judge("filter.license", ROWS, allow=["MIT License", "unknown"]).keys() == {1, 3, 4}
    assert judge("filter.license", ROWS, deny=["CC-BY-NC-4.0", "Unknown"]).keys() == {1, 2}
    assert judge("filter.license", ROWS, derivatives=True).keys() == {2, 3}


@pytest.mark.parametrize("settings", [{}, {"allow": []}, {"commercial": False}])
def test_something_must_be_asked(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        step("filter.license", **settings)
