"""The Metric protocol: what a measure of predictions promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict

_TYPES = {"prediction": pl.String(), "references": pl.List(pl.String)}


class Settings(BaseModel):
    """What a recipe says of one metric. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Metric(ABC):
    """How good a prediction is, held against the references of its record.

    Args:
        settings: of the metric's own `Settings`; None: all as they are by default.
        threads: how many may work at once; the result does not depend on it.

    Attributes:
        name: as a recipe writes it.
        version: part of every cache key; raise it when the same input gives another result.
        binary: whether a prediction is either right (1.0) or wrong (0.0), so that a mean is an accuracy.
        reads: the columns that `measure` needs.

    Raises:
        TypeError: the settings are of another class.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    binary: ClassVar[bool] = False
    reads: ClassVar[frozenset[str]] = frozenset(_TYPES)
    Settings: ClassVar[type[BaseModel]] = Settings

    def __init__(self, settings: Any = None, *, threads: int = 1) -> None:  # noqa: ANN401 - each metric has its own
        if settings is None:
            settings = self.Settings()
        if not isinstance(settings, self.Settings):
            raise TypeError(f"settings of {self.name} are {type(settings).__qualname__}: its own Settings are needed")
        if threads < 1:
            raise ValueError(f"threads is {threads}: at least 1 is needed")
        self.settings: Any = settings
        self.threads = threads

    def key(self) -> dict[str, Any]:
        """What the result depends on besides the records: goes into the cache key."""
        return {"metric": self.name, "version": self.version, "settings": self.settings.model_dump(mode="json")}

    def measure(self, frame: pl.DataFrame) -> pl.Series:
        """Measure each record.

        Args:
            frame: has the columns of `reads`: `prediction` (String) and `references` (List[String]; every one of them
                is an accepted answer, and the best one counts), others where a metric needs them. More do no harm.

        Returns:
            Float64, a value a row, named as the metric. Null where there is nothing to measure: no prediction, or no
            reference. An empty prediction is a prediction. For the same row always the same, whatever other rows are
            in the frame.

        Raises:
            ValueError: a column is missing or of another type.
        """
        for column in sorted(self.reads):
            if column not in frame.columns:
                raise ValueError(f"{self.name} needs the column {column!r} (there are: {', '.join(frame.columns)})")
            found, wanted = frame.schema[column], _TYPES.get(column)
            if wanted is not None and found != wanted:
                raise ValueError(f"{self.name}: the column {column!r} is of type {found}, {wanted} is needed")
        usable = pl.lit(value=True)
        if "prediction" in self.reads:
            usable &= pl.col("prediction").is_not_null()
        if "references" in self.reads:
            usable &= pl.col("references").list.drop_nulls().list.len().fill_null(0) > 0
        rows = frame.select(sorted(self.reads), usable=usable).with_row_index("row")
        asked = rows.filter("usable").drop("usable")
        if "references" in self.reads:
            asked = asked.with_columns(pl.col("references").list.drop_nulls())
        values = self.score(asked.drop("row")).cast(pl.Float64)
        scored = asked.select("row", value=values)
        return rows.select("row").join(scored, on="row", how="left", maintain_order="left")["value"].alias(self.name)

    @abstractmethod
    def score(self, frame: pl.DataFrame) -> pl.Series:
        """Measure records that can be measured.

        Args:
            frame: the columns of `reads`; each prediction is a text, each list of references holds at least one and
                no nulls. It may have no rows.

        Returns:
            A number a row, in the order of the rows.
        """
