"""The quotas recipe on real tasks: of each task the failed records that its accuracy allows, and no others."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import polars as pl
import pytest

from curate.build import Built, Request, build
from curate.recipe import load
from support.predictions import instances, predicted, write

RECIPE = Path(__file__).parents[1] / "curate" / "recipe" / "quotas.yaml"
QUOTAS = (350, 350, 300, 300, 250, 250, 200, 150, 100, 50)


@pytest.fixture(scope="module")
def truth(real_data: Path) -> dict[str, list[tuple[str, bool | None]]]:
    """Of each task its inputs, and whether the made prediction is right; None: there is none."""
    found: dict[str, dict[str, bool | None]] = defaultdict(dict)
    for _, _, (task, given, references) in instances(real_data / "ni_v2_contrib"):
        said = predicted(task, given, references)
        answer = None if said is None else said.split("\n\n")[0].strip()
        right = None if answer is None else bool(answer) and answer in {one.strip() for one in references}
        found[task][given] = right
    return {task: list(rows.items()) for task, rows in found.items()}


@pytest.fixture(scope="module")
def built(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The recipe, built on all tasks with made predictions."""
    folder = tmp_path_factory.mktemp("quotas")
    made = defaultdict(dict)
    for _, _, (task, given, references) in instances(real_data / "ni_v2_contrib"):
        said = predicted(task, given, references)
        if said is not None:
            made[task][given] = {"task_file": f"{task}.json", "orig_input": given, "prediction": said}
    write(folder / "predictions", {task: list(rows.values()) for task, rows in made.items()})
    recipe = load(RECIPE, {"data": str(real_data), "predictions": str(folder / "predictions")})
    return build(recipe, Request(folder / "out", workers=1, cache=folder / "cache"))


def test_each_task_has_what_its_accuracy_allows(built: Built, truth: dict[str, list[tuple[str, bool | None]]]) -> None:
    """min(quota of the accuracy's tenth, failed records) of every task, and failed ones only."""
    data = pl.read_parquet(built.path / "data" / "*.parquet")
    kept = Counter(data["task"])
    assert set(data["score_exact_match"]) == {0.0}
    for task, rows in truth.items():
        scored = [right for _, right in rows if right is not None]
        quota = QUOTAS[min(int(sum(scored) / len(scored) * 10), 9)]
        assert kept[task] == min(quota, scored.count(False)), task
    assert len(set(kept.values())) > 3


def test_every_other_record_is_told(built: Built, truth: dict[str, list[tuple[str, bool | None]]]) -> None:
    """Right answers, records without a prediction, and those beyond a quota each have their reason in the ledger."""
    ledger = pl.read_parquet(built.path / "ledger" / "drops.parquet").filter(pl.col("stage") == "ni.1.sample")
    reasons = Counter(ledger["reason"])
    assert reasons["not failed"] == sum(right is True for rows in truth.values() for _, right in rows)
    assert reasons["unscored"] == sum(right is None for rows in truth.values() for _, right in rows)
    beyond = ledger.filter(pl.col("reason").str.starts_with("beyond the quota of"))
    assert beyond.height + reasons["not failed"] + reasons["unscored"] == ledger.height
    assert (beyond["rank"] > beyond["cutoff"]).all()
    warned = [text for text in built.manifest.warnings if text.startswith("ni.1.sample: ")]
    assert warned == [f"ni.1.sample: {reasons['unscored']:,} records have no score and left"]


def test_truth_is_not_trivial(truth: dict[str, list[tuple[str, bool | None]]]) -> None:
    """The made predictions hit several tenths, else the quotas would not be tried."""
    tenths = set()
    for rows in truth.values():
        scored = [right for _, right in rows if right is not None]
        tenths.add(int(sum(scored) / len(scored) * 10))
    assert len(tenths) >= 5
