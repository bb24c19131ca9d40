"""The recipe of a training run: one flat, validated set of keys. The defaults are the winners' configuration.

It is that of the team that won the RTX 4090 track of the NeurIPS 2023 LLM efficiency challenge
(https://arxiv.org/abs/2403.02247): QLoRA on all linear maps of a 7B model, in one day on one card.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from curate.document.check import validate
from curate.document.fault import Faults, Mark
from curate.document.override import put
from curate.document.tree import Budget, Node, read
from curate.planner import LORA_RANK, MICRO_BATCH, SEQ_LEN


class TrainConfig(BaseModel):
    """How a model is trained."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    model: str = Field("mistralai/Mistral-7B-v0.1", min_length=1, description="a folder, or owner/name on the Hub")
    tokenizer: str | None = Field(None, description="a folder or owner/name; the model's own unless told")
    train_split: str = Field("train", description="what is learned")
    eval_split: str | None = Field("test", description="what the best checkpoint is chosen by; null: the last is it")
    seq_len: int = Field(SEQ_LEN, ge=2, description="tokens of a packed row, and of the longest example")

    quantize: Literal["nf4", "none"] = Field("nf4", description="weights of the base: 4 bits, doubly quantised")
    lora_rank: int = Field(LORA_RANK, ge=1, description="of the adapters, on all linear maps of all layers")
    lora_alpha: float = Field(256.0, gt=0, description="adapters count alpha / rank")
    lora_dropout: float = Field(0.05, ge=0, lt=1)
    neftune_alpha: float | None = Field(5.0, gt=0, description="noise on embeddings while training; null: none")

    micro_batch: int = Field(MICRO_BATCH, ge=1, description="packed rows of a forward pass")
    accumulate: int = Field(4, ge=1, description="forward passes of a step")
    epochs: float = Field(3.0, gt=0)
    optimizer: Literal["paged_adamw_32bit", "paged_adamw_8bit", "adamw_torch"] = "paged_adamw_32bit"
    schedule: Literal["cosine", "linear", "constant_with_warmup"] = "cosine"
    learning_rate: float = Field(2e-5, gt=0)
    warmup_steps: int = Field(100, ge=0)
    weight_decay: float = Field(0.01, ge=0)
    clip: float = Field(0.3, gt=0, description="the largest norm of the gradient")
    loss: Literal["chunked", "full"] = Field(
        "chunked", description="logits in pieces, of trained tokens only; or whole"
    )

    dtype: Literal["bfloat16", "float32"] = "bfloat16"
    checkpointing: bool = Field(default=True, description="activations are computed again instead of kept")
    attention: Literal["auto", "flash_attention_2", "sdpa", "eager"] = Field(
        "auto", description="auto: flash attention where it is installed, else SDPA"
    )
    evaluate_every: int = Field(64, ge=1, description="steps; a checkpoint is saved as often")
    seed: int = Field(42, ge=0, lt=2**32)
    trackers: tuple[str, ...] = Field((), description="as `report_to` of transformers names them; none unless told")


def load(path: Path | None, sets: Sequence[str] = ()) -> TrainConfig:
    """Read and check the recipe of a training run.

    Args:
        path: a YAML file; None: the defaults.
        sets: `key=value` each, the value in YAML.

    Raises:
        FaultyRecipeError: a RecipeError that lists every fault with its place.
    """
    faults = Faults()
    root = Node({}, Mark("the training recipe"), Path.cwd())
    if path is not None:
        root, _ = read(path, str(path), faults, Budget())
    for one in sets:
        put(root, one, faults)
    checked = validate(TrainConfig, root, faults)
    if checked is None or faults:
        raise faults.error()
    return checked


def described(config: TrainConfig) -> dict[str, Any]:
    """The configuration as plain data."""
    return config.model_dump(mode="json")
