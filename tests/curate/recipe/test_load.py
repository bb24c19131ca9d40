"""What a valid recipe is, and how errors read."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from curate import plugin
from curate.errors import RecipeError
from curate.example import ORIGINS
from curate.recipe import FaultyRecipeError, assigned, described, load, shipped
from curate.recipe.model import Origin
from support.recipes import MINIMAL, Loader

HERE = Path(__file__).parent


def test_the_contract_recipe() -> None:
    recipe = load(HERE / "contract.yaml", {"data": "/data"})
    assert list(recipe.sources) == ["ni", "gsm8k", "lima", "alpaca", "chinese"]
    ni, chinese = recipe.sources["ni"], recipe.sources["chinese"]
    assert ni.path == ("/data/ni_superni_sapt/*/train.json", "/data/ni_v2_contrib/*/*.json")
    assert [(step.label, step.name, step.line) for step in ni.steps] == [("ni.0.sample", "sample", 10)]
    assert [step.label for step in recipe.steps] == ["0.filter.words", "1.filter.language", "2.dedup"]
    assert isinstance(recipe.steps[0].settings, plugin.stage("filter.words").Settings)
    assert (chinese.on_error.mode, ni.on_error.mode) == ("quarantine", "fail")
    assert (recipe.sources["alpaca"].license, recipe.sources["alpaca"].origin) == ("cc-by-nc-4.0", "model")
    assert (recipe.split.fractions, recipe.seed, recipe.format.label) == ({"test": 0.02}, 42, "format")
    assert recipe.base == HERE
    assert recipe.text == (HERE / "contract.yaml").read_text(encoding="utf-8")


def test_the_quotas_recipe_is_valid_but_for_stages_that_are_not_installed() -> None:
    if "score" in plugin.names("stages"):
        assert load(HERE / "quotas.yaml").sources["ni"].steps[0].label == "ni.0.score"
        return
    with pytest.raises(FaultyRecipeError) as caught:
        load(HERE / "quotas.yaml")
    assert [fault.message.split(" (")[0] for fault in caught.value.faults] == ["unknown stage 'score'"]


def test_an_error_shows_its_line_and_a_caret(parse: Loader) -> None:
    with pytest.raises(RecipeError) as caught:
        parse(MINIMAL + "steps:\n  - filtr: {words: {of: [input], max: 5}}\n")
    assert str(caught.value).splitlines() == [
        "recipe.yaml:9:5: unknown stage 'filtr', did you mean 'filter'? (known: dedup, filter, sample, transform)",
        "      - filtr: {words: {of: [input], max: 5}}",
        "        ^",
    ]
    assert caught.value.exit_code == 2


def test_the_caret_stands_below_wide_characters(parse: Loader) -> None:
    with pytest.raises(RecipeError) as caught:
        parse(MINIMAL + 'expect: {share: {"数据": {min: 0.1}}, languages: 5}\n')
    _, line, caret = str(caught.value).splitlines()[3:]
    assert caret.index("^") == line.index("5}") + 2


def test_a_long_line_is_cut_around_the_fault(parse: Loader) -> None:
    with pytest.raises(RecipeError) as caught:
        parse(MINIMAL + f"notes: [{'x, ' * 500}]\nexpect: {{languages: [{'en, ' * 500} 7]}}\n")
    head, line, caret = str(caught.value).splitlines()
    assert head.startswith("recipe.yaml:9:")
    assert len(line) < 170
    assert line[caret.index("^")] == "7"


def test_three_faults_are_three_errors(parse: Loader) -> None:
    text = MINIMAL.replace("gsm8k", "gsm9k").replace("prompt_completion", "prompt") + "seed: x\n"
    with pytest.raises(FaultyRecipeError) as caught:
        parse(text)
    assert [fault.mark.line for fault in caught.value.faults] == [5, 7, 8]


@pytest.mark.parametrize(
    ("said", "fractions", "threshold"),
    [
        ("{test: 0.02}", {"test": 0.02}, 0.8),
        ("{test: 0.02, near: {threshold: 0.7}}", {"test": 0.02}, 0.7),
        ("{test: 0.02, near: off}", {"test": 0.02}, None),
        ("{test: 0.02, near: false}", {"test": 0.02}, None),
    ],
)
def test_split(parse: Loader, said: str, fractions: dict[str, float], threshold: float | None) -> None:
    """Beside the fractions, `near` says which near-duplicates stay together."""
    split = parse(f"{MINIMAL}split: {said}\n").split
    assert split.fractions == fractions
    assert (split.near and split.near.threshold) == threshold


def test_no_split_is_called_near(parse: Loader) -> None:
    with pytest.raises(FaultyRecipeError, match=r"'near' is no split.*or `off`, found 0\.1"):
        parse(f"{MINIMAL}split: {{test: 0.02, near: 0.1}}\n")


def test_defaults(parse: Loader) -> None:
    recipe = parse(MINIMAL)
    assert (recipe.seed, recipe.steps, recipe.split.fractions, recipe.license) == (42, (), {}, None)
    assert recipe.sources["math"].path == ("data.jsonl",)
    assert recipe.sources["math"].options.annotations == "remove"
    assert recipe.expect.rows is None


def test_a_stage_without_settings_takes_its_defaults(parse: Loader) -> None:
    recipe = parse(MINIMAL + "steps:\n  - dedup:\n  - transform: {strip: }\n  - transform: {strip: {right: no}}\n")
    assert [step.label for step in recipe.steps] == ["0.dedup", "1.transform.strip", "2.transform.strip"]
    assert recipe.steps[2].settings.right is False


def test_all_expectations(parse: Loader) -> None:
    recipe = parse(
        MINIMAL + "steps: [dedup: {}]\nexpect:\n  rows: {min: 1}\n  share: {math: {min: 0.1, max: 1}}\n"
        "  max_dropped: {math: 0.5, dedup: 0.2, 0.dedup: 0.1}\n  languages: [en, no]\n  contamination: 0\n"
        "  licenses: {allow: [mit], deny: [gpl-3.0], commercial: true}\n  origin: {deny: [model]}\n"
        "  tokens: {max: 49000000}\n  duplicates: 0\n"
    )
    assert recipe.expect.languages == ("en", "no")
    assert recipe.expect.max_dropped == {"math": 0.5, "dedup": 0.2, "0.dedup": 0.1}
    assert recipe.expect.licenses is not None
    assert recipe.expect.licenses.commercial


def test_on_error_with_a_limit(parse: Loader) -> None:
    recipe = parse(MINIMAL.replace("data.jsonl", "x\n    on_error: {mode: quarantine, max_share: 0.01}"))
    assert recipe.sources["math"].on_error.max_share == 0.01


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda text: "# a comment\n" + text, True),
        (lambda text: text + "notes: something\ndescription: else\n", True),
        (lambda text: text + "vars: {x: 1}\n", True),
        (lambda text: text + "seed: 42\n", True),
        (lambda text: text + "seed: 7\n", False),
        (lambda text: text + "split: {test: 0.1}\n", False),
        (lambda text: text.replace("path:", "annotations: keep\n    path:"), False),
        (lambda text: text + "steps:\n  - dedup:\n", False),
    ],
)
def test_digest_is_of_the_meaning(parse: Loader, change: object, same: bool) -> None:  # noqa: FBT001
    assert (parse(MINIMAL).digest() == parse(change(MINIMAL)).digest()) is same  # type: ignore[operator]


def test_digest_knows_the_order_of_the_sources(parse: Loader) -> None:
    two = "version: 1\nname: a\nformat: {columns: text}\nsources:\n"
    one, other = "  a: {adapter: gsm8k, path: x}\n", "  b: {adapter: gsm8k, path: x}\n"
    assert parse(two + one + other).digest() != parse(two + other + one).digest()


def test_origins_are_those_of_the_example() -> None:
    assert get_args(Origin) == ORIGINS


def test_assigned() -> None:
    assert assigned(["data=/a=b", "n="]) == {"data": "/a=b", "n": ""}
    with pytest.raises(RecipeError, match="-v data: expected NAME=VALUE"):
        assigned(["data"])


def test_no_such_recipe(parse: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    parse(MINIMAL)
    monkeypatch.setattr("curate.recipe.find.shipped", lambda: {"quickstart": Path("quickstart.yaml")})
    with pytest.raises(
        RecipeError, match=r"no recipe 'quikstart' is shipped, did you mean 'quickstart'\? \(shipped: quick"
    ):
        load("quikstart")
    with pytest.raises(RecipeError, match=r"did you mean 'recipe.yaml'\?"):
        load("recipes.yaml")
    with pytest.raises(RecipeError, match="is a folder"):
        load(".")
    for name in ("a\0b", "x" * 5000, ""):
        with pytest.raises(RecipeError):
            load(name)


def test_every_shipped_recipe_has_a_description_and_its_lock_is_none() -> None:
    assert "quickstart" in shipped()
    assert all(described().values())
    assert not [name for name in shipped() if name.endswith(".lock")]


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_recipe_is_valid(name: str) -> None:
    assert load(name).name == name


def test_a_shipped_recipe_by_its_name(tmp_path: Path, parse: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "elsewhere" / "quickstart.yaml"
    shipped.parent.mkdir()
    shipped.write_text(MINIMAL, encoding="utf-8")
    monkeypatch.setattr("curate.recipe.find.shipped", lambda: {"quickstart": shipped})
    assert load("quickstart").base == shipped.parent
    assert load(shipped).name == "small"
