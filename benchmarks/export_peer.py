"""What benchmarks/export.py asks of TRL and axolotl, in an environment of their own. Prints one JSON object.

python export_peer.py prepare VERSION TOKENIZER SEQ_LEN PROCESSES
python export_peer.py losses TOKENSET SCRIPT
python export_peer.py schema AXOLOTL CONFIG
"""

from __future__ import annotations

import ast
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def prepare(version: str, tokenizer: str, seq_len: str, processes: str) -> dict[str, Any]:
    """TRL's own way from prompts and completions to packed rows: the constructor of its trainer."""
    import datasets
    from transformers import AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    with tempfile.TemporaryDirectory() as folder:
        files = sorted(map(str, Path(version).glob("data/train-*.parquet")))
        rows = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=folder)
        rows = rows.select_columns(["prompt", "completion"])
        words = AutoTokenizer.from_pretrained(tokenizer)
        options = {"dataset_num_proc": int(processes)} if int(processes) else {}
        settings = SFTConfig(
            output_dir=folder,
            packing=True,
            max_length=int(seq_len),
            report_to="none",
            use_cpu=True,
            bf16=False,
            **options,
        )
        before, began = os.times(), time.monotonic()
        trainer = SFTTrainer(model=_small(len(words)), args=settings, processing_class=words, train_dataset=rows)
        wall, after = time.monotonic() - began, os.times()
        tokens = sum(sum(one) for one in trainer.train_dataset["seq_lengths"])
        cpu = sum(after[:4]) - sum(before[:4])
        packed = trainer.train_dataset.num_rows
    return {
        "wall": round(wall, 2),
        "cpu": round(cpu, 2),
        "tokens": tokens,
        "packed_rows": packed,
        "efficiency": tokens / (packed * int(seq_len)),
    }


def losses(tokens: str, script: str) -> dict[str, Any]:
    """The loss of packed rows through TRL's trainer, read as the script reads them, and of each example alone."""
    import torch
    from transformers import AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    torch.manual_seed(1)
    packed = _reader(script)("train")
    words = AutoTokenizer.from_pretrained(f"{tokens}/tokenizer")
    model = _small(len(words), positions=packed.num_rows and max(map(len, packed["input_ids"])))
    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            output_dir=folder,
            dataset_kwargs={"skip_prepare_dataset": True},
            padding_free=True,
            max_length=None,
            per_device_train_batch_size=1,
            report_to="none",
            use_cpu=True,
            bf16=False,
        )
        trainer = SFTTrainer(model=model, args=settings, processing_class=words, train_dataset=packed)
        worst, examples = 0.0, 0
        for place in range(packed.num_rows):
            batch = trainer.data_collator([packed[place]])
            count = int((batch["labels"][:, 1:] != -100).sum())
            with torch.no_grad():
                together = float(trainer.compute_loss(model.eval(), dict(batch))) * count
            alone = _alone(model, packed[place])
            worst = max(worst, abs(together - alone) / alone)
            examples += len(packed[place]["seq_lengths"])
    return {"packed_rows": packed.num_rows, "examples": examples, "largest relative difference of the loss": worst}


def schema(package: str, config: str) -> dict[str, Any]:
    """Whether axolotl's schema takes a config, and which keys it does not know."""
    import yaml

    sys.path.insert(0, package)
    from axolotl.utils.schemas.config import AxolotlInputConfig

    values = yaml.safe_load(Path(config).read_text(encoding="utf-8"))
    taken = AxolotlInputConfig.model_validate(values)
    unknown = sorted(set(values) - set(AxolotlInputConfig.model_fields))
    return {
        "taken": True,
        "unknown keys": unknown,
        "type": taken.datasets[0].type,
        "learning_rate": taken.learning_rate,
    }


def _small(vocabulary: int, positions: int = 8192) -> Any:  # noqa: ANN401 - a model of transformers
    """A model of one small layer: what is measured or compared does not depend on its size."""
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=positions,
            use_cache=False,
        )
    )


def _reader(script: str) -> Any:  # noqa: ANN401 - the function `packed` of the script
    """The part of the written script that reads the token set, without the model that it trains."""
    tree = ast.parse(Path(script).read_text(encoding="utf-8"))
    kept = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
    ]
    own = [node for node in kept if getattr(node, "module", None) != "peft"]
    names: dict[str, Any] = {}
    exec(compile(ast.Module(own, []), script, "exec"), names)  # noqa: S102 - what curate has just written
    return names["packed"]


def _alone(model: Any, row: dict[str, Any]) -> float:  # noqa: ANN401 - a model of transformers
    """The sum of the losses of a packed row's examples, each in a forward pass of its own."""
    import torch

    total, start = 0.0, 0
    for length in row["seq_lengths"]:
        ids = torch.tensor([row["input_ids"][start : start + length]])
        labels = torch.tensor([row["labels"][start : start + length]])
        with torch.no_grad():
            logits = model(input_ids=ids, use_cache=False).logits[:, :-1].float()
        loss = torch.nn.functional.cross_entropy(
            logits.reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1), ignore_index=-100, reduction="sum"
        )
        total += float(loss)
        start += length
    return total


if __name__ == "__main__":
    parts = {"prepare": prepare, "losses": losses, "schema": schema}
    print(json.dumps(parts[sys.argv[1]](*sys.argv[2:])))
