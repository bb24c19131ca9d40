"""Chat templates render as transformers renders them, and can do no harm."""

from __future__ import annotations

import pytest

from curate.sandbox import SandboxError
from curate.tokenset.chat import compiled, say

TALK = [{"role": "user", "content": " Hi "}, {"role": "assistant", "content": "Hello"}]

_ROLES = "[user][assistant]"


def said(source: str, **names: str) -> str:
    return say(compiled(source), TALK, names)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% for m in messages %}\n  {{ m.role }}\n{% endfor %}", "  user\n  assistant\n"),  # blocks are trimmed
        ("{{ bos_token }}{{ nothing }}{{ messages[0]['content'] | trim }}", "<s>Hi"),
        ("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}", "2"),
        ("{% macro a(m) %}[{{ m.role }}]{% endmacro %}{% for m in messages %}{{ a(m) }}{% endfor %}", _ROLES),
        ("{{ {'b': '<é>', 'a': 1} | tojson }}", '{"b": "<é>", "a": 1}'),
        ("{{ [1] | tojson(indent=2) }}", "[\n  1\n]"),
        ("{% for m in messages %}{% if loop.index0 == 1 %}{% break %}{% endif %}{{ m.role }}{% endfor %}", "user"),
        ("{% for m in messages %}{% generation %}{{ m.role }}{% endgeneration %}{% endfor %}", "userassistant"),
        ("{% if strftime_now is defined %}today{% else %}then{% endif %}", "then"),
        ("{{ messages[0].content.replace('H', 'h').strip() }}{{ 'a,b'.split(',')[-1] }}", "hib"),
        ("{{ messages[1:] | length }}{{ messages | map(attribute='role') | join(',') }}", "1user,assistant"),
        ("{{ '- a\nb' | indent(2) }}", "- a\n  b"),
        ("{% if tools %}t{% endif %}{% if documents %}d{% endif %}.", "."),
    ],
)  # fmt: skip
def test_renders_what_templates_of_models_use(source: str, text: str) -> None:
    assert said(source, bos_token="<s>") == text  # noqa: S106 - a token of text


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{{ raise_exception('roles must alternate') }}", "roles must alternate"),
        ("{{ ''.__class__ }}{{ ''.__class__.__mro__ }}", "unsafe|undefined"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "turns"),
        ("{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}", "turns|recursion"),
        ("{{ 'x' * 999999999 }}", "small numbers"),
        ("{{ 'x'.ljust(999999999) }}", "cannot be called"),
        ("{{ 'x' | indent(999999999) | length }}{{ 'ab' | center(9999999) }}", "No filter named|center"),
        ("{{ range(999999999) }}", "grows to"),
        ("{{ strftime_now('%d') }}", "names a day"),
        ("{{ messages.append(1) }}", "cannot be called|unsafe"),
        ("{% include 'x' %}", "include is not allowed"),
        ("{% for %}", "line 1"),
    ],
)
def test_refuses_what_could_harm(source: str, fault: str) -> None:
    with pytest.raises(SandboxError, match=f"(?i){fault}"):
        said(source)
