"""The recipe of a training run: its defaults are the shipped file, and what is wrong is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from architecture.pages import ROOT
from curate.errors import RecipeError
from curate_trainer.config import TrainConfig, load


def test_shipped_recipe_holds_the_defaults_and_every_key() -> None:
    path = ROOT / "recipes" / "train" / "qlora.yaml"
    assert load(path) == TrainConfig()
    keys = {line.partition(":")[0] for line in path.read_text(encoding="utf-8").splitlines() if line[:1].isalpha()}
    assert keys == set(TrainConfig.model_fields)


def test_keys_are_replaced_from_the_command_line() -> None:
    found = load(None, ["lora_rank=16", "eval_split=null", "learning_rate=1e-4", "trackers=[tensorboard]"])
    assert (found.lora_rank, found.eval_split, found.learning_rate) == (16, None, 1e-4)
    assert found.trackers == ("tensorboard",)


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("lora_rnk: 16\nmicro_batch: 0\nloss: chunkd\n", encoding="utf-8")
    with pytest.raises(RecipeError) as error:
        load(path)
    told = str(error.value)
    assert f"{path}:1:1: unknown key 'lora_rnk', did you mean 'lora_rank'?" in told
    assert f"{path}:2:14: must be at least 1, found 0" in told
    assert f"{path}:3:7: expected 'chunked' or 'full', found 'chunkd', did you mean 'chunked'?" in told


def test_fault_of_the_command_line_names_the_option() -> None:
    with pytest.raises(RecipeError, match="--set lora_rnk=1.*did you mean 'lora_rank'"):
        load(None, ["lora_rnk=1"])
