"""Whatever a file holds, the loader gives a recipe or a RecipeError, nothing else."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.errors import RecipeError
from curate.recipe import Recipe, load

GOOD = (Path(__file__).parent / "contract.yaml").read_text(encoding="utf-8")
RELAXED = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

# Texts made of what means something in YAML or in a recipe, so that the fuzz gets past the first line.
TOKENS = [
    *"{}[]:,-?&*!|>'\"%@`#\n\t ~<=.\\$\0\x85\u2028\ud83d\U0001f600",
    *(
        "  ",
        "\n  ",
        "\n    - ",
        ": ",
        "- ",
        "<<: ",
        "&a ",
        "*a",
        "!!str ",
        "!!int ",
        "!!python/object:x ",
        "---\n",
        "...\n",
    ),
    *("${vars.x}", "${", "}", "vars: ", "extends: ", "version: 1", "name: a", "sources: ", "adapter: gsm8k", "path: x"),
    *(
        "steps: ",
        "filter: ",
        "dedup: ",
        "format: ",
        "columns: text",
        "split: ",
        "expect: ",
        "on_error: ",
        "1e999",
        ".nan",
    ),
    *("0x", "99999999999999999999", "null", "no", "true", "\r\n", "\r", '"\\ud800"', '"\\U00110000"', "%YAML 1.1\n"),
]
SOUP = st.lists(st.sampled_from(TOKENS), max_size=40).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("${vars.x}"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def check(folder: Path, raw: bytes, variables: dict[str, str] | None = None, sets: tuple[str, ...] = ()) -> None:
    path = folder / "recipe.yaml"
    path.write_bytes(raw)
    try:
        recipe = load(path, variables or {}, sets)
    except RecipeError as error:
        assert str(error)  # noqa: PT017 - it is no test of one error
        str(error).encode()
    else:
        assert isinstance(recipe, Recipe)
        recipe.digest()


@RELAXED
@given(st.binary(max_size=200))
def test_bytes(tmp_path: Path, raw: bytes) -> None:
    check(tmp_path, raw)


@RELAXED
@given(SOUP)
def test_soup(tmp_path: Path, text: str) -> None:
    check(tmp_path, text.encode("utf-8", "surrogatepass"))


@RELAXED
@given(st.data())
def test_a_good_recipe_with_a_piece_replaced(tmp_path: Path, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 60)))
    check(tmp_path, (GOOD[:start] + data.draw(SOUP) + GOOD[end:]).encode("utf-8", "surrogatepass"))


def places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(place for key, below in inner for place in places(below, (*before, key)))]


@RELAXED
@given(st.data())
def test_a_good_recipe_with_a_value_replaced(tmp_path: Path, data: st.DataObject) -> None:
    import orjson  # noqa: PLC0415
    from ruamel.yaml import YAML  # noqa: PLC0415

    tree = YAML(typ="safe", pure=True).load(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from([place for place in places(tree) if place]))
        target = tree
        for part in place[:-1]:
            target = target[part]
        target[place[-1]] = data.draw(VALUES)
    with contextlib.suppress(orjson.JSONEncodeError):  # JSON, which is YAML: not every value has a JSON text
        check(tmp_path, orjson.dumps(tree))


@RELAXED
@given(st.text(max_size=20), st.text(max_size=20))
def test_the_command_line(tmp_path: Path, name: str, value: str) -> None:
    check(tmp_path, GOOD.encode(), {name: value}, (f"{name}={value}", f"sources.{name}={value}", value))
    check(tmp_path, GOOD.encode(), {"data": value})


@RELAXED
@given(st.text(max_size=40))
def test_any_name(name: str) -> None:
    with pytest.raises(RecipeError):
        load(name)
