"""`dedup`: of records that are alike one stays, and the ledger names it for each that goes.

- dedup: {method: exact, on: [instruction, input], key: normalised, prefer: [human, source_order]}
- dedup: {method: minhash, on: [instruction, input, output], threshold: 0.8}
- dedup: {method: semantic, model: minishlab/potion-base-8M@main, on: [instruction, input], threshold: 0.9}
- dedup:
    method: minhash
    against: [mix@3f2a, {name: held, adapter: files, path: eval.jsonl, columns: {instruction: question}}]

What `against` names is never in the result: a record that is a duplicate of one of its records goes first, by the rule
`against`, whatever `prefer` says. The two are compared by the fields of `on`; an earlier version's come from its
prompts, taken apart by the template that made them. A version whose prompts join instruction and input wants both in
`on`. For `exact`, the fields are compared with a reference's as one text, runs of blanks as one.

`semantic` compares static embeddings by their cosine. Every pair counts, none is estimated; a record goes only if it is
itself as near as the threshold to one that stays. Choose fields that differ between records: a task's definition in all
of them makes all look alike. It needs the extra `curate-sft[semantic]`, and knows no `against`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import polars as pl

from curate.hashing import order64
from curate.room import Room
from curate.stage import Earlier, GlobalStage, Keep, Outcome, Place, Reference, Settings
from curate.stages import _dedup_against as beside
from curate.stages import _dedup_exact as exact
from curate.stages import _dedup_near as near
from curate.stages import _dedup_prefer as preference
from curate.stages import _dedup_semantic as semantic
from curate.stages._dedup_settings import DedupSettings
from curate.stages._reference import EarlierVersion
from curate.text import columns_of

_PART = "references"


class Step(GlobalStage):
    """Finds duplicates by the settings' method and keeps the preferred record of each group."""

    name: ClassVar[str] = "dedup"
    version: ClassVar[int] = 3
    Settings: ClassVar[type[Settings]] = DedupSettings
    by: ClassVar[str | None] = "bucket"

    def __init__(
        self,
        settings: DedupSettings,
        place: Place,
        parts: Mapping[str, Path] | None = None,
        key: str = "",
        model: Any = None,  # noqa: ANN401 - imported late
    ) -> None:
        super().__init__(settings, place)
        self._parts = dict(parts or {})
        self._bound = key
        self._model = model

    def lacks(self) -> str | None:
        """The package that reads embedding models, where it is needed and not there."""
        if self.settings.method != "semantic":
            return None
        from curate.embedding import installed  # noqa: PLC0415 - numba takes 0.3 s to import

        if installed():
            return None
        return "`method: semantic` without model2vec: pip install 'curate-sft[semantic]'"

    def models(self) -> dict[str, str]:
        """The embedding model of `semantic`."""
        return {"model": self.settings.model} if self.settings.method == "semantic" else {}

    def with_models(self, located: Mapping[str, Any]) -> Self:
        """This step with its model's files at hand."""
        return type(self)(self.settings, self.place, self._parts, self._bound, located["model"])

    @property
    def from_files(self) -> bool:
        """MinHash reads texts where they lie, in the files of the keys, and so does semantic with vectors."""
        return bool(self.settings.method != "exact")

    @property
    def reads(self) -> frozenset[str]:
        """The key's fields and what the preferences look at: of all of them, where keys are kept for any."""
        asked = preference.READS if self.from_files else self.settings.prefer
        return columns_of(self.settings.on).union({"id"}, *(preference.READS[name] for name in asked))

    def references(self) -> dict[str, Reference | Earlier]:
        """The records beside the mix."""
        return {
            one.label: one.reference(
                columns_of(self.settings.on) | (set() if isinstance(one, EarlierVersion) else {"file", "row"})
            )
            for one in self.settings.against
        }

    def prepare(self, held: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """What the method compares of the references."""
        return beside.prepare(held, self.settings)

    def prepare_key(self) -> dict[str, Any]:
        """The method, the fields and how they are compared."""
        said = self.settings.model_dump(mode="json", include={"method", "on", "key"})
        return {"stage": self.name, "version": self.version, "settings": said, "labels": [*self.references()]}

    def bind(self, parts: Mapping[str, Path], key: str) -> Self:
        """This step with its references at hand."""
        return type(self)(self.settings, self.place, parts, key, self._model)

    def key(self) -> dict[str, Any]:
        """Settings, place, references and model; these count by their content, not by where they lie."""
        key = super().key()
        del key["settings"]["against"]
        if self._model is not None:
            key["settings"]["model"] = self._model.digest
        return {**key, "against": self._bound}

    def keys_key(self) -> dict[str, Any]:
        """For minhash and semantic the fields and the model: whatever else changes, texts, signatures, vectors stay."""
        if not self.from_files:
            return self.key()
        said = {"method": self.settings.method, "on": self.settings.on}
        if self._model is not None:
            said["model"] = self._model.digest
        return {"stage": self.name, "version": self.version, **said}

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What the method compares, and what the preferences sort by."""
        narrow = frame.select("at", order64().alias("order"))
        if self.settings.method == "semantic":
            if self._model is None:
                raise TypeError("dedup has no embedding model yet: give it with with_models first")
            return narrow.with_columns(semantic.keys(frame, self.settings, self._model))
        if self.from_files:
            return narrow.with_columns(near.keys(frame, self.settings))
        long = {"longest"} & set(self.settings.prefer)
        facts = frame.with_columns(narrow["order"], *([preference.length()] if long else []))
        criteria = facts.select(preference.criteria(self.settings.prefer, self.place.sources))
        return narrow.with_columns(exact.keys(frame, self.settings)).with_columns(criteria.get_columns())

    def decide(self, keys: pl.DataFrame) -> Outcome:
        """Exact duplicates among the keys of one bucket."""
        held = pl.read_ipc(self._reference()) if self.settings.against else None
        return exact.decide(keys, preference.columns(self.settings.prefer), held)

    def decide_files(self, files: Sequence[Path], keep: Keep, room: Room) -> Outcome:
        """Near-duplicates among all records."""
        if self.settings.method == "semantic":
            return semantic.decide(files, self.settings, self.place.sources, room)
        held = self._reference() if self.settings.against else None
        return near.decide(files, self.settings, self.place.sources, keep, room, held)

    def _reference(self) -> Path:
        if _PART not in self._parts:
            raise TypeError("dedup has no references yet: bind it first")
        return self._parts[_PART]

    @staticmethod
    def warn(counts: dict[str, int]) -> str | None:
        """A warning where the key says nothing of most records, or one cluster swallows many."""
        records = counts.get("records", 0)
        if records and counts["empty_keys"] * 2 > records:
            share = f"{counts['empty_keys']:,} of {records:,}"
            return f"the dedup key is empty in {share} records: choose other fields for 'on'"
        if unknown := counts.get("unknown", 0):
            share = f"{unknown:,} of {records:,}"
            return f"the model knows no word of {share} records (another language?): they were compared with none"
        largest = counts.get("largest_cluster", 0)
        if largest > max(100, near.GIANT * records):
            return f"one cluster holds {largest:,} of {records:,} records: a template, rather than copies?"
        return None
