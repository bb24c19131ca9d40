"""Scoring without a build, and scoring a finished version: run after run on the same records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from curate import cli
from support.loopback_completions import Completions, serving

Run = Callable[..., Result]
RECIPE = """\
version: 1
name: birds
sources:
  birds:
    adapter: files
    path: birds.jsonl
    columns: {instruction: asked, output: fact, task: kind}
    steps:
      - score: {metric: exact_match, model: m, endpoint: URL}
      - sample: {take: 5}
  unscored: {adapter: files, path: nowhere.jsonl, columns: {instruction: a, output: b}}
format: {columns: prompt_completion, template: plain}
"""
HEAD = ["task_file", "orig_input", "few_shot_prompt", "prediction", "ground_truth", "id", "source", "metric", "score"]


@pytest.fixture
def service() -> Iterator[Completions]:
    with serving(Completions(reply=lambda _: " Yes\n\nQ:")) as one:
        yield one


@pytest.fixture
def curate(tmp_path: Path, service: Completions, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `curate …` in a folder with a recipe and 20 birds."""
    rows = [{"asked": f"Does bird {n} fly?", "fact": "No" if n % 4 else "Yes", "kind": f"k{n % 2}"} for n in range(20)]
    (tmp_path / "birds.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("URL", service.url), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CURATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(cli.app, [str(one) for one in arguments])


def read(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, (result.output, result.exception)
    return orjson.loads(result.stdout)  # type: ignore[no-any-return]


def test_a_recipe_s_score_steps_alone(curate: Run, service: Completions, tmp_path: Path) -> None:
    """Sources without a score step are not even read, and nothing is built."""
    (step,) = read(curate("score", "recipe.yaml", "--json"))
    assert step["step"] == "birds.0.score"
    assert [(row["task"], row["scored"], row["mean"]) for row in step["tasks"]] == [("k0", 10, 0.5), ("k1", 10, 0.0)]
    assert not (tmp_path / "datasets").exists()
    lines = [orjson.loads(line) for line in Path(str(step["predictions"])).read_bytes().splitlines()]
    assert len(lines) == 20
    assert [list(line) for line in lines] == [HEAD] * 20
    assert lines[0]["task_file"] == "k0.json"
    assert lines[0]["few_shot_prompt"].startswith("### Instruction:\nDoes bird ")
    assert (lines[0]["prediction"], lines[0]["ground_truth"]) in [(" Yes", ["Yes"]), (" Yes", ["No"])]
    read(curate("score", "recipe.yaml", "--json"))
    assert len(service.asked) == 20


def test_the_golden_line(curate: Run, tmp_path: Path) -> None:
    """What is written is the winners' schema, and what is read again gives the same scores."""
    (tmp_path / "birds.jsonl").write_bytes(b'{"asked": "Does bird 4 fly?", "fact": "Yes", "kind": "k0"}\n')
    (step,) = read(curate("score", "recipe.yaml", "--json"))
    (line,) = Path(str(step["predictions"])).read_bytes().splitlines()
    told = orjson.loads(line)
    assert told.pop("id")
    assert orjson.dumps(told) == (
        b'{"task_file":"k0.json","orig_input":"",'
        b'"few_shot_prompt":"### Instruction:\\nDoes bird 4 fly?\\n\\n### Response:\\n","prediction":" Yes",'
        b'"ground_truth":["Yes"],"source":"birds","metric":"exact_match","score":1.0}'
    )
    steps = '[{"score": {"metric": "exact_match", "predictions": "predictions/birds/*.jsonl"}}]'
    (again,) = read(curate("score", "recipe.yaml", "--json", "--set", f"sources.birds.steps={steps}"))
    assert again["tasks"] == step["tasks"]


def test_a_table_for_people(curate: Run) -> None:
    shown = curate("score", "recipe.yaml").stdout
    lines = [line.split() for line in shown.splitlines()]
    assert ["birds/k1", "10", "10", "0.000", "0.000-0.278"] in lines
    assert lines.index(["birds/k1", "10", "10", "0.000", "0.000-0.278"]) < next(
        place for place, line in enumerate(lines) if line[:1] == ["birds/k0"]
    )


def test_a_recipe_without_a_score_step(curate: Run) -> None:
    result = curate("score", "recipe.yaml", "--set", "sources.birds.steps=[]")
    assert result.exit_code == 1
    assert "no step is `score`" in str(result.exception)


def test_a_version_run_after_run(curate: Run, service: Completions) -> None:
    """The second model stands beside the first, on the same records; the first is not asked again."""
    columns = {"instruction": "asked", "output": "fact", "task": "kind"}
    left_out = orjson.dumps({"birds": {"adapter": "files", "path": "birds.jsonl", "columns": columns}}).decode()
    assert curate("build", "recipe.yaml", "--set", f"sources={left_out}", "--set", "split={test: 0.5}").exit_code == 0
    service.asked.clear()
    said = ("score", "birds", "--split", "test", "--endpoint", service.url, "--per-task", 3, "--json")
    first = read(curate(*said, "--model", "base"))
    assert first["earlier"] == []  # type: ignore[call-overload]
    service.reply = lambda _: "No"
    second = read(curate(*said, "--model", "tuned"))
    assert {body["prompt"] for body in service.asked[:6]} == {body["prompt"] for body in service.asked[6:]}
    runs = [second["run"], second["earlier"][0]]  # type: ignore[call-overload]
    assert [run["about"]["model"] for run in runs] == ["tuned", "base"]
    assert runs[0]["scored"] == runs[1]["scored"] == 6
    assert runs[0]["mean"] == pytest.approx(1 - runs[1]["mean"])
    again = read(curate(*said, "--model", "base"))
    assert again["run"]["mean"] == runs[1]["mean"]  # type: ignore[call-overload]
    assert len(service.asked) == 12
    shown = curate(*said[:-1], "--model", "base").stdout
    assert shown.splitlines()[0].split() == ["task", "scored", "tuned", "base", "95", "%", "interval"]
    # An answer to a longer question is another measure: it is not shown beside these.
    assert read(curate(*said, "--model", "base", "--metric", "rouge_l"))["earlier"] == []  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("recipe.yaml", "--split", "test"), "--split goes with a version"),
        (("birds",), "a version needs --split"),
        (("birds", "--split", "test"), "give either 'predictions', or 'model'"),
        (("birds", "--split", "test", "--model", "m", "--metric", "exact_mach"), "did you mean 'exact_match'"),
    ],
)
def test_arguments_that_do_not_fit(curate: Run, arguments: tuple[str, ...], fault: str) -> None:
    result = curate("score", *arguments)
    assert result.exit_code == 2
    assert fault in " ".join(result.output.replace("│", " ").split())


def test_scores_stand_in_a_head(curate: Run, tmp_path: Path) -> None:
    (tmp_path / "nowhere.jsonl").write_bytes(b'{"a": "x", "b": "y"}\n')
    result = curate("head", "recipe.yaml", "--stage", "birds.0.score", "--json", "-n", 1)
    assert result.exit_code == 0
    assert orjson.loads(result.stdout.splitlines()[0])["score_exact_match"] in (0.0, 1.0)
    assert pl.read_ipc(next((tmp_path / "cache").rglob("*table-tasks.arrow"))).height == 2
