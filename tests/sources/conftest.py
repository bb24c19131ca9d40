"""Reading files through an adapter, as a build does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from curate import ingest, plugin, reader
from curate.source import Source


@dataclass(frozen=True)
class Loaded:
    """What came of some files.

    Args:
        examples: the canonical columns and `row`.
        faults: `file`, `row` and `reason`; a whole file that cannot be used raises instead.
        rows: the raw frames that the adapter saw.
    """

    examples: pl.DataFrame
    faults: pl.DataFrame
    rows: list[pl.DataFrame]


Load = Callable[..., Loaded]


@pytest.fixture(scope="session")
def load() -> Load:
    """`load(name, *paths, **options)`: read files with the source of this name."""

    def loaded(name: str, *paths: Path, **options: Any) -> Loaded:
        source = adapter(name, options)
        examples, faults, rows = [], [], []
        for path in paths:
            if not source.wants(path):
                continue
            for span in reader.cut(path, path.as_posix(), source):
                for batch in reader.read(span, source):
                    rows.append(batch.frame)
                    good, bad = ingest.examples(source, batch)
                    examples.append(good)
                    faults.append(bad.select(pl.lit(path.name).alias("file"), "row", "reason"))
        assert examples, "no rows"
        return Loaded(pl.concat(examples), pl.concat(faults), rows)

    return loaded


@pytest.fixture
def one(load: Load, tmp_path: Path) -> Callable[..., Loaded]:
    """`one(name, rows, **options)`: read rows from memory, as a JSON file holds them."""

    def loaded(name: str, rows: object, **options: Any) -> Loaded:
        path = tmp_path / f"{name}.json"
        path.write_bytes(orjson.dumps(rows))
        return load(name, path, **options)

    return loaded


@pytest.fixture(scope="session")
def made() -> Callable[..., Source]:
    """`made(name, **options)`: the adapter of this name, with options as a recipe gives them."""
    return lambda name, **options: adapter(name, options)


def adapter(name: str, options: Mapping[str, Any]) -> Source:
    """The adapter of this name, with options as a recipe gives them."""
    kind = plugin.source(name)
    return kind(kind.Options.model_validate(dict(options)))
