"""The shape of a decoder: what arithmetic needs of a model, from its config.json or by name. No weights, no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.errors import CurateError
from curate.planner.table import find


@dataclass(frozen=True)
class Shape:
    """A decoder with gated feed-forward layers and grouped-query attention, as Llama, Mistral and Qwen are built.

    Args:
        name: the model's.
        hidden: width of the residual stream.
        intermediate: width of the feed-forward layer.
        layers: how many.
        heads: query heads.
        kv_heads: key and value heads.
        head_dim: width of a head.
        vocab: rows of the embedding.
        tied: whether the output layer is the embedding.
    """

    name: str
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    tied: bool

    @property
    def linears(self) -> tuple[tuple[int, int], ...]:
        """(in, out) of the seven linear maps of a layer: q, k, v, o, gate, up, down."""
        query, key = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention = ((self.hidden, query), (self.hidden, key), (self.hidden, key), (query, self.hidden))
        wide = (self.hidden, self.intermediate)
        return (*attention, wide, wide, (self.intermediate, self.hidden))

    @property
    def linear_parameters(self) -> int:
        """Weights of all layers' linear maps: what is quantised, and what adapters are put on."""
        return self.layers * sum(rows * columns for rows, columns in self.linears)

    @property
    def embedding_parameters(self) -> int:
        """Weights of the embedding and, where it is not tied, of the output layer."""
        return self.vocab * self.hidden * (1 if self.tied else 2)

    def lora_parameters(self, rank: int) -> int:
        """Weights of adapters of this rank on all linear maps: rank x (in + out) each (https://arxiv.org/abs/2106.09685)."""
        return self.layers * rank * sum(rows + columns for rows, columns in self.linears)


def shape(model: str) -> Shape:
    """The shape of a model.

    Args:
        model: a path to a config.json or to a folder with one; a name in the table, as `mistralai/Mistral-7B-v0.1`; or
            a short form of it, as `7B`.

    Raises:
        CurateError: there is no such model, or its config lacks what is needed.
    """
    path = Path(model)
    if path.is_dir():
        path /= "config.json"
    if path.suffix == ".json" or path.is_file():
        return read(path)
    row = find(model, "models", "model", "; or a path to a config.json")
    numbers = {name: int(row[name]) for name in _NUMBERS}
    return Shape(name=row["name"], tied=row["tied"] == "1", **numbers)


_NUMBERS = ("hidden", "intermediate", "layers", "heads", "kv_heads", "head_dim", "vocab")

# The keys of a config.json as transformers writes it.
_KEYS = {
    "hidden": "hidden_size",
    "intermediate": "intermediate_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "vocab": "vocab_size",
}


def read(path: Path) -> Shape:
    """The shape that a config.json describes.

    Raises:
        CurateError: the file cannot be read, or lacks a key.
    """
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CurateError(f"cannot read the model's config {path}: {error}") from None
    if not isinstance(config, dict):
        raise CurateError(f"{path}: expected an object, found {type(config).__name__}")
    found = {name: _whole(config, key, path) for name, key in _KEYS.items()}
    heads = found["heads"]
    head_dim = _whole(config, "head_dim", path, found["hidden"] // heads)
    return Shape(
        name=str(config.get("_name_or_path") or path.parent.name),
        kv_heads=_whole(config, "num_key_value_heads", path, heads),
        head_dim=head_dim,
        tied=bool(config.get("tie_word_embeddings", False)),
        **found,
    )


def _whole(config: Mapping[str, Any], key: str, path: Path, default: int | None = None) -> int:
    value = config.get(key, default)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise CurateError(f"{path}: expected a whole number above 0 at {key!r}, found {value!r}")
    return value
