"""A plan for a terminal: the verdict first, then what takes the memory, what is learned, and the hours."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from curate_trainer.config import TrainConfig
from curate_trainer.plan import Amount, Plan

_PARTS = {
    "weights": "weights of the linear maps",
    "embeddings": "embedding and output layer",
    "adapters": "adapters, gradients, Adam",
    "checkpoints": "one activation a layer",
    "step": "largest moment of a step",
    "overhead": "context, buffers",
}


def show(plan: Plan, config: TrainConfig, console: Console) -> None:
    """Print a plan."""
    _line(console, Text.assemble((plan.model, "bold"), f" on {plan.gpu}, {plan.card_gb:.1f} GB"))
    verdict = Text("fits: ", "bold green") if plan.fits else Text("does not fit: ", "bold red")
    spare = f"{plan.spare_gb:.1f} GB are spare" if plan.spare_gb >= 0 else f"{-plan.spare_gb:.1f} GB are missing"
    margin = "" if plan.fits or plan.spare_gb < 0 else ", and 5 % of the card are kept free"
    _line(console, verdict + f"{plan.memory_gb:.1f} GB of {plan.card_gb:.1f}; {spare}{margin}")
    if not plan.fits:
        _line(console, Text("  less of it: --set micro_batch=1, loss=chunked, a shorter seq_len, a smaller lora_rank"))
    console.print(_memory(plan))
    _line(console, Text(f"\n{_amount('learned', plan.train)}; rows {plan.efficiency:.1%} full"))
    if plan.evaluation:
        often = f", every {config.evaluate_every} steps"
        _line(console, Text(_amount("evaluated", plan.evaluation) + often))
    each = config.micro_batch * config.accumulate
    _line(console, Text(f"{config.epochs:g} epochs are {plan.steps:,} steps of {each} rows of {config.seq_len:,}\n"))
    console.print(_hours(plan, config))
    said = "from a run on this card" if plan.measured else "carried over from runs on other cards"
    _line(console, Text(f"\nspeeds {said}; with flash attention.", "dim"))
    for source in plan.sources:
        _line(console, Text(f"  {source}", "dim"))


def _line(console: Console, text: Text) -> None:
    console.print(text, highlight=False, soft_wrap=True)


def _amount(verb: str, amount: Amount) -> str:
    about = "about " if amount.estimated else ""
    why = " (estimated from bytes: no tokenizer)" if amount.estimated else ""
    lost = f", {amount.too_long:,} too long and left out" if amount.too_long else ""
    return (
        f"{verb}: {amount.rows:,} examples, {about}{amount.tokens:,} tokens{why} in {amount.bins:,} packed rows{lost}"
    )


def _memory(plan: Plan) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
    table.add_column("part")
    table.add_column("GB", justify="right")
    table.add_column("bar", style="cyan")
    largest = max(plan.memory.values())
    for name, value in plan.memory.items():
        table.add_row(_PARTS[name], f"{value:.2f}", "█" * round(20 * value / largest))
    return table


def _hours(plan: Plan, config: TrainConfig) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2))
    table.add_column("speed")
    heads = ["tokens/s", f"hours of {config.epochs:g} epochs"]
    if plan.max_hours is not None:
        heads.append(f"epochs in {plan.max_hours:g} h")
    for head in heads:
        table.add_column(head, justify="right")
    for name, speed in plan.speeds.items():
        cells = [name, f"{speed.tokens_per_second:,.0f}", f"{speed.hours:,.1f}"]
        table.add_row(*cells, *([] if speed.epochs is None else [f"{speed.epochs:,}"]))
    return table
