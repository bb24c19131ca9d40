"""YAML as a recipe may use it, and as it may not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from curate.document.fault import Faults
from curate.document.tree import Budget, core
from curate.document.tree import parse as parse_document
from curate.errors import RecipeError
from support.recipes import MINIMAL, Loader


def plain(text: str) -> Any:
    faults = Faults()
    root = parse_document(text, "x.yaml", Path(), faults, Budget())
    faults.check()
    return root.plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("y", "y"), ("NO", "NO"), ("true", True), ("False", False),
        ("~", None), ("", None), ("null", None), ("0o17", 15), ("017", 17), ("0x1F", 31), ("1_000", "1_000"),
        ("12:30", "12:30"), ("2024-01-01", "2024-01-01"), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0),
        ("-.inf", float("-inf")),
        ("+12", 12), ("1.2.3", "1.2.3"), ("0b1", "0b1"), ("=", "="),
    ],
)  # fmt: skip
def test_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    assert core(text) == value
    assert type(core(text)) is type(value)
    assert plain(f"a: {text}") == {"a": value}
    assert plain(f'a: "{text}"') == {"a": text}


def test_norwegian_is_a_language(parse: Loader) -> None:
    recipe = parse(MINIMAL + "steps:\n  - filter: {language: {keep: [en, no]}}\n")
    assert recipe.steps[0].settings.keep == ("en", "no")


def test_a_directive_does_not_bring_yaml_1_1_back() -> None:
    assert plain("%YAML 1.1\n---\na: no\nb: 1:30\n") == {"a": "no", "b": "1:30"}


def test_keys_are_texts() -> None:
    assert plain("no: 1\n7: 2\n~: 3") == {"no": 1, "7": 2, "~": 3}


def test_anchors_and_merge_keys(parse: Loader) -> None:
    recipe = parse(
        "version: 1\nname: a\nformat: {columns: text}\nsources:\n"
        "  one: &one {adapter: gsm8k, path: a, limit: 5}\n"
        "  two: {<<: *one, path: b}\n"
        "  three: {path: c, <<: [{limit: 6}, *one]}\n"
    )
    found = {name: (source.path[0], source.options.limit) for name, source in recipe.sources.items()}
    assert found == {"one": ("a", 5), "two": ("b", 5), "three": ("c", 6)}


def test_a_fault_in_an_anchor_is_one_fault(parse: Loader) -> None:
    with pytest.raises(RecipeError) as caught:
        parse(
            MINIMAL.replace("path: data.jsonl", "path: x\n    steps: &steps\n      - dedup: {methd: exact}")
            + "steps: *steps\n"
        )
    assert str(caught.value).count("unknown key 'methd'") == 1


def test_surrogate_pairs_join() -> None:
    assert plain('a: "\\ud83d\\ude00"') == {"a": "\U0001f600"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a: "\\ud83d"', "x.yaml:1:4: a text with half of a surrogate pair"),
        ("a: " + "9" * 5000, "x.yaml:1:4: a whole number beyond 64 bits"),
        ("a: 9223372036854775808", "x.yaml:1:4: a whole number beyond 64 bits"),
        ("a: .nan", "x.yaml:1:4: '.nan' is not a number"),
        ("a: !!python/object/apply:os.system [ls]", "x.yaml:1:4: tags are not allowed"),
        ("a: !!binary aGk=", "x.yaml:1:4: tags are not allowed: '!!binary'"),
        ("a: &a [*a]", "an anchor that contains itself"),
        ("a: *b", "x.yaml:1:4: not YAML: found undefined alias 'b'"),
        ("a: 1\n---\nb: 1", "x.yaml:2:1: not YAML: expected a single document"),
        ("a: 1\n\ta: 2", "x.yaml:2:1: not YAML"),
        ("a: \x1b[31m", "x.yaml:1:4: not YAML: the character '\\x1b' is not allowed"),
        ("- a", "x.yaml:1:1: a recipe is a mapping"),
        ("", "x.yaml:1:1: the recipe is empty"),
        ("# nothing", "x.yaml:1:1: the recipe is empty"),
        ("[" * 5000, "nested deeper"),
        ("a: " + "[" * 100 + "]" * 100, "nested deeper than 60 levels"),
        ('a: "\\U00110000"', "x.yaml: not YAML"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        plain(text)
    assert message in str(caught.value)


def test_an_anchor_bomb_is_an_error_and_quick() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))
    began = time.perf_counter()
    with pytest.raises(RecipeError, match=r"unfolds to more than 100,000 values"):
        plain(bomb)
    assert time.perf_counter() - began < 5


def test_a_merge_bomb_is_an_error() -> None:
    bomb = "a0: &a0 {x: 1, y: 2}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], k{n}: *a{n - 1}}}\n" for n in range(1, 20)
    )
    with pytest.raises(RecipeError, match=r"unfolds to more than 100,000 values"):
        plain(bomb)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"version: 1\nname: \xff\xfe", r"not UTF-8: byte 0xff in line 2"),
        (b"x: 1\n" * 300_000, r"larger than 1,000 kB"),
    ],
)
def test_files_that_are_no_text(parse: Loader, raw: bytes, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parse(raw)


def test_a_byte_order_mark_is_no_fault(parse: Loader) -> None:
    assert parse(b"\xef\xbb\xbf" + MINIMAL.encode()).name == "small"


def test_windows_line_ends_count_as_one(parse: Loader) -> None:
    with pytest.raises(RecipeError, match=r"recipe.yaml:8:1: unknown key 'sede'"):
        parse((MINIMAL + "sede: 5\n").replace("\n", "\r\n"))


def test_errors_do_not_hide_after_too_many(parse: Loader) -> None:
    with pytest.raises(RecipeError) as caught:
        parse(MINIMAL + "".join(f"k{n}: 1\n" for n in range(5000)))
    assert str(caught.value).count("unknown key") > 500
