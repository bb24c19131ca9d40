"""A config for axolotl (https://docs.axolotl.ai/docs/dataset-formats/tokenized.html), in the keys of 0.19."""

from __future__ import annotations

from pathlib import Path

from curate.tokenset.folder import Tokenset
from curate.tokenset.handoff import run
from curate.yaml_text import dump


def write(tokens: Tokenset, version: Path, model: str) -> list[Path]:  # noqa: ARG001 - tokens are all that it reads
    """Write `<token set>.axolotl.yaml`.

    Args:
        tokens: what is to be trained on.
        version: of no use here.
        model: folder or name of the model.
    """
    train, other = run.train_and_eval(tokens)
    manifest = tokens.manifest
    pack = bool(manifest.settings["pack"])
    config = {
        "base_model": model,
        **({"revision_of_model": manifest.tokenizer.revision} if manifest.tokenizer.revision else {}),
        "tokenizer_config": str(tokens.tokenizer.resolve()),
        "special_tokens": {
            "eos_token": run.word(tokens, manifest.eos_id),
            "pad_token": run.word(tokens, manifest.pad_id),
        },
        "datasets": [_dataset(tokens, train)],
        **({"test_datasets": [_dataset(tokens, other)]} if other else {"val_set_size": 0.0}),
        "dataset_prepared_path": str(run.beside(tokens, "axolotl-prepared").resolve()),
        "output_dir": str(run.beside(tokens, "axolotl-out").resolve()),
        "sequence_len": manifest.seq_len,
        "sample_packing": pack,
        **({"eval_sample_packing": pack} if other else {}),
        "pad_to_sequence_len": pack,
        "load_in_4bit": True,
        "adapter": "qlora",
        "lora_r": run.RANK,
        "lora_alpha": run.ALPHA,
        "lora_dropout": run.DROPOUT,
        "lora_target_linear": True,
        "neftune_noise_alpha": run.NOISE,
        "micro_batch_size": run.MICRO_BATCH,
        "gradient_accumulation_steps": run.ACCUMULATION,
        "num_epochs": run.EPOCHS,
        "optimizer": run.OPTIMISER,
        "lr_scheduler": run.SCHEDULE,
        "learning_rate": run.RATE,
        "warmup_steps": run.WARM_UP,
        "max_grad_norm": run.CLIP,
        "weight_decay": run.DECAY,
        "bf16": "auto",
        "gradient_checkpointing": True,
        "attn_implementation": "flash_attention_2",
        "save_steps": run.EVERY,
        **({"eval_steps": run.EVERY, "load_best_model_at_end": True} if other else {}),
        "save_total_limit": 2,
    }
    path = run.beside(tokens, "axolotl.yaml")
    head = (
        f"# axolotl train {path.name}\n"
        f"# {manifest.dataset.name}@{manifest.dataset.version} as tokens of {manifest.tokenizer.name}, by curate.\n"
        "# The rows are tokenised, so axolotl adds no template and no tokens; `type` stays empty.\n"
    )
    path.write_text(head + dump(config), encoding="utf-8")
    return [path]


def _dataset(tokens: Tokenset, split: str) -> dict[str, object]:
    # A file is read as one split, which `datasets` calls train.
    return {
        "path": str((tokens.folder / f"{split}.parquet").resolve()),
        "ds_type": "parquet",
        "split": "train",
        "type": None,
    }
