"""Texts and a config for LLaMA-Factory, which reads no tokens (https://llamafactory.readthedocs.io/en/latest/).

Prompts and answers go through its template `empty`, which adds nothing, so the beginning and the end that the token set
has stand in the texts. Of dialogues it takes the template apart that the tokenizer brings. Which examples there are is
the token set's word: what is over length is not handed on, as it would be cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from curate import manifest as manifests
from curate.errors import CurateError
from curate.tokenset.folder import Tokenset
from curate.tokenset.handoff import run
from curate.yaml_text import dump

_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}


def write(tokens: Tokenset, version: Path, model: str) -> list[Path]:
    """Write the folder `<token set>.llama-factory`: train.yaml, dataset_info.json and the texts.

    Args:
        tokens: which examples there are.
        version: where their texts stand.
        model: folder or name of the model.

    Raises:
        CurateError: rows with tools, or of one text.
    """
    layout = tokens.manifest.template.settings
    if layout["columns"] == "text" or layout.get("tools"):
        what = "rows with tools" if layout.get("tools") else "whole texts"
        raise CurateError(f"there is no faithful way to hand {what} to LLaMA-Factory: use axolotl or trl")
    folder = run.beside(tokens, "llama-factory")
    folder.mkdir(exist_ok=True)
    chat = layout["columns"] == "messages"
    train, other = run.train_and_eval(tokens)
    splits = [train, *([other] if other else [])]
    for split in splits:
        _texts(tokens, version, split, chat=chat).sink_ndjson(folder / f"{split}.jsonl")
    info = {f"curate_{split}": _described(split, chat=chat) for split in splits}
    (folder / "dataset_info.json").write_bytes(orjson.dumps(info, option=orjson.OPT_INDENT_2))
    path = folder / "train.yaml"
    path.write_text(_head(tokens, folder) + dump(_config(tokens, folder, model, splits, chat=chat)), encoding="utf-8")
    return [path, folder / "dataset_info.json", *(folder / f"{split}.jsonl" for split in splits)]


def _texts(tokens: Tokenset, version: Path, split: str, *, chat: bool) -> pl.LazyFrame:
    """The texts of the examples that the token set holds."""
    files = [version / file for file in manifests.read(version).splits[split].files]
    ids = pl.scan_parquet(tokens.folder / f"{split}.parquet").select("id")
    rows = pl.scan_parquet(files).join(ids, on="id", how="semi")
    if chat:
        return rows.select("messages")
    manifest = tokens.manifest
    begin = "" if manifest.bos_id is None else run.word(tokens, manifest.bos_id)
    asked, answer = pl.col("prompt").fill_null(""), pl.col("completion")
    begun = asked.str.starts_with(begin) if begin else pl.lit(value=False)
    lead = pl.when(begun).then(pl.lit("")).otherwise(pl.lit(begin))
    return rows.select(
        pl.concat_str(lead, asked).alias("prompt"),
        pl.concat_str(answer, pl.lit(run.word(tokens, manifest.eos_id))).alias("completion"),
    )


def _described(split: str, *, chat: bool) -> Mapping[str, Any]:
    file = {"file_name": f"{split}.jsonl"}
    if chat:
        return {**file, "formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": _TAGS}
    return {**file, "formatting": "alpaca", "columns": {"prompt": "prompt", "response": "completion"}}


def _config(tokens: Tokenset, folder: Path, model: str, splits: list[str], *, chat: bool) -> dict[str, Any]:
    manifest = tokens.manifest
    revision = {"model_revision": manifest.tokenizer.revision} if manifest.tokenizer.revision else {}
    evaluation = {
        "eval_dataset": f"curate_{splits[-1]}",
        "eval_strategy": "steps",
        "eval_steps": run.EVERY,
        "per_device_eval_batch_size": run.MICRO_BATCH,
        "load_best_model_at_end": True,
    }
    return {
        "model_name_or_path": model,
        **revision,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "lora_rank": run.RANK,
        "lora_alpha": run.ALPHA,
        "lora_dropout": run.DROPOUT,
        "lora_target": "all",
        "quantization_bit": 4,
        "quantization_method": "bnb",
        "double_quantization": True,
        "dataset_dir": str(folder.resolve()),
        "dataset": f"curate_{splits[0]}",
        **({} if chat else {"template": "empty"}),
        "cutoff_len": manifest.seq_len,
        "neat_packing": bool(manifest.settings["pack"]),
        "output_dir": str((folder / "out").resolve()),
        "per_device_train_batch_size": run.MICRO_BATCH,
        "gradient_accumulation_steps": run.ACCUMULATION,
        "num_train_epochs": float(run.EPOCHS),
        "learning_rate": run.RATE,
        "lr_scheduler_type": run.SCHEDULE,
        "warmup_steps": run.WARM_UP,
        "optim": run.OPTIMISER,
        "max_grad_norm": run.CLIP,
        "weight_decay": run.DECAY,
        "neftune_noise_alpha": run.NOISE,
        "bf16": True,
        "flash_attn": "fa2",
        "save_steps": run.EVERY,
        **(evaluation if len(splits) > 1 else {}),
    }


def _head(tokens: Tokenset, folder: Path) -> str:
    name = f"{tokens.manifest.dataset.name}@{tokens.manifest.dataset.version}"
    return (
        f"# llamafactory-cli train {folder.name}/train.yaml\n"
        f"# {name}, by curate. LLaMA-Factory reads no tokens: it tokenises these texts itself, so masks and packing\n"
        "# are its own. The tokens that curate trains are those of the folder beside this one.\n"
    )
