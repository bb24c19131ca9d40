r"""`score`: measure what a model answers to the records, so that later steps can keep what it fails.

- score: {metric: exact_match, predictions: predictions/*.jsonl, until: "\n\n"}
- score: {metric: rouge_l, model: HuggingFaceTB/SmolLM2-135M, shots: 4, per_task: 200}
- score: {metric: loss, model: my/model}

The answers are read from files, or made by a model here or behind an endpoint; made ones are kept in the cache, so that
a step that was killed goes on where it stopped, and none is asked for twice. Records get `score_<metric>`, null where
they were not measured; nothing is dropped.

A file of predictions holds lines `{"task_file", "orig_input", "prediction"}`: a prediction belongs to the record of
that task (less `.json`) and input. An empty prediction is a failure. Scores of text lie between 0 and 1, 1 is best;
`loss` is the model's mean loss on the output, in nats a token; `ifd` is that loss over the loss without the question
(https://arxiv.org/abs/2308.12032).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import polars as pl

from curate import plugin
from curate.errors import CurateError
from curate.hashing import order64, rank64
from curate.score import match, measure, prompt
from curate.score.answers import Answers
from curate.score.backend import Resolved
from curate.score.identity import resolve
from curate.score.settings import LIKELIHOODS, ScoreSettings
from curate.score.table import PREDICTIONS, tasks
from curate.stage import Desk, GlobalStage, Outcome, Place, Reference, Settings

_NOTHING = {"unit": pl.UInt32(), "at": pl.UInt32(), "score": pl.Float64(), **PREDICTIONS}


class Step(GlobalStage):
    """Adds the score of each record, from predictions or from a model."""

    name: ClassVar[str] = "score"
    drives: ClassVar[bool] = True
    version: ClassVar[int] = 2  # keeps the answers too
    Settings: ClassVar[type[Settings]] = ScoreSettings

    def __init__(
        self,
        settings: ScoreSettings,
        place: Place,
        parts: dict[str, Path] | None = None,
        bound: str = "",
        backend: Resolved | None = None,
    ) -> None:
        super().__init__(settings, place)
        self._parts = parts
        self._bound = bound
        self._backend = backend

    @staticmethod
    def data_columns(settings: Any) -> dict[str, pl.DataType]:  # noqa: ANN401 - as the protocol says
        """The score of each record."""
        return {f"score_{settings.metric_name}": pl.Float64()}

    def pin(self, base: Path, folder: Path, held: Mapping[str, Any]) -> Self:
        """Pin the model down: one on the Hub to the commit that the lock holds it to."""
        if self.settings.predictions:
            return self
        likelihood = self.settings.metric_name in LIKELIHOODS
        backend = resolve(self.settings, base, folder, self.place.seed, likelihood=likelihood, held=held)
        return type(self)(self.settings, self.place, self._parts, self._bound, backend)

    def references(self) -> dict[str, Reference]:
        """The files of predictions."""
        if not self.settings.predictions:
            return {}
        options = plugin.source("predictions").Options()
        columns = frozenset({"task", "input", "output"})
        return {"predictions": Reference("predictions", options, self.settings.predictions, None, None, None, columns)}

    def prepare(self, held: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The predictions by the hash of their task and input."""
        return {"index": match.index(held["predictions"]), "heads": match.heads(held["predictions"])}

    def prepare_key(self) -> dict[str, Any]:
        """No setting has a say."""
        return {"stage": self.name, "version": self.version}

    def bind(self, parts: Mapping[str, Path], key: str) -> Self:
        """The step with the predictions at hand."""
        return type(self)(self.settings, self.place, dict(parts), key, self._backend)

    def key(self) -> dict[str, Any]:
        """Predictions and models count by their content, not by where they lie."""
        facts = None if self._backend is None else self._backend.facts
        elsewhere = {"predictions", "model", "revision", "adapter", "endpoint", "device", "batch_tokens", "dtype"}
        said = self.settings.model_dump(mode="json", exclude=elsewhere)
        measured = None if self._likelihood else self.settings.measure().key()
        place = {"label": self.place.label, "seed": self.place.seed}
        whole = {"stage": self.name, "version": self.version, "settings": said, "place": place}
        return {**whole, "metric": measured, "predictions": self._bound, "backend": facts}

    def resolved(self) -> dict[str, Any]:
        """The content of model and adapter, or the commit on the Hub and what was asked for there."""
        return {} if self._backend is None else self._backend.pins

    def keys_key(self) -> dict[str, Any]:
        """Ranks depend on seed and label."""
        where = {"seed": self.place.seed, "label": self.place.label, "pool": self._pool}
        return {"stage": self.name, "version": self.version, **where}

    @property
    def reads(self) -> frozenset[str]:
        """What makes keys; texts are read when it is known which are needed."""
        return frozenset({"id", "source", "task", "input", "output", *(["instruction"] if self._pool else [])})

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rank, task, what a prediction is found by, and, where records are shown others, what tells them apart."""
        return frame.select(
            "at",
            order64().alias("order"),
            rank64(self.place.seed, self.place.label).alias("rank"),
            "source",
            "task",
            match.key().alias("match"),
            (pl.col("output").fill_null("") == "").alias("empty"),
            *([prompt.asks().alias("asks")] if self._pool else []),
        )

    def decide(self, keys: pl.DataFrame) -> Outcome:
        """Not asked: `drives` says so."""
        raise TypeError(f"score decides at a desk, not on {keys.height} keys alone")

    def decide_at(self, keys: pl.DataFrame, desk: Desk) -> Outcome:
        """Choose the records, get their predictions, measure them, and say what that means for each task."""
        if keys.is_empty():
            return Outcome(counts={"records": 0})
        if self.settings.predictions:
            return self._told(keys, *self._from_files(keys, desk), {})
        wanted = keys.filter(~pl.col("empty")) if self._likelihood else keys
        chosen = self._chosen(wanted)
        if chosen.is_empty():
            return self._told(keys, pl.DataFrame(schema=_NOTHING), {}, {})
        return self._told(keys, *self._from_model(keys, chosen, desk))

    @property
    def _likelihood(self) -> bool:
        return self.settings.metric_name in LIKELIHOODS

    @property
    def _pool(self) -> bool:
        return bool(self.settings.shots) and self.settings.shots_from == "pool"

    def _chosen(self, keys: pl.DataFrame) -> pl.DataFrame:
        return measure.chosen(keys, self.settings.per_task, self.settings.limit)

    def _file(self, part: str) -> Path:
        if self._parts is None:
            raise TypeError("score has no predictions yet: bind it first")
        return self._parts[part]

    def _from_files(self, keys: pl.DataFrame, desk: Desk) -> tuple[pl.DataFrame, dict[str, int]]:
        """Scores of predictions made elsewhere, a unit at a time.

        Raises:
            CurateError: no prediction belongs to any record.
        """
        index = pl.read_ipc(self._file("index"))
        there = keys.join(index, on="match", how="inner", maintain_order="left")
        if there.is_empty():
            first = desk.read(int(keys["unit"][0]), ["task", "input"])
            raise match.nothing(self.place.label, pl.read_ipc(self._file("heads")), first)
        chosen, parts = self._chosen(there), []
        for unit, rows in _by_unit(chosen):
            held = rows.select("unit", "at", "source", "task", "prediction")
            held = held.join(desk.read(unit, ["id", "references"]), on="at", how="inner")
            parts.append(measure.measured(held, self.settings))
            desk.report(sum(part.height for part in parts), chosen.height, "")
        used = there.unique("match")
        counts = {
            "unmatched_records": keys.height - there.height,
            "unused_predictions": index.height - used.height,
            "contradicting_predictions": used.filter(pl.col("versions") > 1).height,
        }
        return pl.concat(parts), counts

    def _from_model(
        self, keys: pl.DataFrame, chosen: pl.DataFrame, desk: Desk
    ) -> tuple[pl.DataFrame, dict[str, int], dict[str, pl.DataFrame]]:
        """Scores of a model's answers, what was asked and what answered; only the chosen records' text is held."""
        if self._backend is None:
            raise TypeError("score has no model yet: pin it first")
        settings = self.settings
        style = prompt.Style(settings.template, settings.jinja, settings.shots)
        columns = sorted(style.reads | {"references", "output"})
        held = pl.concat(
            rows.select("unit", "at").join(desk.read(unit, columns), on="at", how="inner")
            for unit, rows in _by_unit(chosen)
        )
        shots = self._shots(keys, held, desk) if settings.shots else None
        held = held.with_columns(prompt.prompts(held, style, shots)).sort("id")
        counts = {"unplaced_records": held["prompt"].null_count()}
        held = held.filter(pl.col("prompt").is_not_null())
        store = Answers(desk.folder)
        try:
            found, more = measure.asked(held, settings, self._backend, store, desk.report)
        finally:
            store.close()
        return found, {**counts, **more}, {"asked": held.select("id", "prompt"), "answers": store.given()}

    def _shots(self, keys: pl.DataFrame, held: pl.DataFrame, desk: Desk) -> pl.DataFrame:
        """The solved examples of the tasks of the chosen records."""
        if self.settings.shots_from == "task":
            shots = prompt.task_shots(held, self.settings.shots)
            if shots.is_empty():
                raise CurateError(
                    f"{self.place.label}: no record has examples of its task in meta.examples: "
                    "say `examples: true` of a natural_instructions source, or `shots_from: pool`"
                )
            return shots
        # From the far end of the ranks, else the shots would be the very records that are measured first.
        tasks = held.select("source", "task").unique()
        pool = keys.filter(~pl.col("empty")).join(tasks, on=["source", "task"], how="semi", nulls_equal=True)
        place = pl.int_range(pl.len(), dtype=pl.UInt32).alias("place")
        ranked = pool.sort("rank", "order", descending=True).with_columns(place)
        picked = prompt.first_shots(ranked, self.settings.shots)
        texts = [
            rows.select("at", "source", "task", "place", "asks").join(
                desk.read(unit, ["instruction", "input", "output"]), on="at", how="inner"
            )
            for unit, rows in _by_unit(picked)
        ]
        if not texts:
            return pl.DataFrame(schema=prompt.SHOTS)
        return pl.concat(texts).select(*prompt.SHOTS).sort("source", "task", "place")

    def _told(
        self, keys: pl.DataFrame, found: pl.DataFrame, counts: dict[str, int], beside: dict[str, pl.DataFrame]
    ) -> Outcome:
        """Columns for every record, and the tables."""
        metric = self.settings.metric_name
        kind = None if self._likelihood else self.settings.measure()
        found = found.filter(pl.col("score").is_not_null())
        scored = keys.select("unit", "at", "source", "task").join(
            found.select("unit", "at", "score"), on=["unit", "at"], how="left", maintain_order="left"
        )
        told = tasks(scored, metric, binary=kind is not None and kind.binary, bounded=kind is not None)
        means = told.select("source", "task", "mean")
        columns = scored.join(means, on=["source", "task"], how="left", nulls_equal=True)
        predictions = found.with_columns(pl.lit(metric).alias("metric")).select(*PREDICTIONS).sort("id")
        tables = {"tasks": told, "predictions": predictions, **beside}
        counts = {
            "records": keys.height,
            "scored": found.height,
            "tasks": told.height,
            "unscored_tasks": told.filter(pl.col("scored") == 0).height,
            **counts,
        }
        named = {f"score_{metric}": "score", f"mean_{metric}": "mean"}
        return Outcome(
            columns=columns.select("unit", "at", *(pl.col(old).alias(new) for new, old in named.items())),
            counts=counts,
            tables=tables,
        )

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:
        """What was not measured, and which predictions had no say."""
        said = [
            f"{counts[name]:,} {words}"
            for name, words in (
                ("unscored_tasks", "tasks have no score at all"),
                ("unmatched_records", "records have no prediction"),
                ("unused_predictions", "predictions belong to no record"),
                ("contradicting_predictions", "questions have predictions that differ: the first by text counts"),
                ("unplaced_records", "records do not fit the template"),
                ("unanswered_prompts", "prompts have no answer: they are longer than the model reads"),
            )
            if counts.get(name)
        ]
        return "; ".join(said) or None


def _by_unit(rows: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    """The rows of each unit, in the units' order."""
    parts = rows.partition_by("unit", as_dict=True, maintain_order=True)
    return sorted(((int(unit), part) for (unit,), part in parts.items()), key=lambda one: one[0])
