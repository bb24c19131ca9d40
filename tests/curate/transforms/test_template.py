"""A field from other fields."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from support.rules import change, step

ROWS = [{"instruction": "Add", "output": "3", "references": ["3", "three"], "task": "t", "meta": '{"a": {"b": 5}}'}]


def test_fields_and_braces() -> None:
    found = change("transform.template", ROWS, to="instruction", template="{{{instruction}}} {task} {meta.a.b}{input}.")
    assert found == {0: {"instruction": "{Add} t 5."}}


def test_references_follow_the_output() -> None:
    found = change("transform.template", ROWS, to="output", template="= {output}")
    assert found == {0: {"output": "= 3", "references": ["= 3", "three"]}}


def test_what_does_not_change_is_not_named() -> None:
    assert change("transform.template", ROWS, to="output", template="{output}") == {}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{instructoin}", "unknown field 'instructoin', did you mean 'instruction'"),
        ("{instruction!r}", "takes no format"),
        ("{instruction:>9}", "takes no format"),
        ("{instruction.__class__}", "unknown field"),
        ("{0}", "unknown field"),
        ("{}", "unknown field"),
        ("{instruction", "braces"),
        ("a } b", "braces"),
    ],
)
def test_bad_templates_are_refused(template: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("transform.template", to="input", template=template)


def test_only_texts_are_set() -> None:
    with pytest.raises(ValidationError, match="to"):
        step("transform.template", to="task", template="a")
