"""The planner: what a QLoRA run takes in memory and hours, by arithmetic, before anything is loaded.

`shape` and `card` name a model and a graphics card, `memory` says whether they go together, `throughput` how fast
they are, `pack` how much of it is padding, `hours` and `affordable_tokens` turn that into time and back. It needs
neither torch nor a card; its facts lie in `tables/`, each row with the address of its source.
"""

from curate.planner.card import Card, card
from curate.planner.memory import LORA_RANK, MARGIN, MICRO_BATCH, SEQ_LEN, Memory, Training, longest_context, memory
from curate.planner.packing import Packing, lay_out, pack
from curate.planner.shape import Shape, shape
from curate.planner.table import digest
from curate.planner.throughput import Band, affordable_tokens, flops_per_token, hours, throughput

__all__ = [
    "LORA_RANK",
    "MARGIN",
    "MICRO_BATCH",
    "SEQ_LEN",
    "Band",
    "Card",
    "Memory",
    "Packing",
    "Shape",
    "Training",
    "affordable_tokens",
    "card",
    "digest",
    "flops_per_token",
    "hours",
    "lay_out",
    "longest_context",
    "memory",
    "pack",
    "shape",
    "throughput",
]
