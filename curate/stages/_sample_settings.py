"""What a recipe may say of `sample`, and what of it makes sense together."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from curate.errors import CurateError
from curate.field import ContentFields
from curate.planner import LORA_RANK, SEQ_LEN, card, shape
from curate.stage import Settings
from curate.tokens import TokenizerName

# Metrics that say right (1) or wrong (0); `accuracy` is the first of them that a record was scored by.
ACCURACY = ("exact_match", "math_equal")

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([kMG]?)")
_THOUSANDS = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}


def _number(value: object) -> object:
    """`49M` as 49,000,000; what is no text stays as it is."""
    if not isinstance(value, str):
        return value
    found = _NUMBER.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"expected a number such as 250000, 250k or 49M, found {value!r}")
    return round(float(found.group(1)) * _THOUSANDS[found.group(2)])


Tokens = Annotated[int, BeforeValidator(_number, json_schema_input_type=int | str), Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Rows = Annotated[int, Field(ge=0)]


class Mix(Settings):
    """How the parts of a mixture relate: rows to the power of 1/temperature."""

    by: Literal["source", "task"] = Field(description="what the parts are")
    temperature: float = Field(
        1.0, gt=0, description="1: as they come; 2: by the square root of their size; high: all equal"
    )
    limit: Rows | None = Field(None, description="a part counts as no larger than this")
    take: Rows | None = Field(None, description="rows of the result; parts that are too small give all they have")


class Budget(Settings):
    """What the finished dataset may cost: tokens, or hours on a named GPU."""

    tokens: Tokens | None = Field(None, description="tokens of one epoch: 49M")
    gpu: str | None = Field(None, description="rtx4090, a100-80gb …: with hours and model, the planner counts tokens")
    hours: float | None = Field(None, gt=0, description="how long training may take")
    model: str | None = Field(None, description="the base model: 7B, owner/name, or a path to its config.json")
    epochs: float = Field(1.0, gt=0, description="how often each record is seen")
    lora_rank: int = Field(LORA_RANK, ge=1, description="rank of the adapters")
    seq_len: int = Field(SEQ_LEN, ge=16, description="tokens of a packed row")
    estimate: Literal["low", "expected", "high"] = Field("expected", description="which end of the planner's band")
    tokenizer: TokenizerName = Field(description="who counts: the tokenizer of the model that will be trained")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        timed = [name for name in ("gpu", "hours", "model") if getattr(self, name) is not None]
        if (self.tokens is None) == (not timed):
            raise ValueError("says either tokens, or gpu, hours and model")
        if timed and len(timed) < 3:
            raise ValueError(f"gpu, hours and model go together, found only {', '.join(timed)}")
        if self.gpu is not None and self.model is not None:
            try:
                card(self.gpu)
                shape(self.model)
            except CurateError as error:
                raise ValueError(str(error)) from None
        return self


class SampleSettings(Settings):
    """How many stay, and which. Several keys apply in this order: pool and buckets, then from max_per_task down."""

    pool: Literal["all", "failed"] | None = Field(
        None, description="failed: only records that the model got wrong; needs a score step before"
    )
    failed_below: float | None = Field(
        None, description="failed means a score below this; 1 for right-or-wrong metrics, a graded metric needs it"
    )
    per: Literal["task", "record"] | None = Field(
        None, description="buckets: by the task's mean score, or by the record's own"
    )
    by: str = Field(
        "accuracy",
        pattern=r"^[a-z][a-z0-9_]*$",
        description="the score: accuracy (right or wrong), or a metric's name as rouge_l",
    )
    edges: tuple[float, ...] | None = Field(
        None, min_length=1, description="buckets: inner edges, rising; a bucket is [lower, upper)"
    )
    quota: tuple[Rows, ...] | None = Field(None, description="buckets: rows of each bucket, within each group")
    fraction: tuple[Fraction, ...] | None = Field(None, description="buckets: share of each bucket, within each group")
    within: Literal["task", "source", "all"] | None = Field(
        None, description="buckets: what has a quota of its own; a task unless told, with per: record all together"
    )
    rounding: Literal["nearest", "down"] = Field("nearest", description="buckets: how a fraction of a few rows rounds")
    max_per_task: Rows | None = Field(None, description="at most so many of each task; records without a task stay")
    keep: Fraction | None = Field(None, description="this share of what arrives, rounded down")
    take: Rows | None = Field(None, description="so many rows")
    max_tokens: Tokens | None = Field(None, description="at most so many tokens: 3M; needs tokenizer")
    mix: Mix | None = Field(None, description="sizes of sources or tasks by temperature")
    share: dict[str, float] | None = Field(
        None,
        description="mixture steps only: source to its share of the result; sources that are not named share the rest",
    )
    budget: Budget | None = Field(
        None, description="the last sample of the mixture only: what the result may cost; keeps the sources' shares"
    )
    repeat: int | None = Field(None, ge=1, description="write each record so many times into train; ids get -2, -3 …")
    order: Literal["random", "longest", "k_center"] = Field(
        "random", description="who comes first: hashed rank, the longest output, or the most different prompt"
    )
    length: Literal["words", "characters", "tokens"] = Field("words", description="order longest: what is counted")
    embedding: str | None = Field(None, description="order k_center: the static embedding model")
    of: ContentFields = Field(
        ("instruction", "input"), min_length=1, description="order k_center: the fields that are compared"
    )
    candidates: int = Field(
        20_000, ge=1, description="order k_center: the first so many by hashed rank compete, the others come after them"
    )
    tokenizer: TokenizerName | None = Field(None, description="max_tokens, length tokens: who counts")

    @model_validator(mode="after")
    def _sensible(self, info: ValidationInfo) -> Self:
        if not self.limits():
            raise ValueError("says nothing: give take, keep, share, max_per_task, buckets, a budget or repeat")
        context = info.context or {}
        self._check_buckets()
        self._check_order()
        self._check_share(context)
        if context.get("source") is not None:
            for name in ("share", "budget", *(["mix"] if self.mix and self.mix.by == "source" else [])):
                if getattr(self, name):
                    raise ValueError(
                        f"{name} belongs to the recipe's own steps: a source's steps see that source alone"
                    )
        return self

    def limits(self) -> list[str]:
        """The keys that say how many stay."""
        names = ("per", "max_per_task", "keep", "take", "max_tokens", "mix", "share", "budget", "repeat")
        said = [name for name in names if getattr(self, name) is not None]
        return ["pool", *said] if self.pool == "failed" else said

    @property
    def threshold(self) -> float:
        """A record with a score below this has failed."""
        return 1.0 if self.failed_below is None else self.failed_below

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that `by` stands for; the first that a record has counts."""
        return ACCURACY if self.by == "accuracy" else (self.by,)

    @property
    def counter(self) -> str | None:
        """Who counts the tokens of finished records; None where nobody must."""
        if self.budget:
            return self.budget.tokenizer
        return self.tokenizer if self.max_tokens is not None else None

    def _check_buckets(self) -> None:
        parts = {name: getattr(self, name) for name in ("per", "edges")}
        sizes = [name for name in ("quota", "fraction") if getattr(self, name) is not None]
        if any(value is not None for value in parts.values()) or sizes:
            missing = [name for name, value in parts.items() if value is None]
            if missing or len(sizes) != 1:
                found = ", ".join([*(name for name in parts if name not in missing), *sizes])
                raise ValueError(f"buckets need per, edges, and either quota or fraction, found only {found}")
            if any(low >= high for low, high in pairwise(self.edges or ())):
                raise ValueError(f"the edges must rise, found {list(self.edges or ())}")
            given = getattr(self, sizes[0])
            if len(given) != len(self.edges or ()) + 1:
                raise ValueError(
                    f"{len(self.edges or ())} inner edges make {len(self.edges or ()) + 1} buckets, "
                    f"but {sizes[0]} has {len(given)} numbers"
                )
        elif self.within is not None:
            raise ValueError("within belongs to buckets: give per, edges, and quota or fraction")
        if self.pool == "failed" and self.by not in {"accuracy", *ACCURACY} and self.failed_below is None:
            raise ValueError(f"{self.by} is graded: say failed_below, the score from which an answer is no failure")
        if self.failed_below is not None and self.pool != "failed":
            raise ValueError("failed_below belongs to pool: failed")

    def _check_order(self) -> None:
        if (self.order == "k_center") != (self.embedding is not None):
            raise ValueError("order: k_center and embedding (the model's name or folder) go together")
        needs = self.max_tokens is not None or (self.order == "longest" and self.length == "tokens")
        if needs and self.tokenizer is None:
            raise ValueError("tokens are counted by a named tokenizer: say tokenizer")
        if self.tokenizer is not None and not needs:
            raise ValueError("nothing here counts tokens: tokenizer goes with max_tokens, or order: longest by tokens")
        if self.budget and self.tokenizer not in {None, self.budget.tokenizer}:
            raise ValueError("budget and tokenizer name two tokenizers: their counts cannot be compared")

    def _check_share(self, context: dict[str, Any]) -> None:
        for name, part in (self.share or {}).items():
            if "sources" in context and name not in context["sources"]:
                raise ValueError(f"share names an unknown source {name!r} (known: {', '.join(context['sources'])})")
            if not 0 < part <= 1:
                raise ValueError(f"share of {name!r} is {part}: expected more than 0 and at most 1")
        if sum((self.share or {}).values()) > 1 + 1e-9:
            raise ValueError(f"the shares add up to {sum((self.share or {}).values()):g}: expected at most 1")
