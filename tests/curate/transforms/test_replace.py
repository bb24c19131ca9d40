"""Replacing."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from support.rules import change, step


def test_pattern_with_groups() -> None:
    rows = [{"output": "48/2=<<48/2=24>>24", "references": ["48/2=<<48/2=24>>24", "<<x>>"]}, {"output": "none"}]
    assert change("transform.replace", rows, of=["output"], pattern="<<([^>]*)>>", by="[$1]") == {
        0: {"output": "48/2=[48/2=24]24", "references": ["48/2=[48/2=24]24", "[x]"]}
    }
    found = change("transform.replace", rows, of=["output"], pattern="(?<n>4)8", by="${n}a$$")
    assert found[0]["output"].startswith("4a$/2")


def test_literal_is_taken_as_it_is() -> None:
    found = change("transform.replace", [{"instruction": "a.b axb"}], of=["instruction"], literal="a.b", by="$1")
    assert found == {0: {"instruction": "$1 axb"}}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pattern": "(a", "by": ""}, "unclosed group"),
        ({"pattern": "(a)", "by": "$2"}, r"names the group \$2"),
        ({"pattern": "(a)", "by": "$1a"}, r"names the group \$1a"),
        ({"pattern": "(?<n>a)", "by": "$m"}, r"names the group \$m"),
        ({"by": ""}, "either pattern or literal"),
        ({"pattern": "a", "literal": "a", "by": ""}, "either pattern or literal"),
        ({"literal": "", "by": "x"}, "at least 1 character"),
        ({"literal": "a"}, "by"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("transform.replace", **settings)
