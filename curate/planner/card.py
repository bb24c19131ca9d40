"""Graphics cards by name: their memory and their speed on paper."""

from __future__ import annotations

from dataclasses import dataclass

from curate.planner.table import find


@dataclass(frozen=True)
class Card:
    """A graphics card.

    Args:
        name: as recipes write it.
        memory: bytes.
        flops: dense bfloat16 operations a second with 32-bit accumulation, as the vendor states them.
    """

    name: str
    memory: float
    flops: float


def card(name: str) -> Card:
    """The card of this name, as `rtx4090`, `a100-80gb` or `h100`.

    Raises:
        CurateError: it is not in the table; the message lists those that are.
    """
    row = find(name, "cards", "gpu")
    return Card(row["name"], float(row["memory_gib"]) * 2**30, float(row["bf16_tflops"]) * 1e12)
