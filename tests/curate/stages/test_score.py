"""`score`: columns and tables of scores, from files and from a service; what was not measured is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from pydantic import ValidationError

from curate import manifest as manifests
from curate.build import Built, Request, build
from curate.cache import Cache
from curate.errors import CurateError
from curate.plan import plan
from curate.recipe import load
from curate.score.settings import ScoreSettings
from curate.verify import verify
from support.loopback_completions import Completions, serving

RECIPE = """\
version: 1
name: scored
seed: 3
vars: {predictions: told}
sources:
  ni:
    adapter: natural_instructions
    path: ni/*.json
    examples: true
    steps:
      - score: {metric: exact_match, predictions: "${vars.predictions}/*.jsonl", until: "\\n\\n"}
  more:
    adapter: alpaca
    path: more.json
format: {columns: prompt_completion, template: instruction_input_response}
"""


def bird(n: int) -> str:
    return f"Bird {n} sits there."


def write(folder: Path) -> Path:
    """Two tasks of 12 birds, of which the even ones can fly, and a source without tasks."""
    (folder / "ni").mkdir()
    for number in (1, 2):
        task = {
            "Definition": [f"Task {number}. Can it fly? Answer Yes or No."],
            "Categories": ["Text Categorization"],
            "Positive Examples": [{"input": "An owl.", "output": "Yes", "explanation": "It can."}],
            "Instances": [{"input": bird(n), "output": ["No" if n % 2 else "Yes", "?"]} for n in range(12)],
        }
        (folder / "ni" / f"task{number}_birds.json").write_bytes(orjson.dumps(task))
    (folder / "more.json").write_bytes(orjson.dumps([{"instruction": "Sing.", "input": "", "output": "La"}]))
    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return folder / "recipe.yaml"


def tell(folder: Path, rows: list[tuple[str, str, str]], name: str = "one") -> None:
    """Write predictions in the winners' schema."""
    (folder / "told").mkdir(exist_ok=True)
    lines = [
        {"task_file": task, "orig_input": asked, "few_shot_prompt": "…", "prediction": said, "ground_truth": ["?"]}
        for task, asked, said in rows
    ]
    (folder / "told" / f"{name}.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return write(tmp_path)


@pytest.fixture
def service() -> Iterator[Completions]:
    """Says that every bird can fly."""
    with serving(Completions(reply=lambda _: "Yes\n\n### Input:\nAn emu.")) as one:
        yield one


def make(recipe: Path, *sets: str) -> Built:
    home = recipe.parent
    return build(load(recipe, {}, sets), Request(out=home / "out", cache=home / "cache", workers=1))


def step(**settings: Any) -> str:
    return f"sources.ni.steps={orjson.dumps([{'score': settings}]).decode()}"


def data(built: Built) -> pl.DataFrame:
    return pl.read_parquet(sorted((built.path / "data").glob("*.parquet")))


def table(built: Built, name: str) -> pl.DataFrame:
    return pl.read_parquet(built.path / "scores" / f"{name}.parquet")


def test_predictions_are_cut_compared_and_counted(recipe: Path) -> None:
    rows = [("task1_birds.json", bird(0), " Yes \n\n### Input:\nAn emu."), ("task1_birds", bird(1), "Yes")]
    tell(recipe.parent, [*rows, ("task1_birds.json", bird(2), ""), ("task1_birds.json", bird(3), "?")])
    built = make(recipe)
    rows_of_one = data(built).filter(task="task1_birds")
    scores = dict(rows_of_one.select(pl.col("prompt").str.extract(r"Bird (\d+)"), "score_exact_match").iter_rows())
    assert [scores[str(n)] for n in range(5)] == [1.0, 0.0, 0.0, 1.0, None]
    assert "mean_exact_match" not in built.manifest.columns
    assert table(built, "tasks").select("source", "task", "metric", "records", "scored", "mean").rows() == [
        ("ni", "task1_birds", "exact_match", 12, 4, 0.5),
        ("ni", "task2_birds", "exact_match", 12, 0, None),
    ]
    predictions = table(built, "predictions")
    assert predictions.columns == ["id", "source", "task", "metric", "prediction", "score"]
    assert sorted(predictions["prediction"]) == ["", " Yes ", "?", "Yes"]
    assert built.manifest.warnings == ["ni.0.score: 1 tasks have no score at all; 20 records have no prediction"]
    assert not [fault for finding in verify(built.path) for fault in finding.faults]


def test_a_version_knows_what_it_was_scored_with(recipe: Path) -> None:
    tell(recipe.parent, [("task1_birds.json", bird(0), "Yes")])
    built = make(recipe)
    assert "told/one.jsonl" in [one.name for one in built.manifest.inputs]
    assert {"scores/tasks.parquet", "scores/predictions.parquet"} <= built.manifest.files.keys()
    lock = (built.path / "recipe.lock.yaml").read_text(encoding="utf-8")
    assert 'told/one.jsonl":\n        sha256:' in lock
    assert 'scores:\n  "ni.0.score":\n    predictions: 1\n    fingerprint: ' in lock
    assert lock == (recipe.parent / "recipe.lock.yaml").read_text(encoding="utf-8")
    tell(recipe.parent, [("task1_birds.json", bird(0), "Yes!")])
    again = make(recipe)
    assert again.manifest.version != built.manifest.version
    assert (again.path / "recipe.lock.yaml").read_text(encoding="utf-8") != lock


def test_files_and_workers_do_not_matter(recipe: Path) -> None:
    rows = [(f"task{t}_birds.json", bird(n), "Yes") for t in (1, 2) for n in range(12)]
    tell(recipe.parent, rows)
    first = make(recipe)
    (recipe.parent / "told" / "one.jsonl").unlink()
    tell(recipe.parent, rows[:5], "b")
    tell(recipe.parent, rows[::-1][:-5], "a")
    again = build(load(recipe, {}, ()), Request(out=recipe.parent / "again", cache=recipe.parent / "cold", workers=2))
    assert again.manifest.files["scores/predictions.parquet"] == first.manifest.files["scores/predictions.parquet"]
    assert again.manifest.version == first.manifest.version


def test_nothing_matches(recipe: Path) -> None:
    tell(recipe.parent, [("task9_birds.json", bird(0), "Yes")])
    said = (
        r"ni\.0\.score: no prediction belongs to any record.*\n"
        r"  a prediction has task 'task9_birds' and input 'Bird 0 sits there\.'\n"
        r"  a record has     task 'task1_birds' and input 'Bird 0 sits there\.'"
    )
    with pytest.raises(CurateError, match=said):
        make(recipe)


def test_a_broken_line_is_named(recipe: Path) -> None:
    tell(recipe.parent, [("task1_birds.json", bird(0), "Yes")])
    with (recipe.parent / "told" / "one.jsonl").open("ab") as file:
        file.write(b'{"task_file": "task1_birds.json", "orig_input": "x"}\n')
    with pytest.raises(CurateError, match=r"told/one\.jsonl row 1: no 'prediction'"):
        make(recipe)


def test_contradictions_and_strays_are_told(recipe: Path) -> None:
    rows = [("task1_birds.json", bird(0), said) for said in ("no", "Yes", "Yes")]
    tell(recipe.parent, [*rows, ("task1_birds.json", bird(99), "Yes")])
    built = make(recipe)
    assert table(built, "predictions")["prediction"].to_list() == ["Yes"]
    assert "1 predictions belong to no record; 1 questions have predictions that differ" in built.manifest.warnings[0]


def test_a_service_is_asked_for_a_sample(recipe: Path, service: Completions) -> None:
    """Per task so many records, whose ranks depend on seed and label alone: more of them add, none goes."""
    said = {"metric": "exact_match", "model": "m", "endpoint": service.url, "shots": 1}
    small = make(recipe, step(**said, per_task=4))
    prompts = {body["prompt"] for body in service.asked}
    assert len(prompts) == 8
    assert all(text.count("An owl.") == 1 and text.count("Can it fly?") == 1 for text in prompts)
    assert table(small, "tasks")["scored"].to_list() == [4, 4]
    large = make(recipe, step(**said, per_task=6))
    assert len(service.asked) == 12  # four more, the eight are kept
    assert set(table(small, "predictions")["id"]) < set(table(large, "predictions")["id"])
    assert set(table(large, "predictions")["prediction"]) == {"Yes"}
    means = dict(table(large, "tasks").select("task", "mean").iter_rows())
    right = data(large).group_by("task").agg(pl.col("score_exact_match").mean()).drop_nulls()
    assert dict(right.iter_rows()) == means
    limited = make(recipe, step(**said, limit=3))
    assert table(limited, "predictions").height == 3


def test_examples_from_the_pool(recipe: Path, service: Completions) -> None:
    make(recipe, step(metric="exact_match", model="m", endpoint=service.url, shots=3, shots_from="pool"))
    assert len(service.asked) == 24
    for body in service.asked:
        *shown, asked = [part.splitlines()[0] for part in body["prompt"].split("### Input:\n")[1:]]
        assert len(shown) == 3
        assert asked not in shown
        assert len({*shown}) == 3


def test_no_examples_to_show(recipe: Path, service: Completions) -> None:
    with pytest.raises(CurateError, match="no record has examples of its task in meta.examples"):
        make(recipe, step(metric="exact_match", model="m", endpoint=service.url, shots=1), "sources.ni.examples=false")


def test_plan_asks_nobody(recipe: Path, service: Completions) -> None:
    loaded = load(recipe, {}, (step(metric="exact_match", model="m", endpoint=service.url),))
    states = {one.label: one.state for one in plan(loaded, Cache(recipe.parent / "cache"))}
    assert states["ni.0.score"] == "unknown"
    build(loaded, Request(out=recipe.parent / "out", cache=recipe.parent / "cache", workers=1))
    assert {one.state for one in plan(loaded, Cache(recipe.parent / "cache"))} == {"cached"}
    assert len(service.asked) == 24


def test_another_metric_asks_for_nothing_new(recipe: Path, service: Completions) -> None:
    said = {"model": "m", "endpoint": service.url}
    make(recipe, step(metric="exact_match", **said))
    built = make(recipe, step(metric={"rouge_l": {"stemmer": True}}, **said))
    assert len(service.asked) == 24
    assert "score_rouge_l" in data(built).columns


def test_a_step_of_the_mixture(recipe: Path, service: Completions) -> None:
    """Records of all sources; those without a task are one."""
    steps = [{"score": {"metric": "exact_match", "model": "m", "endpoint": service.url}}]
    built = make(recipe, step_list("sources.ni.steps", []), step_list("steps", steps))
    tasks = table(built, "tasks").select("source", "task", "scored").rows()
    assert tasks == [("more", None, 1), ("ni", "task1_birds", 12), ("ni", "task2_birds", 12)]


def step_list(key: str, steps: list[Any]) -> str:
    return f"{key}={orjson.dumps(steps).decode()}"


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"metric": "exact_match"}, "give either 'predictions', or 'model'"),
        ({"metric": "exact_match", "predictions": "a", "model": "b"}, "give either 'predictions', or 'model'"),
        ({"metric": "exact_mach", "model": "b"}, "did you mean 'exact_match'"),
        ({"metric": {"rouge_l": {"stemer": True}}, "model": "b"}, "rouge_l: stemer: Extra inputs"),
        ({"metric": "loss", "predictions": "a"}, "loss needs log-probabilities"),
        ({"metric": "ifd", "model": "m", "endpoint": "http://x/v1"}, "ifd needs log-probabilities"),
        ({"metric": "exact_match", "model": "m", "endpoint": "ftp://x"}, "expected a URL"),
        ({"metric": "exact_match", "model": "m", "endpoint": "https://me:pw@x/v1"}, "holds a user, a password"),
        ({"metric": "exact_match", "endpoint": "http://x/v1"}, "endpoint needs 'model'"),
        ({"metric": "exact_match", "model": "m", "endpoint": "http://x/v1", "adapter": "a"}, "the service's own"),
        ({"metric": "exact_match", "predictions": "a", "shots": 2}, "leave out shots"),
        ({"metric": "exact_match", "model": "m", "jinja": "{{ output }}"}, "give the answer away"),
        ({"metric": "exact_match", "model": "m", "template": "alpacca"}, "unknown template 'alpacca'"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError) as raised:
        ScoreSettings.model_validate(settings)
    assert fault in str(raised.value)


def test_a_key_in_the_place_of_its_variable_is_not_repeated() -> None:
    said = {"metric": "exact_match", "model": "m", "endpoint": {"url": "http://x/v1", "api_key_env": "sk-secret!"}}
    with pytest.raises(ValidationError) as raised:
        ScoreSettings.model_validate(said)
    assert "sk-secret" not in str(raised.value.errors(include_input=False))


def test_the_manifest_is_the_same_whoever_made_the_answers(recipe: Path, service: Completions) -> None:
    """From a cold cache, or with every answer there already."""
    said = step(metric="exact_match", model="m", endpoint=service.url, per_task=3)
    first = make(recipe, said)
    home = recipe.parent
    again = build(load(recipe, {}, (said,)), Request(out=home / "again", cache=home / "cold", workers=1))
    assert manifests.read(again.path) == manifests.read(first.path)
