"""How much memory a QLoRA run takes, by arithmetic.

The weights lie in 4-bit NormalFloat with double quantisation (https://arxiv.org/abs/2305.14314, section 3), adapters
and their Adam state in 32 bits, activations are recomputed from one checkpoint a layer
(https://arxiv.org/abs/1604.06174).
The largest moment of a step is either the backward pass through one layer or the loss over the vocabulary.

Held against published runs: a micro batch of 2 and not of 4 fits a 4090 (https://github.com/axolotl-ai-cloud/axolotl/pull/708),
and the longest contexts of https://docs.unsloth.ai/basics/unsloth-benchmarks, which this overstates by 3 to 7 % from
16 GiB up and by 14 % at 12 GiB: `MARGIN` is kept free.
"""

from __future__ import annotations

from dataclasses import dataclass

from curate.planner.card import Card
from curate.planner.shape import Shape

LORA_RANK = 128
SEQ_LEN = 8192
MICRO_BATCH = 2

# Share of a card that a plan leaves free.
MARGIN = 0.05

# 4 bits, one 8-bit scale per 64 weights, and one 32-bit scale per 256 of those.
_NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)

# Gradient and activation bytes of a layer, per token and unit of its linear maps' widths, with LoRA dropout: 375 kB a
# token of Mistral-7B, whose widths add up to 81,920. Saved tensors were counted on a meta device, less what flash
# attention does not keep.
_LAYER_BYTES = 375_000 / 81_920

# Logits in 32 bits, their gradient, and a copy of each in the loss.
_LOSS_BYTES = 16

# CUDA context, dequantisation buffers, fragmentation.
_OVERHEAD = 1.0e9


@dataclass(frozen=True)
class Training:
    """How a model is trained, as far as it decides on memory. The defaults are the winners' configuration.

    Args:
        lora_rank: rank of the adapters on all linear maps.
        micro_batch: rows a forward pass.
        seq_len: tokens a row.
        chunked_loss: the loss is computed in pieces, so that the logits never lie in memory whole.
        adapter_bytes: bytes of an adapter's weight and of its gradient; 4, or 2 where adapters are cast to bfloat16.
        upcast: embeddings and residual stream in 32 bits, as `prepare_model_for_kbit_training` leaves them.
    """

    lora_rank: int = LORA_RANK
    micro_batch: int = MICRO_BATCH
    seq_len: int = SEQ_LEN
    chunked_loss: bool = False
    adapter_bytes: int = 4
    upcast: bool = False


@dataclass(frozen=True)
class Memory:
    """Bytes by what takes them.

    Args:
        weights: the quantised linear maps.
        embeddings: embedding and output layer.
        adapters: weights, gradients and Adam's two moments of the adapters.
        checkpoints: one activation a layer.
        step: the largest moment of a step.
        overhead: what no formula holds.
    """

    weights: float
    embeddings: float
    adapters: float
    checkpoints: float
    step: float
    overhead: float = _OVERHEAD

    @property
    def total(self) -> float:
        """All of it."""
        return self.weights + self.embeddings + self.adapters + self.checkpoints + self.step + self.overhead

    def spare(self, card: Card) -> float:
        """What a card has left, in bytes; negative where it does not fit."""
        return card.memory - self.total

    def fits(self, card: Card, margin: float = MARGIN) -> bool:
        """Whether it fits with a share of the card left free."""
        return self.total <= card.memory * (1 - margin)


def memory(model: Shape, training: Training = Training()) -> Memory:
    """What a run takes at its largest moment."""
    tokens = training.micro_batch * training.seq_len
    wide = 2 if training.upcast else 1
    layer = _LAYER_BYTES * sum(rows + columns for rows, columns in model.linears)
    loss = 0.0 if training.chunked_loss else tokens * model.vocab * _LOSS_BYTES
    return Memory(
        weights=model.linear_parameters * _NF4_BYTES,
        embeddings=model.embedding_parameters * 2 * wide,
        adapters=model.lora_parameters(training.lora_rank) * (2 * training.adapter_bytes + 8),
        checkpoints=tokens * model.hidden * model.layers * 2 * wide,
        step=max(tokens * layer, loss),
    )


def longest_context(model: Shape, card: Card, training: Training = Training(), margin: float = 0.0) -> int:
    """The most tokens of one row that fit a card, with the other settings as they are; 0 where none does."""
    free = card.memory * (1 - margin)
    low, high = 0, 1 << 24
    while low < high:
        middle = (low + high + 1) // 2
        tried = Training(training.lora_rank, 1, middle, training.chunked_loss, training.adapter_bytes, training.upcast)
        low, high = (middle, high) if memory(model, tried).total <= free else (low, middle - 1)
    return low
