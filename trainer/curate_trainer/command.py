"""`curate train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.terminal import say_json, screen

if TYPE_CHECKING:
    from curate_trainer.config import TrainConfig
    from curate_trainer.plan import Amount


def train(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="A version folder, NAME (its latest) or NAME@ID-prefix.")
    ],
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="A training recipe; the winners' unless told.")
    ] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a key of it; repeatable.")
    ] = None,
    gpu: Annotated[str, typer.Option("--gpu", metavar="NAME", help="The card that is planned for.")] = "rtx4090",
    max_hours: Annotated[
        float | None, typer.Option("--max-hours", min=0.01, metavar="H", help="How long training may take.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of datasets.")] = Path("datasets"),
    *,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say whether it fits and how long it takes; load nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Plan the training of an adapter on a version: does it fit a card, by how much, and how many hours it takes.

    The plan is arithmetic on the model's config.json: neither torch nor a card is needed. Tokens are counted with the
    model's tokenizer, and kept as a token set; where the model's folder has none, they are estimated.
    """
    if not plan:
        raise typer.BadParameter("say --plan: this curate plans; to train, hand the version over with `curate export`")
    from curate.version import find  # noqa: PLC0415 - heavy imports wait until the command runs
    from curate_trainer.config import load  # noqa: PLC0415
    from curate_trainer.plan import plan as planned  # noqa: PLC0415
    from curate_trainer.show import show  # noqa: PLC0415

    settings = load(config, sets or [])
    learned, evaluated = _amounts(find(version, out), settings)
    found = planned(settings, gpu, learned, evaluated, max_hours)
    if json:
        say_json(found.as_json())
    else:
        show(found, settings, screen())


def _amounts(folder: Path, config: TrainConfig) -> tuple[Amount, Amount | None]:
    """What there is to learn and to evaluate: counted where there is a tokenizer, else estimated."""
    from curate.tokenset import Settings, make, read  # noqa: PLC0415 - as above
    from curate_trainer.plan import counted, estimated  # noqa: PLC0415

    other = config.eval_split
    if config.tokenizer is None and not _has_tokenizer(config.model):
        learned = estimated(folder, config.train_split, config.seq_len)
        return learned, estimated(folder, other, config.seq_len) if other else None
    tokens = read(make(folder, config.tokenizer or config.model, Settings(seq_len=config.seq_len)))
    return counted(tokens, config.train_split), counted(tokens, other) if other else None


def _has_tokenizer(model: str) -> bool:
    """Whether a tokenizer lies in the model's folder. A name of the planner's table alone is no reason to download."""
    return (Path(model) / "tokenizer.json").is_file()
