"""A small static embedding model of invented words, as model2vec saves one: tests of meaning need no download."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

UNKNOWN = "[UNK]"


def save(
    folder: Path,
    words: Sequence[str],
    vectors: np.ndarray,
    *,
    mapping: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> str:
    """Write a model.

    Args:
        folder: is made.
        words: the vocabulary, in small letters.
        vectors: a row a word, or a row an entry of `mapping`; an unknown word comes last.
        mapping: the row of each word and of the unknown one.
        weights: of each word and of the unknown one.

    Returns:
        The folder, as a recipe names it.
    """
    folder.mkdir(parents=True)
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate([*words, UNKNOWN])}, UNKNOWN))
    tokenizer.normalizer = normalizers.Lowercase()  # type: ignore[assignment]
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()  # type: ignore[assignment]
    tokenizer.add_special_tokens(["[PAD]"])
    tokenizer.save(str(folder / "tokenizer.json"))
    table = vectors if mapping is not None else np.vstack([vectors, np.ones((2, vectors.shape[1]), vectors.dtype)])
    tensors: dict[str, Any] = {"embeddings": np.ascontiguousarray(table)}
    if mapping is not None:
        tensors["mapping"] = mapping
    if weights is not None:
        tensors["weights"] = weights
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "model2vec", "normalize": False}), encoding="utf-8")
    return str(folder)


def random_vectors(count: int, width: int = 16, seed: int = 1) -> np.ndarray:
    """Vectors in random directions: those of different words are far from each other."""
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
