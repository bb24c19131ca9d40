"""A script for TRL's SFTTrainer (https://huggingface.co/docs/trl/sft_trainer), as of 1.16."""

from __future__ import annotations

from pathlib import Path

from curate.tokenset.folder import Tokenset
from curate.tokenset.handoff import run

_SCRIPT = '''\
"""{name} as tokens of {tokenizer}, trained by TRL: pip install trl peft bitsandbytes polars, then python {file}."""

import polars as pl
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

MODEL = {model!r}
TOKENS = {tokens!r}


def packed(split):
    """The packed rows as they lie in the token set, each with the lengths of its examples."""
    rows = pl.read_parquet(f"{{TOKENS}}/{{split}}.parquet", columns=["bin", "slot", "input_ids", "labels", "length"])
    lists = pl.col("input_ids", "labels").explode()
    bins = rows.sort("bin", "slot").group_by("bin", maintain_order=True)
    return Dataset(bins.agg(lists, pl.col("length").alias("seq_lengths")).drop("bin").to_arrow())


model = AutoModelForCausalLM.from_pretrained(
    MODEL,
    {revision}dtype=torch.bfloat16,
    device_map={{"": 0}},
    attn_implementation="flash_attention_2",  # "sdpa" works too, and is slower on packed rows
    quantization_config=BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    ),
)
trainer = SFTTrainer(
    model=model,
    args=SFTConfig(
        output_dir={output!r},
        dataset_kwargs={{"skip_prepare_dataset": True}},  # the rows are tokenised, masked and packed
        padding_free=True,  # examples of a row do not see each other
        max_length=None,  # no row is longer than {seq_len}
        per_device_train_batch_size={micro_batch},
        gradient_accumulation_steps={accumulation},
        num_train_epochs={epochs},
        learning_rate={rate},
        lr_scheduler_type={schedule!r},
        warmup_steps={warm_up},
        optim={optimiser!r},
        max_grad_norm={clip},
        weight_decay={decay},
        neftune_noise_alpha={noise},
        bf16=True,
        gradient_checkpointing=True,
        {evaluation}save_steps={every},
        save_total_limit=2,
    ),
    peft_config=LoraConfig(
        r={rank}, lora_alpha={alpha}, lora_dropout={dropout}, target_modules="all-linear", task_type="CAUSAL_LM"
    ),
    processing_class=AutoTokenizer.from_pretrained(f"{{TOKENS}}/tokenizer", pad_token={pad!r}),
    train_dataset=packed({train!r}),
    eval_dataset={eval_dataset},
)
# TRL casts adapters of a quantised model to bfloat16, in which steps of this learning rate round to nothing.
for parameter in trainer.model.parameters():
    if parameter.requires_grad:
        parameter.data = parameter.data.float()
trainer.train()
trainer.save_model()
'''


def write(tokens: Tokenset, version: Path, model: str) -> list[Path]:  # noqa: ARG001 - tokens are all that it reads
    """Write `<token set>.trl.py`.

    Args:
        tokens: what is to be trained on.
        version: of no use here.
        model: folder or name of the model.
    """
    train, other = run.train_and_eval(tokens)
    manifest = tokens.manifest
    path = run.beside(tokens, "trl.py")
    evaluation = (
        f'eval_strategy="steps",\n        eval_steps={run.EVERY},\n        '
        f"per_device_eval_batch_size={run.MICRO_BATCH},\n        load_best_model_at_end=True,\n        "
    )
    script = _SCRIPT.format(
        name=f"{manifest.dataset.name}@{manifest.dataset.version}",
        tokenizer=_harmless(manifest.tokenizer.name),
        file=path.name,
        model=model,
        revision=f"revision={manifest.tokenizer.revision!r},\n    " if manifest.tokenizer.revision else "",
        tokens=str(tokens.folder.resolve()),
        output=str(run.beside(tokens, "trl-out").resolve()),
        seq_len=manifest.seq_len,
        micro_batch=run.MICRO_BATCH,
        accumulation=run.ACCUMULATION,
        epochs=run.EPOCHS,
        rate=run.RATE,
        schedule=run.SCHEDULE,
        warm_up=run.WARM_UP,
        optimiser=run.OPTIMISER,
        clip=run.CLIP,
        decay=run.DECAY,
        noise=run.NOISE,
        every=run.EVERY,
        rank=run.RANK,
        alpha=run.ALPHA,
        dropout=run.DROPOUT,
        pad=run.word(tokens, manifest.pad_id),
        train=train,
        evaluation=evaluation if other else "",
        eval_dataset=f"packed({other!r})" if other else "None",
    )
    path.write_text(script, encoding="utf-8")
    return [path]


def _harmless(name: str) -> str:
    """A folder's name within a docstring."""
    return "".join(char if char.isalnum() or char in "-_./@ " else "?" for char in name)
