"""How the winners of the NeurIPS 2023 LLM efficiency challenge trained: where written configs start from.

https://github.com/Upaya07/NeurIPS-llm-efficiency-challenge, https://arxiv.org/abs/2403.02247
"""

from __future__ import annotations

from pathlib import Path

from curate.tokenset.folder import Tokenset

RANK = 128
ALPHA = 256
DROPOUT = 0.05
NOISE = 5
MICRO_BATCH = 2
ACCUMULATION = 4
EPOCHS = 3
RATE = 2e-5
WARM_UP = 100
CLIP = 0.3
DECAY = 0.01
EVERY = 64  # steps between evaluations, and between checkpoints
OPTIMISER = "paged_adamw_32bit"
SCHEDULE = "cosine"


def train_and_eval(tokens: Tokenset) -> tuple[str, str | None]:
    """The split to train on, and one to evaluate on if there is any."""
    names = [name for name, info in tokens.manifest.splits.items() if info.rows]
    train = "train" if "train" in names else names[0]
    return train, next((name for name in names if name != train), None)


def beside(tokens: Tokenset, suffix: str) -> Path:
    """A path beside the token set that begins with its name."""
    return tokens.folder.with_name(f"{tokens.folder.name}.{suffix}")


def word(tokens: Tokenset, number: int) -> str:
    """The text of a token."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - loaded only by who writes a config

    return str(Tokenizer.from_file(str(tokens.tokenizer / "tokenizer.json")).id_to_token(number))
