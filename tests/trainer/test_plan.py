"""`curate train --plan`: arithmetic on a config.json, without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from curate.errors import CurateError, VersionError
from curate_trainer.config import TrainConfig
from curate_trainer.plan import Amount, estimated, plan
from support import tiny_tokenizer
from support.versions import pairs

MISTRAL = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 32000,
}
# As many as the winners had: 200,000 examples of 240 tokens.
LEARNED = Amount(rows=200_000, tokens=48_000_000, bins=5_870, longest=8_000, too_long=0, estimated=False)


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [(f"How much is {n} and {n * n}?", f"It is {n + n * n}.") for n in range(40)]
    return pairs(tmp_path_factory.mktemp("version"), rows, split="{test: 0.2}")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model's folder with its config.json alone."""
    folder = tmp_path / "mistral"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(MISTRAL), encoding="utf-8")
    return folder


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "curate", "train", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("loss", "gigabytes"), [("full", 23), ("chunked", 21)])
def test_winners_run_fits_a_card_of_24_gib(model: Path, loss: Any, gigabytes: int) -> None:
    found = plan(TrainConfig(model=str(model), loss=loss), "rtx4090", LEARNED, None)
    assert abs(found.memory_gb - gigabytes) < 1
    assert found.fits
    assert found.card_gb == pytest.approx(25.77, abs=0.01)


def test_what_does_not_fit_says_how_much_is_missing(model: Path) -> None:
    found = plan(TrainConfig(model=str(model), micro_batch=8), "rtx4090", LEARNED, None)
    assert not found.fits
    assert found.spare_gb == pytest.approx(found.card_gb - found.memory_gb)
    assert found.spare_gb < 0


def test_weights_that_are_not_quantised_take_two_or_four_bytes(model: Path) -> None:
    config = TrainConfig(model=str(model), quantize="none")
    half = plan(config, "h200", LEARNED, None)
    whole = plan(config.model_copy(update={"dtype": "float32"}), "h200", LEARNED, None)
    assert half.memory["weights"] == pytest.approx(6_979_321_856 * 2 / 1e9)
    assert whole.memory["weights"] == pytest.approx(6_979_321_856 * 4 / 1e9)


def test_eight_bit_moments_take_a_quarter(model: Path) -> None:
    config = TrainConfig(model=str(model))
    paged = plan(config, "rtx4090", LEARNED, None)
    small = plan(config.model_copy(update={"optimizer": "paged_adamw_8bit"}), "rtx4090", LEARNED, None)
    assert paged.memory["adapters"] - small.memory["adapters"] == pytest.approx(335_544_320 * 6 / 1e9)


def test_hours_are_padded_tokens_of_all_epochs_and_evaluations(model: Path) -> None:
    evaluated = Amount(rows=1_000, tokens=240_000, bins=30, longest=900, too_long=0, estimated=False)
    config = TrainConfig(model=str(model), evaluate_every=100)
    found = plan(config, "rtx4090", LEARNED, evaluated)
    assert found.steps == 734 * 3  # 5,870 rows in steps of 8
    looks = 23  # of which one at the end
    padded = 5_870 * 8_192 * 3 + 30 * 8_192 / 3 * looks
    speed = found.speeds["expected"]
    assert speed.hours == pytest.approx(padded / speed.tokens_per_second / 3600)
    assert found.speeds["low"].hours > speed.hours > found.speeds["high"].hours


def test_epochs_within_a_limit_are_whole_ones_that_it_holds(model: Path) -> None:
    found = plan(TrainConfig(model=str(model)), "rtx4090", LEARNED, None, max_hours=24)
    for speed in found.speeds.values():
        assert speed.epochs is not None
        each = speed.hours / 3
        assert speed.epochs * each <= 24 < (speed.epochs + 1) * each


def test_unknown_card_is_told_with_those_that_are_known(model: Path) -> None:
    with pytest.raises(CurateError, match="unknown gpu 'rtx4091', did you mean 'rtx4090'"):
        plan(TrainConfig(model=str(model)), "rtx4091", LEARNED, None)


def test_unknown_split_is_told_with_those_that_there_are(version: Path) -> None:
    with pytest.raises(VersionError, match=r"no split 'dev' \(it has: test, train\).*eval_split=null"):
        estimated(version, "dev", 64)


def test_estimate_leaves_out_what_no_row_holds(version: Path) -> None:
    whole, short = estimated(version, "train", 8192), estimated(version, "train", 9)
    assert whole.too_long == 0
    assert short.too_long == whole.rows - short.rows
    assert short.too_long > 0


def test_command_without_tokenizer_marks_an_estimate_and_loads_no_torch(version: Path, model: Path) -> None:
    done = run(str(version), "--plan", "--set", f"model={model}", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["fits"] is True
    assert told["tokens_estimated"] is True
    assert told["tokens"] > 0
    assert abs(told["memory_gb"] - 21) < 1
    assert set(told["hours"]) == {"low", "expected", "high"}
    assert told["gpu"] == "rtx4090"
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "polars" in loaded
    assert loaded.isdisjoint({"torch", "transformers", "peft", "bitsandbytes", "huggingface_hub"})


def test_command_counts_with_the_tokenizer_of_the_model(version: Path, model: Path) -> None:
    tiny_tokenizer.save(model, bos=True)
    done = run(str(version), "--plan", "--set", f"model={model}", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    (made,) = (version.parent / "tokens").glob("tokens-*/manifest.json")
    splits = json.loads(made.read_text(encoding="utf-8"))["splits"]
    assert told["tokens_estimated"] is False
    assert told["tokens"] == splits["train"]["tokens"]
    assert told["evaluation"]["tokens"] == splits["test"]["tokens"]


def test_command_shows_verdict_memory_and_hours(version: Path, model: Path) -> None:
    done = run(str(version), "--plan", "--set", f"model={model}", "--max-hours", "24")
    assert done.returncode == 0, done.stderr
    for part in ("mistral on rtx4090, 25.8 GB", "fits: 20.9 GB", "epochs in 24 h", "estimated from bytes"):
        assert part in done.stdout


def test_wrong_key_ends_with_exit_code_2(version: Path) -> None:
    done = run(str(version), "--plan", "--set", "lora_rnk=16")
    assert done.returncode == 2
    assert "unknown key 'lora_rnk', did you mean 'lora_rank'?" in done.stderr
