"""`extends`, variables and `--set`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curate.errors import RecipeError
from curate.recipe import FaultyRecipeError, load
from support.recipes import MINIMAL, Loader

VARIED = """\
version: 1
name: varied
vars: {data: ./data, limit: 5, share: 0.5, tasks: [1, 2], flag: true, nothing: null, version: 1.10}
sources:
  math: {adapter: gsm8k, path: "${vars.data}/x.jsonl", limit: "${vars.limit}"}
steps:
  - sample: {keep: "${vars.share}", quota: "${vars.tasks}"}
notes:
  - ${vars.version}
  - v${vars.version}-${vars.limit}${vars.nothing}
  - $${vars.data} ${1} ${name} ${}
  - ${vars.flag}
format: {columns: text}
"""


def test_a_whole_reference_keeps_its_type(parse: Loader) -> None:
    recipe = parse(VARIED)
    assert recipe.sources["math"].options.limit == 5
    assert recipe.steps[0].settings.model_dump() == {"max_per_task": None, "keep": 0.5, "quota": [1, 2]}
    assert recipe.notes == [1.1, "v1.10-5", "${vars.data} ${1} ${name} ${}", True]


def test_values_from_the_command_line_have_the_type_of_the_default(parse: Loader, tmp_path: Path) -> None:
    recipe = parse(VARIED, {"limit": "7", "tasks": "[3]", "share": "0.25", "version": "2.10"})
    assert recipe.sources["math"].options.limit == 7
    assert recipe.steps[0].settings.quota == [3]
    assert recipe.notes[:2] == [2.1, "v2.10-7"]
    with pytest.raises(RecipeError, match=r"recipe.yaml:5:63: expected a whole number, found 'x'"):
        parse(VARIED, {"limit": "x"})
    assert parse(MINIMAL.replace("small", '"${vars.n}"') + "vars: {n: a}\n", {"n": "007"}).name == "007"


def test_a_path_from_the_command_line_is_relative_to_the_current_folder(parse: Loader, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    parse(VARIED)
    Path("recipe.yaml").rename("deep/recipe.yaml")
    assert load("deep/recipe.yaml").sources["math"].path == ("./data/x.jsonl",)
    assert load("deep/recipe.yaml", {"data": "mine"}).sources["math"].path == (f"{tmp_path}/mine/x.jsonl",)
    assert load("deep/recipe.yaml", {"data": "/abs"}).sources["math"].path == ("/abs/x.jsonl",)
    assert load("deep/recipe.yaml", {"data": "mine"}).vars["data"] == f"{tmp_path}/mine"


@pytest.mark.parametrize("value", ["~nobody/x", "~0", "~", "a\0b", "x" * 9000])
def test_any_path_is_only_a_text_here(parse: Loader, value: str) -> None:
    assert parse(VARIED, {"data": value}).sources["math"].path[0].endswith("/x.jsonl")


def test_a_value_that_is_not_utf_8(parse: Loader) -> None:
    for name in ("data", "limit"):
        with pytest.raises(RecipeError, match=rf"^-v {name}: the value is not UTF-8$"):
            parse(VARIED, {name: "caf\udce9"})
    with pytest.raises(RecipeError, match=r"^--set name=caf\ufffd: not YAML"):
        parse(VARIED, sets=("name=caf\udce9",))


def test_variables_refer_to_variables(parse: Loader) -> None:
    recipe = parse(MINIMAL.replace("data.jsonl", "${vars.b}") + "vars: {b: '${vars.a}/b', a: x}\n", {"a": "y"})
    assert recipe.sources["math"].path == ("y/b",)


def _use(n: int) -> str:
    return "${vars.v" + str(n) + "}"


def _bomb(first: str, number: int, grow: Callable[[int], str]) -> str:
    """A chain of variables, each made from the one before it."""
    return MINIMAL + "vars:\n" + f"  v0: {first}\n" + "".join(f"  v{n}: {grow(n - 1)}\n" for n in range(1, number))


@pytest.mark.parametrize(
    "bomb",
    [
        _bomb("[x, x]", 20, lambda n: str([_use(n)] * 9)),
        _bomb("xxxxxxxx", 20, lambda n: _use(n) * 9),
        _bomb("x", 50, lambda n: str([[_use(n)]])),
        _bomb("x", 2000, lambda n: _use(n + 2) if n < 1997 else "x"),
    ],
    ids=["lists", "texts", "levels", "chain"],
)
def test_variables_do_not_explode(parse: Loader, bomb: str) -> None:
    with pytest.raises(RecipeError, match=r"unfolds to more than|nested deeper"):
        parse(bomb)


def test_unknown_variables_of_the_command_line(parse: Loader) -> None:
    with pytest.raises(
        RecipeError, match=r"^-v dta: unknown variable 'dta', did you mean 'data'\? \(the recipe has: data, "
    ):
        parse(VARIED, {"dta": "x"})
    with pytest.raises(RecipeError, match=r"^-v data: unknown variable 'data' \(the recipe has: none\)"):
        parse(MINIMAL, {"data": "x"})


def test_the_value_of_a_variable_is_wrong_where_it_is_used(parse: Loader) -> None:
    with pytest.raises(FaultyRecipeError) as caught:
        parse(MINIMAL + "vars: {n: many}\nsteps:\n  - sample: {max_per_task: '${vars.n}'}\n")
    assert [str(fault.mark) for fault in caught.value.faults] == ["recipe.yaml:10:28"]


def test_extends_merges_mappings_and_replaces_lists(parse: Loader, tmp_path: Path) -> None:
    (tmp_path / "under.yaml").write_text(VARIED + "expect: {rows: {min: 1, max: 9}}\n", encoding="utf-8")
    recipe = parse(
        "extends: under.yaml\nname: over\nvars: {limit: 6}\nexpect: {rows: {max: 5}}\nsteps:\n  - dedup:\n"
        "sources: {more: {adapter: gsm8k, path: y}}\n"
    )
    assert (recipe.name, list(recipe.sources)) == ("over", ["math", "more"])
    assert recipe.sources["math"].options.limit == 6
    assert [step.label for step in recipe.steps] == ["0.dedup"]
    assert recipe.expect.rows is not None
    assert (recipe.expect.rows.min, recipe.expect.rows.max) == (1, 5)


def test_extends_of_a_shipped_recipe(parse: Loader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "far" / "start.yaml"
    shipped.parent.mkdir()
    shipped.write_text(VARIED, encoding="utf-8")
    monkeypatch.setattr("curate.recipe.find.shipped", lambda: {"start": shipped})
    recipe = parse("extends: start\nname: mine\nsources: {here: {adapter: gsm8k, path: x.jsonl}}\n")
    assert recipe.sources["math"].path == (f"{tmp_path}/far/data/x.jsonl",)
    assert recipe.sources["here"].path == ("x.jsonl",)
    assert parse("extends: start\nvars: {data: ./own}\n").sources["math"].path == ("./own/x.jsonl",)


def test_faults_name_the_file_that_they_are_in(parse: Loader, tmp_path: Path) -> None:
    (tmp_path / "under.yaml").write_text(VARIED.replace("keep:", "kep:"), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        parse("extends: under.yaml\nsede: 5\n")
    heads = [line for line in str(caught.value).splitlines() if ".yaml:" in line]
    assert heads[0].startswith("recipe.yaml:2:1: unknown key 'sede', did you mean 'seed'?")
    assert heads[1].startswith("under.yaml:7:14: unknown key 'kep', did you mean 'keep'?")


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ("recipe.yaml", r"recipe.yaml:1:10: recipes that extend each other in a circle: 'recipe.yaml'"),
        ("recipe.yml", r"recipe.yaml:1:10: no such file, .*did you mean 'recipe.yaml'"),
        ("[a]", r"recipe.yaml:1:10: expected a file or the name of a shipped recipe, found a list"),
    ],
)
def test_extends_of_nothing(parse: Loader, extends: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parse(f"extends: {extends}\n{MINIMAL}")


def seen(recipe: Any) -> Any:
    return recipe.seed, recipe.split.fractions, recipe.sources["math"].steps[0].settings.max_per_task


def test_sets(parse: Loader) -> None:
    text = MINIMAL.replace("data.jsonl", "x\n    steps:\n      - sample: {max_per_task: 350}\n")
    assert seen(parse(text)) == (42, {}, 350)
    sets = ("sources.math.steps.0.sample.max_per_task=5", "seed=7", "split.test=0.1")
    assert seen(parse(text, sets=sets)) == (7, {"test": 0.1}, 5)
    assert parse(text, sets=("sources.math.path=[a, b]",)).sources["math"].path == ("a", "b")
    assert parse(text, sets=("expect.rows.min=5",)).expect.rows.min == 5  # type: ignore[union-attr]
    assert parse(text + "vars: {n: 5}\nseed: '${vars.n}'\n", sets=("vars.n=6",)).seed == 6


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("seed", "expected path.to.key=value"),
        ("=5", "expected path.to.key=value"),
        ("a..b=5", "expected path.to.key=value"),
        ("source.math.path=x", "'the recipe' has no 'source', did you mean 'sources'? (it has: version, "),
        ("sources.mth.path=x", "'sources' has no 'mth', did you mean 'math'? (it has: math)"),
        ("sources.math.steps.0.dedup=x", "'sources.math' has no 'steps'"),
        ("steps.2.dedup.method=x", "'steps' is a list with the places 0-0, found '2'"),
        ("steps.x.dedup.method=x", "'steps' is a list with the places 0-0, found 'x'"),
        ("name.x=5", "'name' is 'small', which has no keys"),
        ("vars.n=5", "unknown variable 'n'"),
        ("sede=5", "unknown key 'sede', did you mean 'seed'?"),
        ("seed=x", "expected a whole number, found 'x'"),
        ("steps.0.dedup.threshold=7", "must be at most 1, found 7"),
        ("seed=[", "not YAML"),
        ("seed=!!python/name:os.system x", "tags are not allowed"),
    ],
)
def test_sets_that_lead_nowhere(parse: Loader, assignment: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse(MINIMAL + "vars: {m: 1}\nsteps:\n  - dedup: {threshold: 0.7}\n", sets=(assignment,))
    assert str(caught.value).startswith(f"--set {assignment}: ")
    assert message in str(caught.value)
