"""A small byte-level BPE tokenizer, as a model's folder holds one: made in a moment, no download."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPECIAL = ("<pad>", "<s>", "</s>", "<|im_start|>", "<|im_end|>")
TEXTS = (
    "### Instruction:\nAdd the numbers.\n\n### Input:\n1 and 2\n\n### Response:\n3",
    "What is the capital of France? The capital of France is Paris.",
    "user assistant system You are a helpful assistant. Question Answer Do Done",
)

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save(
    folder: Path,
    *,
    bos: bool = False,
    words: bool = False,
    template: str | None = CHATML,
    generation: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
) -> Path:
    """Write a tokenizer's folder.

    Args:
        folder: is made.
        bos: the post-processor begins a text with `<s>`.
        words: as SentencePiece does, a text begins with the blank before a word.
        template: the chat template, None for none.
        generation: what `generation_config.json` holds, None for none.
        config: of `tokenizer_config.json`, beside its usual content; a None takes a key away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE(byte_fallback=words, unk_token="<pad>" if words else None))
    # typing of these properties knows only their getters
    if words:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])  # type: ignore[assignment]
        tokenizer.decoder = decoders.Sequence(  # type: ignore[assignment]
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
        alphabet = ["▁", *map(chr, range(33, 127)), *(f"<0x{byte:02X}>" for byte in range(256))]
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # type: ignore[assignment]
        tokenizer.decoder = decoders.ByteLevel()  # type: ignore[assignment]
        alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = [*SPECIAL, *(one for one in alphabet if words and len(one) == 6)]
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=special,
        initial_alphabet=[one for one in alphabet if len(one) == 1],
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS * 3, trainer)
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(  # type: ignore[assignment]
            single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
        )
    content = json.loads(tokenizer.to_str())
    if words:  # bytes are tokens of the vocabulary, not texts that stand for themselves
        content["added_tokens"] = content["added_tokens"][: len(SPECIAL)]
    (folder / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    values = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "chat_template": template}
    values |= config or {}
    stored = {name: value for name, value in values.items() if value is not None}
    (folder / "tokenizer_config.json").write_text(json.dumps(stored), encoding="utf-8")
    if generation is not None:
        (folder / "generation_config.json").write_text(json.dumps(generation), encoding="utf-8")
    return folder
