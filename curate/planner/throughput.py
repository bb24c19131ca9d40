"""How many tokens a second a QLoRA run trains on, low, expected and high, from published runs.

A published run gives a share of its card's paper speed: tokens a second x operations a token / operations a second.
That share carries over to other models, ranks and lengths on the card, and where a card has no run, to it. Runs without
packing, with one short row a step, reach a third of the speed: they are in the table as a warning and not used.

An estimate is what to plan with before a card is at hand; twenty steps on it are better.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import geometric_mean

from curate.planner.card import Card, card
from curate.planner.memory import LORA_RANK
from curate.planner.shape import Shape, shape
from curate.planner.table import rows


@dataclass(frozen=True)
class Band:
    """Tokens a second, padding included.

    Args:
        low: what a run with little care reaches.
        expected: what to plan with.
        high: what no plan should count on.
        sources: addresses of the runs behind the numbers.
        measured: whether one of them was on this very card.
    """

    low: float
    expected: float
    high: float
    sources: tuple[str, ...]
    measured: bool


@dataclass(frozen=True)
class _Run:
    gpu: str
    shares: tuple[float, float, float]
    source: str


def flops_per_token(model: Shape, lora_rank: int, mean_length: float) -> float:
    """Operations a token: forward, forward again from the checkpoints, backward without gradients of frozen weights.

    Two operations a weight and pass (https://arxiv.org/abs/2001.08361, section 2.1): 6 for a frozen linear map, 8 for
    an adapter, 4 for the output layer, which is not computed again. Attention looks back over half of an example on
    average.

    Args:
        model: the base.
        lora_rank: rank of the adapters.
        mean_length: tokens of an example; packed examples do not see each other.
    """
    attention = 4 * 4 * model.heads * model.head_dim * (mean_length / 2) * model.layers
    head = 4 * model.vocab * model.hidden
    return 6 * model.linear_parameters + head + 8 * model.lora_parameters(lora_rank) + attention


def throughput(model: Shape, on: Card, lora_rank: int = LORA_RANK, mean_length: float = 240) -> Band:
    """The band for a model on a card."""
    runs = _runs()
    own = [run for run in runs if run.gpu == on.name]
    used = own or runs
    # A single number has no band: it gets the one of the widest known run.
    width = max((run.shares for run in runs), key=lambda shares: shares[2] / shares[0])
    shares = [run.shares if run.shares[0] < run.shares[2] else _widened(run.shares[1], width) for run in used]
    low, expected, high = (geometric_mean(values) for values in zip(*shares, strict=True))
    speed = on.flops / flops_per_token(model, lora_rank, mean_length)
    sources = tuple(dict.fromkeys(run.source for run in used))
    return Band(low * speed, expected * speed, high * speed, sources, bool(own))


def _widened(share: float, like: tuple[float, float, float]) -> tuple[float, float, float]:
    return share * like[0] / like[1], share, share * like[2] / like[1]


def _runs() -> list[_Run]:
    """The packed runs of the table, as shares of their cards' speed on paper."""
    found = []
    for row in rows("throughput"):
        if row["packed"] == "1":
            on = card(row["gpu"])
            cost = flops_per_token(shape(row["model"]), int(row["lora_rank"]), float(row["mean_length"]))
            low, expected, high = (float(row[name]) * cost / on.flops for name in ("low", "expected", "high"))
            found.append(_Run(on.name, (low, expected, high), row["source"]))
    return found


def hours(tokens: float, epochs: float, tokens_per_second: float, packing: float = 1.0) -> float:
    """How long it takes to see so many tokens so often.

    Args:
        tokens: of one epoch, without padding.
        epochs: how often.
        tokens_per_second: padding included.
        packing: share of a packed row that is no padding.
    """
    return tokens * epochs / packing / tokens_per_second / 3600


def affordable_tokens(tokens_per_second: float, time: float, epochs: float, packing: float = 1.0) -> int:
    """The tokens of one epoch, without padding, that so many hours allow: the inverse of `hours`."""
    return int(tokens_per_second * time * 3600 / epochs * packing)
