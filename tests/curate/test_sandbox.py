"""Custom templates can do what templates are for, and nothing else."""

from __future__ import annotations

import time

import pytest

from curate.sandbox import SandboxError, compiled, render

VALUES = {
    "instruction": "Add.",
    "input": "",
    "output": "ok",
    "history": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}],
    "meta": {"level": 5, "tags": ["a", "b"]},
    "references": ["ok", "okay"],
}


def text(source: str) -> str:
    return render(compiled(source)[0], VALUES)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ instruction }}{% if input %} {{ input }}{% endif %}\n", "Add.\n"),
        ("{% for m in history %}{{ loop.index }}{{ m.role }}:{{ m.content }};{% endfor %}", "1user:hi;2assistant:yo;"),
        ("{{ meta.level + 1 }} {{ meta.tags | join('-') }} {{ meta['tags'][0] ~ meta.level }}", "6 a-b a5"),
        ("{{ output.upper() }} {{ output | replace('o', '0') }} {{ 'x' in output }}", "OK 0k False"),
        ("{% for key, value in meta.items() %}{{ key }}{% endfor %}", "leveltags"),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", "012"),
        ("{{ meta | tojson }} {{ '<&>' }}", '{"level":5,"tags":["a","b"]} <&>'),
        ("{% set a = references | last %}{{ a + '!' }} {{ meta.none | default('-') }}", "okay! -"),
    ],
)
def test_templates_work(source: str, expected: str) -> None:
    assert text(source) == expected


def test_used_names_are_told() -> None:
    assert compiled("{{ output }}{% for m in history %}{{ m.content }}{% endfor %}")[1] == {"output", "history"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% if output %}", "line 1: Unexpected end of template"),
        ("a\nb {{ outptu }}", "unknown name 'outptu', did you mean 'output'"),
        ("\n{{ ''.__class__ }}", "line 2: '__class__' is private"),
        ("{{ output.format(1) }}", "'format' cannot be called"),
        ("{{ range(3)() }}", "cannot be called"),
        ("{{ output | random }}", "random"),
        ("{{ output | xmlattr }}", "xmlattr"),
        ("{% macro f() %}{% endmacro %}", "macro is not allowed"),
        ("{% include 'x' %}", "include is not allowed"),
        ("{% import 'x' as y %}", "import is not allowed"),
        ("{% set a %}x{% endset %}", "assignblock is not allowed"),
        ("{% for a in history recursive %}{% endfor %}", "recursive loop"),
        ("{{ cycler(1) }}", "unknown name 'cycler'"),
        ("{{ self }}", "'self' is not allowed"),
    ],
)
def test_refused_before_anything_runs(source: str, message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        compiled(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ ''['__class__'] }}", "unsafe|__class__"),
        ("{{ meta.none }}", "no attribute 'none'"),
        ("{{ 'a' * 1000000000 }}", "is for small numbers"),
        ("{{ '%1000000000d' % 1 }}", "is for small numbers"),
        ("{{ 9 ** 999999999 }}", "is for small numbers"),
        ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "turns"),
        ("{% for i in range(99999) %}{{ 'aaaaaaaaaaaaaaaaaaaa' }}{% endfor %}", "characters"),
        ("{% set a = 'aaaaaaaaaa' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}", "characters"),
        ("{% set a = 'aaaaaaaaaa' %}" + "{% set a = a + a %}" * 40 + "{{ a }}", "characters"),
        ("{% set a = 'aaaaaaaaaa' %}" + "{% set a = a | replace('a', 'aaaaaaaa') %}" * 20 + "{{ a }}", "characters"),
        ("{{ 1 / 0 }}", "division"),
        ("{{ output + 1 }}", "small numbers"),
    ],
)
def test_stopped_while_running(source: str, message: str) -> None:
    began = time.monotonic()
    with pytest.raises(SandboxError, match=message):
        text(source)
    assert time.monotonic() - began < 5
