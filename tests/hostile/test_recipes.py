"""Recipes of strangers: each is refused at its place, or does what it says within bounds; none runs code."""

from __future__ import annotations

import os
import time
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from curate import cli
from hostile.conftest import harmful

SECONDS = 20  # of CPU; each takes a tenth of one, and a slow machine must fail no test
HEAD = "version: 1\nname: r\nlicense: mit\nsources:\n  a: {adapter: alpaca, path: %s}\n"
FORM = "format: {columns: prompt_completion, template: plain}\n"
ROW = {"instruction": "good " + "a" * 5_000 + "!", "output": "fine"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a row whose text makes patterns go back and forth; a file appears in it if code is run."""
    (tmp_path / "rows.jsonl").write_bytes(orjson.dumps(ROW))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CURATE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def built(home: Path, text: str, *more: str) -> Result:
    """Build a recipe; whatever is wrong with it is told, in time and harmlessly, and nothing is run."""
    (home / "r.yaml").write_text(text, encoding="utf-8")
    start = time.process_time()
    result = CliRunner().invoke(cli.app, ["build", "r.yaml", *more])
    assert time.process_time() - start < SECONDS
    assert not (home / "run").exists()
    told = f"{result.output}{result.exception or ''}"
    assert "internal error" not in told
    return result


def refused(result: Result) -> str:
    """The message of a build that failed by an error of curate's own."""
    assert result.exit_code in (1, 2), result.output
    assert type(result.exception).__module__ in ("curate.errors", "curate.document.fault"), result.exception
    return str(result.exception)


def written(template: str) -> str:
    quoted = orjson.dumps(template).decode()
    return HEAD % "rows.jsonl" + f"format: {{columns: prompt_completion, jinja: {{prompt: {quoted}, completion: x}}}}\n"


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ x.__init__.__globals__ }}",
        "{{ instruction.__class__.__mro__[1].__subclasses__() }}",
        "{{ instruction['__class__'].mro() }}",
        "{{ instruction|attr('__class__') }}",
        "{{ lipsum.__globals__.os.system('touch run') }}",
        "{{ self }}",
        "{{ cycler.__init__ }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for x in range(3) recursive %}{{ loop(range(3)) }}{% endfor %}",
        "{{ '{0.__class__}'.format(instruction) }}",
        "{{ " + "[" * 300 + "]" * 300 + " }}",
        "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
        "{{ " + "-" * 3_000 + "1 }}",
        "{% if 1 %}" * 500 + "{% endif %}" * 500,
        "{{ \x1b]0;title\x07 }}",
    ],
    ids=range(18),
)
def test_templates_that_are_refused_before_anything_runs(home: Path, template: str) -> None:
    assert "r.yaml:6:" in refused(built(home, written(template)))


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{% for i in range(10000000000) %}x{% endfor %}", "turns"),
        ("{% for i in range(999) %}{% for j in range(999) %}x{% endfor %}{% endfor %}", "turns"),
        ("{% for i in range(999) %}{{ range(99999)|sort|length }}{% endfor %}", "turns"),
        ("{{ 'a' * 10000000000 }}", "'*' is for small numbers"),
        ("{{ [output] * 1000000000 }}", "'*' is for small numbers"),
        ("{{ (9**9)**9 }}", "'**' is for small numbers"),
        ("{{ '%1000000000d' % 1 }}", "'%' is for small numbers"),
        ("{{ instruction|replace('', instruction) }}", "the text grows to"),
        ("{% set x = namespace %}{{ range(50000)|join(instruction) }}", "unknown name 'namespace'"),
        (
            "{% for a in instruction %}{% for b in instruction %}{{ a ~ b ~ instruction }}{% endfor %}{% endfor %}",
            "the",
        ),
    ],
)
def test_templates_that_would_never_end(home: Path, template: str, says: str) -> None:
    assert says in refused(built(home, written(template)))


def pattern(text: str) -> str:
    rule = orjson.dumps({"of": ["instruction"], "matches": text}).decode()
    return HEAD % "rows.jsonl" + f"steps:\n  - filter: {{regex: {rule}}}\n" + FORM


@pytest.mark.parametrize("regex", ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){25}$", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_patterns_that_go_back_and_forth_elsewhere_take_linear_time(home: Path, regex: str) -> None:
    result = built(home, pattern(regex))
    assert result.exit_code == 0 or str(result.exception).endswith("(0.filter.regex dropped 1)")


@pytest.mark.parametrize(
    "regex", ["((a{1000}){1000}){1000}", "a{10000000}", "(" * 5_000 + "a" + ")" * 5_000, "(?=a)", r"(a)\1", "[", "\\"]
)
def test_patterns_that_are_too_large_or_no_regular_expression(home: Path, regex: str) -> None:
    assert refused(built(home, pattern(regex))).startswith("r.yaml:7:")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("'~/rows.jsonl'", "no file matches '~/rows.jsonl'"),
        ("'/nowhere/**/*'", "no file matches"),
        ("'" + "../" * 400 + "nowhere/*'", "no file matches"),
        ('"a\\0b"', "no file matches"),
        ("'" + "x" * 5_000 + "'", "no file matches"),
        ("'/dev/zero'", "is a device, no file"),
        ("'circle/**/**/**/**/nothing'", "no file matches"),
    ],
    ids=range(7),
)
def test_paths_that_lead_astray(home: Path, path: str, says: str) -> None:
    (home / "circle").mkdir()
    for name in "abcdefgh":
        (home / "circle" / name).symlink_to(home / "circle")
    assert says in refused(built(home, HEAD % path + FORM))


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system ['touch run']\n",
        "a: !!python/name:os.system\n",
        "a: &a [*a]\n",
        "extends: r.yaml\n",
        "extends: /dev/zero\n",
        "[" * 50_000,
        "? " * 5_000,
        "name: 1\nname: 2\n",
        "\x00",
        "a: \x1b[31m\n",
        'name: "\\e]0;title\\a\\u202e"\n',
        "x" * 2_000_000,
        "- " * 100_000,
        "a:\n" + "".join(f"{' ' * depth}a:\n" for depth in range(1, 900)),
    ],
    ids=range(14),
)
def test_yaml_that_means_harm(home: Path, text: str) -> None:
    message = refused(built(home, text))
    assert message.startswith("r.yaml")
    assert harmful(message) == set()


def test_a_recipe_that_is_a_pipe_is_not_waited_for(home: Path) -> None:
    os.mkfifo(home / "pipe.yaml")
    assert CliRunner().invoke(cli.app, ["check", "pipe.yaml"]).exit_code == 2
