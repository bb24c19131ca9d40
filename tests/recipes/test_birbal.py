"""The winners' recipes: their steps agree with each other, and on real data do what the published rules say.

The rules of birbal-compat are said again here, slowly and in plain Python, and held against what every step of a build
keeps. Where the winners shuffled without a seed, the pool and the counts are compared.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from ruamel.yaml import YAML

from curate import build as main_path
from curate.cache import Cache
from curate.engine import Engine
from curate.passes import Tally, run
from curate.recipe import load, shipped
from curate.stage import Stage
from curate.unit import Unit
from curate.unit import load as read
from support import birbal
from support.birbal import is_exact

STAND_INS = {"maths_options": "maths", "platypus_theorems": "platypus"}
COLUMNS = ("id", "file", "row", "source", "task", "instruction", "input", "output", "references", "meta")


def tree(name: str) -> dict[str, Any]:
    return YAML(typ="safe").load(shipped()[name].read_text(encoding="utf-8"))  # type: ignore[no-any-return]


# ---- the recipes as they are written


@pytest.mark.parametrize("name", ["birbal-200k", "birbal-400k", "birbal-700k"])
def test_quotas_are_the_published_ones(name: str) -> None:
    """Of the first bucket 350, of the last 50, times the factor that the size stands for."""
    factor = {"birbal-200k": 1, "birbal-400k": 2, "birbal-700k": 4}[name]
    recipe = load(name)
    quota = recipe.sources["ni_exact_match"].steps[-1].settings
    assert quota.quota == tuple(factor * rows for rows in (350, 350, 300, 300, 250, 250, 200, 150, 100, 50))  # type: ignore[attr-defined]
    assert (quota.per, quota.pool, quota.by) == ("task", "failed", "accuracy")  # type: ignore[attr-defined]
    assert recipe.split.fractions == {"test": 0.02}
    assert list(recipe.sources) == [
        "quac", "openbookqa", "cnn", "maths", "platypus", "ni_generation", "ni_exact_match", "lima",
    ]  # fmt: skip


def test_the_mini_recipe_has_the_steps_of_the_large_one() -> None:
    """The same steps, source by source and for the mixture; only the evaluation sets are those at hand."""
    large, mini = tree("birbal-200k"), tree("birbal-mini")
    for name, source in mini["sources"].items():
        wanted = large["sources"][STAND_INS.get(name, name)].get("steps", [])
        stood_in = [step for step in wanted if "values" not in step.get("filter", {}) or name.startswith("ni_")]
        assert source.get("steps", []) == stood_in or name == "openbookqa", name
    plain = [[step for step in one["steps"] if "decontaminate" not in step] for one in (large, mini)]
    assert plain[0] == plain[1]
    assert [list(step) for step in large["steps"]] == [list(step) for step in mini["steps"]]
    assert (large["split"], large["format"]) == (mini["split"], mini["format"])


def test_the_list_of_tasks_is_the_published_one() -> None:
    """462 tasks; five of them are evaluation sets or sources of their own, and the default leaves them out."""
    options = load("birbal-200k").sources["ni_exact_match"].options
    tasks = set(options.tasks)  # type: ignore[attr-defined]
    assert len(tasks) == 462
    assert {"task1572_samsum_summary", "task062_bigbench_repeat_copy_logic"} <= tasks
    assert set(options.exclude_tasks) == {62, 1286, 1553, 1572, 1573}  # type: ignore[attr-defined]
    assert load("birbal-compat").sources["ni_exact_match"].options.exclude_tasks == ()  # type: ignore[attr-defined]


def test_a_recipe_elsewhere_can_extend_them(tmp_path: Path) -> None:
    """The list of tasks is found from wherever a recipe extends it."""
    (tmp_path / "mine.yaml").write_text("version: 1\nextends: birbal-200k\nname: mine\n", encoding="utf-8")
    assert len(load(tmp_path / "mine.yaml").sources["ni_generation"].options.tasks) == 462  # type: ignore[attr-defined]


# ---- birbal-mini, and birbal-compat on its sets


@dataclass
class Ran:
    """A build: what came in, what stood after each step, and where the version lies."""

    before: dict[str, pl.DataFrame]
    after: dict[str, pl.DataFrame]
    built: main_path.Built

    def rows(self, label: str, *, came: bool = False) -> list[dict[str, Any]]:
        """The records after a step, or those that came to it."""
        return (self.before if came else self.after)[label].to_dicts()


@pytest.fixture(scope="module")
def sets(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A part of the real data, and predictions for its tasks."""
    return birbal.sets(real_data, tmp_path_factory.mktemp("birbal"))


def ran(recipe: str | Path, sets: tuple[Path, Path], folder: Path) -> Ran:
    """Build, and look at the records after each step."""
    data, predictions = sets
    loaded = load(recipe, {"data": str(data), "predictions": str(predictions)})
    before, after = {}, {}

    def looked(units: Sequence[Unit]) -> pl.DataFrame:
        return pl.concat([read(unit, COLUMNS).drop("at") for unit in units], how="diagonal")

    def watched(stage: Stage, units: Sequence[Unit], engine: Engine, cache: Cache) -> tuple[list[Unit], Tally]:
        left, tally = run(stage, units, engine, cache)
        before[stage.place.label], after[stage.place.label] = looked(units), looked(left)
        return left, tally

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main_path, "run", watched)
        built = main_path.build(loaded, main_path.Request(folder / "out", workers=1, cache=folder / "cache"))
    return Ran(before, after, built)


@pytest.fixture(scope="module")
def mini(sets: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """birbal-mini, built; with fewer rows than it expects of the whole sets."""
    folder = tmp_path_factory.mktemp("mini")
    text = "version: 1\nextends: birbal-mini\nname: mini\nexpect: {rows: {min: 3000}}\n"
    (folder / "mini.yaml").write_text(text, encoding="utf-8")
    return ran(folder / "mini.yaml", sets, folder)


@pytest.fixture(scope="module")
def compat(sets: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The steps of birbal-compat on the sources of birbal-mini."""
    small, wanted = tree("birbal-mini"), tree("birbal-compat")
    for name in small["sources"]:
        small["sources"][name] |= wanted["sources"].get(STAND_INS.get(name, name), {})
    small |= {"name": "compat", "steps": wanted["steps"], "expect": {"rows": {"min": 1000}}}
    folder = tmp_path_factory.mktemp("compat")
    with (folder / "compat.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(small, file)
    return ran(folder / "compat.yaml", sets, folder)


def ids(rows: Sequence[dict[str, Any]]) -> set[str]:
    return {row["id"] for row in rows}


def answers(sets: tuple[Path, Path]) -> dict[tuple[str, str], str]:
    """The prediction to each task and input, up to the first blank line."""
    found = {}
    for path in sorted(sets[1].glob("*/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found[row["task_file"].removesuffix(".json"), row["orig_input"]] = row["prediction"].split("\n\n")[0]
    return found


# ---- the published rules, again


def quota_of(accuracy: float) -> int:
    """prepare_exact_match_tasks_dataset.py: by the tenth of a task's accuracy."""
    return [350, 350, 300, 300, 250, 250, 200, 150, 100, 50, 50][int(accuracy * 10)]


def lcs(one: list[str], other: list[str]) -> int:
    """The length of the longest common subsequence, by the textbook table."""
    row = [0] * (len(other) + 1)
    for word in one:
        last = 0
        for place, against in enumerate(other, 1):
            last, row[place] = row[place], last + 1 if word == against else max(row[place], row[place - 1])
    return row[-1]


def rouge_l(prediction: str, reference: str) -> float:
    one, other = (re.sub(r"[^a-z0-9]+", " ", text.lower()).split() for text in (prediction, reference))
    common = lcs(one, other)
    if not common:
        return 0.0
    precision, recall = common / len(one), common / len(other)
    return 2 * precision * recall / (precision + recall)  # as rouge-score writes it: at an edge the last bit decides


def generation_score(prediction: str, references: list[str]) -> float:
    """prepare_generation_tasks_dataset.py: full stops go, an empty text is perfect, the best reference counts."""
    prediction = prediction.replace(".", "").strip()
    plain = [reference.replace(".", "").strip() for reference in references]
    return max(1.0 if not prediction or not one else rouge_l(prediction, one) for one in plain)


def words(text: str) -> int:
    return len(text.split(" "))


def test_compat_exact_match(compat: Ran, sets: tuple[Path, Path]) -> None:
    """Wrong answers alone, raw texts compared; of each task as many as the tenth of its accuracy allows."""
    said = answers(sets)
    came = compat.rows("ni_exact_match.0.filter.values")
    assert {row["task"] for row in came} == {task for task, _ in said if is_exact(task)}
    right = {
        row["id"]: said[row["task"], row["input"]] in row["references"]
        for row in came
        if (row["task"], row["input"]) in said
    }
    of_task = defaultdict(list)
    for row in came:
        if row["id"] in right:
            of_task[row["task"]].append(right[row["id"]])
    short = compat.rows("ni_exact_match.2.filter.words")
    assert ids(short) == {row["id"] for row in came if words(row["instruction"] + " " + row["input"]) < 800}
    pool = [row for row in short if right.get(row["id"]) is False]
    kept = compat.rows("ni_exact_match.3.sample")
    assert ids(kept) <= ids(pool)
    available = Counter(row["task"] for row in pool)
    expected = {
        task: min(available[task], quota_of(sum(found) / len(found)))
        for task, found in of_task.items()
        if available[task]
    }
    assert Counter(row["task"] for row in kept) == expected
    assert len({quota_of(sum(found) / len(found)) for found in of_task.values()}) > 2


def test_compat_generation(compat: Ran, sets: tuple[Path, Path]) -> None:
    """Four fifths of what scores below 0.2, a fifth of each tenth up to 0.8, nothing above; floors, task by task."""
    said = answers(sets)
    came = compat.rows("ni_generation.0.filter.values")
    bins: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in came:
        if (row["task"], row["input"]) in said:
            score = generation_score(said[row["task"], row["input"]], row["references"])
            edge = sum(score >= low for low in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8))
            bins[row["task"], edge].add(row["id"])
    kept = ids(compat.rows("ni_generation.2.sample"))
    for (task, edge), pool in bins.items():
        part = 0 if edge == 7 else 4 * len(pool) // 5 if edge == 0 else len(pool) // 5
        assert len(kept & pool) == part, (task, edge)
    assert kept <= set().union(*bins.values())
    assert {edge for _, edge in bins} == set(range(8))
    empty = {row["id"] for row in came if said.get((row["task"], row["input"])) == ""}
    assert empty
    assert not empty & kept


def test_compat_generation_leaves_out_after_the_sample(compat: Ran) -> None:
    """Several references, more than 1,100 words of input, 800 words of both: in this order."""
    kept = compat.rows("ni_generation.2.sample")
    single = [row for row in kept if len(row["references"]) == 1]
    assert ids(compat.rows("ni_generation.3.filter.references")) == ids(single)
    small = [row for row in single if words(row["input"]) <= 1100]
    assert ids(compat.rows("ni_generation.4.filter.words")) == ids(small)
    last = [row for row in small if words(row["instruction"] + " " + row["input"]) < 800]
    assert ids(compat.rows("ni_generation.5.filter.words")) == ids(last)
    assert len(kept) > len(single) > 0


@pytest.mark.parametrize(
    ("source", "label", "most"), [("cnn", "cnn.0.filter.words", 800), ("lima", "lima.1.filter.words", 799)]
)
def test_compat_lengths(compat: Ran, source: str, label: str, most: int) -> None:
    """Reading sets keep 800 words, the others 799; both count blanks."""
    came = compat.rows(label, came=True)
    expected = {row["id"] for row in came if words(row["instruction"] + " " + row["input"]) <= most}
    assert ids(compat.rows(label)) == expected
    assert len(expected) < len(came) or source == "lima"


def test_compat_mathematics(compat: Ran) -> None:
    """Three questions in ten in lower case, whole; no program in an answer; the question stands in the input."""
    before = {row["id"]: row for row in compat.rows("maths.0.transform.lower", came=True)}
    after = compat.rows("maths.1.transform.move")
    lowered = 0
    for row in after:
        question = before[row["id"]]["instruction"]
        assert row["input"] in {question, question.lower()}
        assert row["instruction"] == ""
        lowered += row["input"] != question
    assert lowered / len(after) == pytest.approx(0.3, abs=0.05)
    left = compat.rows("maths.2.filter.contains")
    assert ids(left) == {row["id"] for row in after if "print(" not in row["output"]}
    assert not any("####" in row["output"] for row in left)


def test_compat_mixture(compat: Ran) -> None:
    """combine_datasets.py: of equal inputs one, whatever the instruction; then inputs of more than four words."""
    came = compat.rows("0.dedup", came=True)
    one_each = compat.rows("0.dedup")
    assert Counter(row["input"] for row in one_each) == dict.fromkeys({row["input"] for row in came}, 1)
    last = compat.rows("1.filter.words")
    assert ids(last) == {row["id"] for row in one_each if words(row["input"]) > 4}
    assert not any(row["input"] == "" for row in last)
    assert len(came) > len(one_each) > len(last)


def test_compat_prompts(compat: Ran) -> None:
    """The template: headings, an instruction if there is one, the input, and the answer alone as completion."""
    records = {row["id"]: row for row in compat.rows("format")}
    data = pl.read_parquet(compat.built.path / "data" / "*.parquet")
    assert data.height == len(records)
    plain = data.filter(~pl.col("source").is_in(["quac"]))  # has earlier turns in its prompts
    for row in plain.iter_rows(named=True):
        record = records[row["id"]]
        instruction = f"### Instruction:\n{record['instruction']}\n\n" if record["instruction"] else ""
        assert row["prompt"] == f"{instruction}### Input:\n{record['input']}\n\n### Response:\n"
        assert row["completion"] == record["output"]


# ---- the default, where it differs


def test_default_keeps_what_theirs_lost(mini: Ran, sets: tuple[Path, Path]) -> None:
    """Empty predictions are failures, several references stay, and so do instructions that share an input."""
    said = answers(sets)
    kept = mini.rows("ni_generation.4.sample")
    assert any(said[row["task"], row["input"]] == "" for row in kept)
    assert any(len(row["references"]) > 1 for row in kept)
    assert ids(mini.rows("0.filter.empty")) == {
        row["id"] for row in mini.rows("0.filter.empty", came=True) if row["output"]
    }
    assert "samsum" not in " ".join(str(row["task"]) for row in mini.rows("format"))


def test_default_follows_the_quotas(mini: Ran, sets: tuple[Path, Path]) -> None:
    """Of each task min(quota, failed records), by the task's accuracy with blanks at the ends left aside."""
    said = answers(sets)
    came = mini.rows("ni_exact_match.0.filter.values")
    wrong, of_task = set(), defaultdict(list)
    for row in came:
        if (row["task"], row["input"]) in said:
            answer = said[row["task"], row["input"]].strip()
            right = bool(answer) and answer in {reference.strip() for reference in row["references"]}
            of_task[row["task"]].append(right)
            wrong |= set() if right else {row["id"]}
    pool = [row for row in mini.rows("ni_exact_match.2.filter.words") if row["id"] in wrong]
    kept = mini.rows("ni_exact_match.3.sample")
    assert ids(kept) <= ids(pool)
    available = Counter(row["task"] for row in pool)
    assert Counter(row["task"] for row in kept) == {
        task: min(available[task], quota_of(sum(found) / len(found)))
        for task, found in of_task.items()
        if available[task]
    }


def test_default_tells_of_every_loss(mini: Ran) -> None:
    """Rows in are rows out and drops, and records without a prediction are warned about."""
    manifest = mini.built.manifest
    assert manifest.rows_in == manifest.rows_out + manifest.dropped + manifest.quarantined
    assert any("ni_exact_match.3.sample" in text and "have no score and left" in text for text in manifest.warnings)
