"""Keep records whose licence fits."""

from __future__ import annotations

from typing import Self

import polars as pl
from pydantic import Field, model_validator

from curate import stage
from curate.license import UNKNOWN, allows, canonical
from curate.stage import Outcome, RecordStage, drops


class Rule(RecordStage):
    """Keep the records whose licence is one of `allow`, is none of `deny`, and permits the uses that are asked for.

    Licences are compared by what they are, not by how they are spelt: `CC BY 4.0` is `cc-by-4.0`. A record without a
    licence is `unknown`. `commercial: true` keeps records that may be used to earn money, `derivatives: true` those
    whose text may be passed on changed; what is not known permits neither. In expressions AND asks for both licences
    and OR lets choose. This is bookkeeping, not legal advice.

    Example:
        `filter: {license: {commercial: true}}` or `filter: {license: {allow: [mit, apache-2.0, cc-by-4.0]}}`
    """

    name = "filter.license"

    class Settings(stage.Settings):
        """Names, and uses."""

        allow: list[str] | None = Field(default=None, min_length=1)
        deny: tuple[str, ...] = ()
        commercial: bool = False
        derivatives: bool = False

        @model_validator(mode="after")
        def _something(self) -> Self:
            if self.allow is None and not (self.deny or self.commercial or self.derivatives):
                raise ValueError("say at least one of allow, deny, commercial: true, derivatives: true")
            return self

    @property
    def reads(self) -> frozenset[str]:
        """The licence."""
        return frozenset({"license"})

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Judge each licence that occurs once."""
        found = frame.select("at", pl.col("license").fill_null("").alias("value"))
        faults = {said: fault for said in found["value"].unique() if (fault := self._fault(said))}
        judged = found.with_columns(
            pl.col("value").replace_strict(faults, default=None, return_dtype=pl.String).alias("fault")
        )
        value = pl.col("value").replace("", UNKNOWN)
        gone = pl.col("fault").is_not_null()
        return Outcome(
            drops=drops(judged, gone, rule="license", reason=pl.col("fault"), value=value, limit=self._limit())
        )

    def _fault(self, said: str) -> str | None:
        """Why a licence does not fit; None where it does."""
        settings, name = self.settings, canonical(said)
        if settings.allow is not None and name not in map(canonical, settings.allow):
            return f"licence {name}"
        if name in map(canonical, settings.deny):
            return f"licence {name}"
        for use, words in (("commercial", "commercial use"), ("derivatives", "changed text")):
            if getattr(settings, use) and (answer := allows(said, use)) is not True:
                return f"licence {name}: {words} {'is forbidden' if answer is False else 'not known to be allowed'}"
        return None

    def _limit(self) -> str:
        settings = self.settings
        parts = [
            f"one of {', '.join(settings.allow)}" if settings.allow else "",
            f"none of {', '.join(settings.deny)}" if settings.deny else "",
            "commercial use" if settings.commercial else "",
            "changed text" if settings.derivatives else "",
        ]
        return "; ".join(part for part in parts if part)
