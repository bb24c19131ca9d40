"""The plan of a training run, by arithmetic: does it fit a card, and how long does it take. Nothing is loaded.

Memory and speed come from `curate.planner`, with the model's config.json; the tokens from a token set where there is a
tokenizer, else from the bytes of the rows.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from curate import manifest as manifests
from curate import planner
from curate.errors import VersionError
from curate.tokenset import Tokenset
from curate_trainer.config import TrainConfig

# UTF-8 bytes a token, where no tokenizer is at hand. Measured with `cl100k_base`: 3.3 on GSM8K, 3.8 to 5.1 on tasks of
# Natural Instructions, 4.9 on Alpaca; languages other than English have fewer.
BYTES_PER_TOKEN = 4.0

# A pass without gradients, against a step: 2 of the 6 operations a weight (`planner.flops_per_token`).
_FORWARD = 1 / 3

# Adam's two moments, in bytes a weight.
_STATE = {"paged_adamw_32bit": 8, "paged_adamw_8bit": 2, "adamw_torch": 8}
_PLANNED_STATE = 8

# Where the formula of memory comes from and what it was held against.
MEMORY_SOURCES = (
    "https://arxiv.org/abs/2305.14314",
    "https://github.com/axolotl-ai-cloud/axolotl/pull/708",
    "https://docs.unsloth.ai/basics/unsloth-benchmarks",
)


@dataclass(frozen=True)
class Amount:
    """How much there is to learn in a split.

    Args:
        rows: examples.
        tokens: of them.
        bins: packed rows.
        longest: tokens of the longest example.
        too_long: examples that do not fit into a row, and are left out.
        estimated: from bytes, without a tokenizer.
    """

    rows: int
    tokens: int
    bins: int
    longest: int
    too_long: int
    estimated: bool


@dataclass(frozen=True)
class Speed:
    """What a speed comes to.

    Args:
        tokens_per_second: padding included.
        hours: of all epochs, evaluations included.
        epochs: whole epochs within the limit; None where there is none.
    """

    tokens_per_second: float
    hours: float
    epochs: int | None


@dataclass(frozen=True)
class Plan:
    """A plan.

    Args:
        model: its name.
        gpu: the card's name.
        card_gb: its memory, in GB of 1e9 bytes, as all below.
        memory: what takes how much.
        fits: with 5 % of the card left free.
        lora_parameters: weights that are trained.
        train: what is learned.
        evaluation: what is evaluated; None where nothing is.
        steps: of the optimizer, all epochs.
        efficiency: share of the packed rows that is no padding.
        speeds: by `low`, `expected` and `high`.
        max_hours: the limit that was asked for.
        measured: whether a published run on this very card is behind the speeds.
        sources: addresses behind the numbers.
    """

    model: str
    gpu: str
    card_gb: float
    memory: dict[str, float]
    fits: bool
    lora_parameters: int
    train: Amount
    evaluation: Amount | None
    steps: int
    efficiency: float
    speeds: dict[str, Speed]
    max_hours: float | None
    measured: bool
    sources: tuple[str, ...]

    @property
    def memory_gb(self) -> float:
        """All of the memory."""
        return sum(self.memory.values())

    @property
    def spare_gb(self) -> float:
        """What the card has left; negative where it does not fit."""
        return self.card_gb - self.memory_gb

    def as_json(self) -> dict[str, Any]:
        """The plan as plain data, its verdict first."""
        said = {"fits": self.fits, "memory_gb": round(self.memory_gb, 2), "spare_gb": round(self.spare_gb, 2)}
        hours = {name: round(speed.hours, 2) for name, speed in self.speeds.items()}
        tokens = {"tokens": self.train.tokens, "tokens_estimated": self.train.estimated}
        return {**said, "hours": hours, **tokens, **asdict(self)}


def counted(tokens: Tokenset, split: str) -> Amount:
    """What a split of a token set holds.

    Raises:
        VersionError: there is no such split.
    """
    info = tokens.manifest.splits.get(split)
    if info is None:
        raise _no_split(split, tokens.manifest.splits)
    return Amount(info.rows, info.tokens, info.bins, info.longest, info.dropped_over_length, estimated=False)


def estimated(version: Path, split: str, seq_len: int) -> Amount:
    """What a split of a version holds, by the bytes of its texts.

    Raises:
        VersionError: there is no such split.
    """
    manifest = manifests.read(version)
    if split not in manifest.splits:
        raise _no_split(split, manifest.splits)
    texts = [name for name in ("prompt", "completion", "text") if name in manifest.columns]
    size = pl.sum_horizontal(pl.col(name).str.len_bytes() for name in texts) if texts else _dialogue()
    files = [version / name for name in manifest.splits[split].files]
    lengths = pl.scan_parquet(files).select((size / BYTES_PER_TOKEN).ceil().cast(pl.Int64).alias("tokens") + 1)
    found = lengths.collect()["tokens"].to_numpy()
    packed = planner.pack(found, seq_len)
    fit = found[found <= seq_len]
    longest = int(fit.max()) if len(fit) else 0
    return Amount(len(fit), packed.tokens, packed.rows, longest, packed.too_long, estimated=True)


def _dialogue() -> pl.Expr:
    content = pl.element().struct.field("content").fill_null("").str.len_bytes()
    return pl.col("messages").list.eval(content).list.sum()


def _no_split(split: str, known: Any) -> VersionError:  # noqa: ANN401 - names
    advice = "name another with --set eval_split=NAME or train_split=NAME, or --set eval_split=null for none"
    return VersionError(f"the version has no split {split!r} (it has: {', '.join(known)}); {advice}")


def plan(
    config: TrainConfig, gpu: str, train: Amount, evaluation: Amount | None, max_hours: float | None = None
) -> Plan:
    """Put a plan together.

    Args:
        config: of the run.
        gpu: a card's name, as the planner knows it.
        train: what is learned.
        evaluation: what is evaluated.
        max_hours: how long the run may take.

    Raises:
        CurateError: no such model or card; the message names those that are known.
    """
    model, card = planner.shape(config.model), planner.card(gpu)
    takes = _memory(config, model)
    mean = train.tokens / train.rows if train.rows else 0.0
    band = planner.throughput(model, card, config.lora_rank, mean)
    each = math.ceil(train.bins / (config.micro_batch * config.accumulate))
    steps = math.ceil(each * config.epochs)
    evaluations = math.ceil(steps / config.evaluate_every)
    padded = train.bins * config.seq_len
    looked = (evaluation.bins * config.seq_len * _FORWARD * evaluations) if evaluation else 0.0
    speeds = {}
    for name in ("low", "expected", "high"):
        speed = getattr(band, name)
        hours = planner.hours(padded, config.epochs, speed) + planner.hours(looked, 1, speed)
        share = hours / config.epochs
        speeds[name] = Speed(speed, hours, None if max_hours is None or not share else int(max_hours / share))
    return Plan(
        model=model.name or Path(config.model).name,
        gpu=card.name,
        card_gb=card.memory / 1e9,
        memory={name: value / 1e9 for name, value in asdict(takes).items()},
        fits=takes.fits(card),
        lora_parameters=model.lora_parameters(config.lora_rank),
        train=train,
        evaluation=evaluation,
        steps=steps,
        efficiency=train.tokens / padded if padded else 1.0,
        speeds=speeds,
        max_hours=max_hours,
        measured=band.measured,
        sources=(*MEMORY_SOURCES, *band.sources),
    )


def _memory(config: TrainConfig, model: planner.Shape) -> planner.Memory:
    """The planner's memory, with what this configuration has different."""
    said = planner.Training(config.lora_rank, config.micro_batch, config.seq_len, config.loss == "chunked")
    found = planner.memory(model, said)
    wide = 2 if config.dtype == "bfloat16" else 4
    saved = (_PLANNED_STATE - _STATE[config.optimizer]) * model.lora_parameters(config.lora_rank)
    weights = found.weights if config.quantize == "nf4" else float(model.linear_parameters * wide)
    return replace(
        found,
        weights=weights,
        embeddings=found.embeddings * wide / 2,
        adapters=found.adapters - saved,
        checkpoints=found.checkpoints * wide / 2,
    )
