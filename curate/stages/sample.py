"""`sample`: how many records stay, and which.

    - sample: {max_per_task: 350}
    - sample: {share: {maths: 0.25}}
    - sample: {mix: {by: source, temperature: 2}}
    - sample: {per: task, by: accuracy, edges: [0.3, 0.7], quota: [350, 250, 100], pool: failed}
    - sample: {budget: {gpu: rtx4090, hours: 24, model: 7B, epochs: 3, tokenizer: mistralai/Mistral-7B-v0.1}}

A record's rank is hash(seed, step label, id). The first by rank stay, so raising `quota`, `fraction`,
`max_per_task`, `keep`, `take`, `max_tokens`, `mix.take` or `budget.tokens` only adds records and changes none of those
already there. That cannot hold for `share` and `mix.temperature`, which take from one source what they give another;
nor for a limit whose input another key of the same step changes. The ledger has the rank and the cut-off of each record
that left.

Buckets: scores come from a `score` step before this one. `per: task` looks at the task's mean score, measured when the
score step ran, `per: record` at the record's own. `by: accuracy` is the right-or-wrong metric. A bucket holds its lower
edge. `pool: failed` takes only what the model got wrong; records without a score leave as `unscored`, with a warning.

Tokens are those of the record as the recipe's format writes it, prompt and completion counted apart by the named
tokenizer, and one for the end of sequence; a record that is repeated counts each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, ClassVar, TypeAlias

import polars as pl

from curate import planner
from curate.hashing import digest, order64, rank64
from curate.stage import GlobalStage, Outcome, Place, Settings
from curate.stages import _sample_bucket as buckets
from curate.stages._sample_budget import COST, afforded, capped
from curate.stages._sample_cut import TINY, Cut, Order
from curate.stages._sample_measure import length, token_columns, tokens, vectors
from curate.stages._sample_mix import mixed, shared
from curate.stages._sample_settings import SampleSettings
from curate.text import columns_of
from curate.tokens import tokenizer_digest

# What the keys depend on; the other settings only decide.
_MEASURED = {"by", "order", "length", "of"}


class Step(GlobalStage):
    """Cuts by rank: of tasks, of buckets of scores, of sources, of the whole."""

    name: ClassVar[str] = "sample"
    version: ClassVar[int] = 3
    weight: ClassVar[int] = 250
    Settings: ClassVar[type[Settings]] = SampleSettings

    def __init__(self, settings: SampleSettings, place: Place, model: Any = None) -> None:  # noqa: ANN401 - `Located`
        super().__init__(settings, place)
        self._model = model

    def lacks(self) -> str | None:
        """The package that reads embedding models, where it is needed and not there."""
        if self.settings.order != "k_center":
            return None
        from curate.embedding import installed  # noqa: PLC0415 - numba takes 0.3 s to import

        if installed():
            return None
        return "`order: k_center` without model2vec: pip install 'curate-sft[semantic]'"

    def models(self) -> dict[str, str]:
        """The embedding model of `order: k_center`."""
        return {"embedding": self.settings.embedding} if self.settings.embedding else {}

    def with_models(self, located: Mapping[str, Any]) -> Step:
        """This step with its model at hand."""
        return Step(self.settings, self.place, located["embedding"])

    @property
    def reads(self) -> frozenset[str]:
        """The id ranks; task and source group; `repeat` is what an earlier step said; the rest is measured."""
        settings = self.settings
        columns = frozenset({"id", "source", "task", "repeat"}) | buckets.score_columns(settings)
        if settings.counter:
            columns |= token_columns(self.place.format)
        if settings.order == "longest":
            columns |= {"output"}
        if settings.order == "k_center":
            columns |= columns_of(settings.of)
        return columns

    def key(self) -> dict[str, Any]:
        """As for any stage; counts depend on vocabulary and format, hours on the planner's tables."""
        return {**super().key(), **self._measure_key(), **self._hours()}

    def resolved(self) -> dict[str, Any]:
        """The vocabulary that counts; of a budget in hours also the planner's tables and the model's shape."""
        name = self.settings.counter
        told = {"tokenizer": {"name": name, "digest": tokenizer_digest(name)}} if name else {}
        return told | {
            what: {"name": self.settings.budget.model if what == "model" else "tables", "digest": mark}
            for what, mark in self._hours().items()
        }

    def _hours(self) -> dict[str, str]:
        """Digests of what turns hours into tokens; nothing where no hours are given."""
        budget = self.settings.budget
        if not budget or not budget.gpu:
            return {}
        return {"planner": planner.digest(), "model": digest(asdict(planner.shape(str(budget.model))))}

    def keys_key(self) -> dict[str, Any]:
        """What the narrow rows hold: another quota needs no other ones."""
        said = self.settings.model_dump(mode="json", include=_MEASURED)
        place = {"label": self.place.label, "seed": self.place.seed}
        columns = sorted(self.reads)
        return {"stage": self.name, "version": self.version, "measured": said, "place": place, "reads": columns} | (
            self._measure_key()
        )

    def _measure_key(self) -> dict[str, Any]:
        settings = self.settings
        found: dict[str, Any] = {}
        for name in {settings.counter, settings.tokenizer} - {None}:
            found[f"tokenizer {name}"] = tokenizer_digest(str(name))
        if settings.counter and self.place.format is not None:
            found["format"] = self.place.format.model_dump(mode="json")
        if self._model is not None:
            found["embedding"] = self._model.digest
        return found

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The hashed rank, what it is counted within, and what the settings make necessary."""
        settings = self.settings
        repeat = pl.col("repeat").fill_null(1) if "repeat" in frame.columns else pl.lit(1)
        scored = bool(buckets.score_columns(settings))
        narrow = frame.select(
            "at",
            order64().alias("order"),
            rank64(self.place.seed, self.place.label).alias("rank"),
            "source",
            "task",
            repeat.cast(pl.UInt32).alias("repeat"),
            *(buckets.scores(settings, frame.columns) if scored else []),
        )
        measures = []
        if settings.counter:
            measures.append(tokens(frame, settings.counter, self.place.format))
        if settings.order == "longest":
            measures.append(length(frame, settings.length, settings.tokenizer).alias("length"))
        if settings.order == "k_center":
            if self._model is None:
                raise TypeError("sample has no embedding model yet: it comes with `with_models`")
            measures.append(vectors(frame, settings.of, self._model))
        return narrow.with_columns(measures)

    def decide(self, keys: pl.DataFrame) -> Outcome:
        """Apply each limit to what the one before it left."""
        settings = self.settings
        order = Order(settings.order, settings.candidates)
        empty = sum(not (keys["source"] == name).any() for name in settings.share or {})
        counts = {"records": keys.height, "empty_shares": empty}
        left, found = order.sorted(keys), []
        for rule in self._rules():
            left, gone, more = rule(left, order)
            found += gone
            counts |= more
        columns = None
        if settings.repeat and settings.repeat > 1:
            columns = left.select("unit", "at", (pl.col("repeat") * settings.repeat).cast(pl.UInt32).alias("repeat"))
        return Outcome(drops=pl.concat(found, how="diagonal") if found else None, columns=columns, counts=counts)

    def _rules(self) -> list[_Rule]:
        """What the settings ask for, in the order in which it is done."""
        settings = self.settings
        rules: list[_Rule] = [self._by_score] if buckets.score_columns(settings) else []
        if settings.max_per_task is not None:
            most = pl.when(pl.col("task").is_not_null()).then(pl.lit(settings.max_per_task))
            rules.append(_plain(Cut("max_per_task", ("source", "task"), most)))
        if settings.keep is not None:
            rules.append(_plain(Cut("keep", (), (pl.len() * settings.keep + TINY).floor())))
        if settings.take is not None:
            rules.append(_plain(Cut("take", (), pl.lit(settings.take))))
        if settings.max_tokens is not None:
            rules.append(self._capped)
        rules += [rule for said, rule in ((settings.mix, self._mixed), (settings.share, self._shared)) if said]
        return [*rules, self._afforded] if settings.budget else rules

    def _by_score(self, left: pl.DataFrame, order: Order) -> _Told:
        """The pool, then the buckets."""
        came = left
        left, gone = buckets.pooled(left, self.settings, self.place.label)
        counts, found = buckets.unscored(came, gone), [gone]
        if self.settings.per is not None:
            left, cut = buckets.bucketed(left, self.settings)
            left, gone = cut.apply(left, order)
            found.append(gone)
            counts |= buckets.held(left, self.settings.edges)
        return left, found, counts

    def _capped(self, left: pl.DataFrame, order: Order) -> _Told:
        left, gone = capped(left, self.settings.max_tokens, order)
        return left, [gone], {"tokens": int(left.select(COST.sum()).item())}

    def _mixed(self, left: pl.DataFrame, order: Order) -> _Told:
        left, cut = mixed(left, self.settings.mix)
        return _plain(cut)(left, order)

    def _shared(self, left: pl.DataFrame, order: Order) -> _Told:
        return _plain(shared(left, self.settings.share))(left, order)

    def _afforded(self, left: pl.DataFrame, order: Order) -> _Told:
        left, gone, counts = afforded(left, self.settings.budget, order)
        return left, [gone], counts

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:
        """A warning of records without a score, of shares without rows, and of records that fit in no packed row."""
        said = [buckets.warn(counts)]
        if counts.get("empty_shares"):
            said.append(
                f"{counts['empty_shares']} of the sources in 'share' have no rows here: "
                "the others have more than theirs"
            )
        if counts.get("too_long"):
            said.append(f"{counts['too_long']:,} records within the budget are longer than a packed row (seq_len)")
        return "; ".join(text for text in said if text) or None


# What a rule makes of the rows: those that stay, the drops, numbers for the report.
_Told: TypeAlias = tuple[pl.DataFrame, list[pl.DataFrame], dict[str, int]]
_Rule: TypeAlias = Callable[[pl.DataFrame, Order], _Told]


def _plain(cut: Cut) -> _Rule:
    """A cut as a rule."""

    def rule(left: pl.DataFrame, order: Order) -> _Told:
        left, gone = cut.apply(left, order)
        return left, [gone], {}

    return rule
