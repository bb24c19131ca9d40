"""Examples, units and runs of stages for the tests of the core, made in memory and small."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xxhash

from curate import plugin
from curate.cache import Cache
from curate.engine import Engine
from curate.engine.local import LocalEngine
from curate.example import EXAMPLE, conform
from curate.passes import Tally, run
from curate.stage import Place, Stage
from curate.unit import Unit, load

# What stages may add to the canonical columns.
ADDED = ("split", "repeat", "prompt", "completion", "messages", "text", "score_exact_match", "mean_exact_match")


def frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Canonical examples of the given fields; without an `id` a row gets one by its number, without a `source` 'a'."""
    rows = list(rows)
    content = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in EXAMPLE if name not in ("id", "source")},
        schema={name: dtype for name, dtype in EXAMPLE.items() if name not in ("id", "source")},
    )
    ids = [row.get("id") or xxhash.xxh3_128_hexdigest(f"row {number}".encode()) for number, row in enumerate(rows)]
    sources = [row.get("source", "a") for row in rows]
    named = conform(content).with_columns(pl.Series("id", ids, pl.String), pl.Series("source", sources, pl.String))
    return named.select(
        *EXAMPLE,
        pl.lit("file.json").alias("file"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        pl.lit(7, dtype=pl.UInt64).alias("digest"),
    )


def scored(examples: pl.DataFrame, metric: str, scores: Sequence[float | None]) -> pl.DataFrame:
    """The examples with the columns that a score step adds: each record's own score, and the mean of its task."""
    own = pl.Series(f"score_{metric}", scores, pl.Float64)
    mean = pl.col(own.name).mean().over("source", "task").alias(f"mean_{metric}")
    return examples.with_columns(own).with_columns(mean)


def units(examples: pl.DataFrame, folder: Path, parts: Sequence[Sequence[int]] | None = None) -> list[Unit]:
    """The examples as units: the rows of each part, of each source; None puts all rows of a source into one unit."""
    made = []
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts if parts is not None else [range(examples.height)]:
        for (source,), rows in examples[list(part)].partition_by("source", as_dict=True, maintain_order=True).items():
            path = folder / f"{uuid.uuid4().hex}.arrow"
            rows.write_ipc(path)
            made.append(Unit(xxhash.xxh3_128_hexdigest(path.read_bytes()), str(source), (path,), rows.height))
    return made


def stage(name: str, settings: Mapping[str, Any], seed: int = 42, sources: Sequence[str] = ("a",)) -> Stage:
    """The stage of this name, at the first place of a recipe."""
    kind = plugin.stage(name)
    return kind(kind.Settings.model_validate(dict(settings)), Place(f"0.{name}", seed, tuple(sources)))


def alive(after: Sequence[Unit], columns: Sequence[str] = (*EXAMPLE, *ADDED)) -> pl.DataFrame:
    """The records that are left, sorted by id."""
    frames = [load(unit, columns).drop("at") for unit in after]
    found = pl.concat([pl.DataFrame(schema=EXAMPLE), *frames], how="diagonal").sort("id")
    return found.select(name for name in columns if name in found.columns)


def dropped(after: Sequence[Unit]) -> pl.DataFrame:
    """The evidence of each record that went, with its `id` and the `stage` that named it, sorted by id."""
    found = []
    for unit in after:
        ids = load(unit, ["id"], dropped=True)
        for drops in unit.drops:
            frame = pl.read_ipc(drops.path).join(ids, on="at", how="left")
            found.append(frame.with_columns(pl.lit(drops.label).alias("stage")).drop("at"))
    return pl.concat(found).sort("id") if found else pl.DataFrame(schema={"id": pl.String})


def apply(
    what: Stage,
    examples: pl.DataFrame,
    folder: Path,
    parts: Sequence[Sequence[int]] | None = None,
    engine: Engine | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame, Tally]:
    """Run one stage over units of the examples with a cache of its own: what is left, what went, and the tally."""
    home = folder / uuid.uuid4().hex
    after, tally = run(
        what, units(examples, home / "base", parts), engine or LocalEngine(home / "scratch"), Cache(home)
    )
    return alive(after), dropped(after), tally


def cuts(rows: int, seed: int, pieces: int) -> list[list[int]]:
    """All row numbers in some order, cut somewhere: the same for the same seed."""
    order = sorted(range(rows), key=lambda row: xxhash.xxh3_64_intdigest(f"{seed} {row}".encode()))
    edges = sorted(xxhash.xxh3_64_intdigest(f"{seed} cut {n}".encode()) % (rows + 1) for n in range(pieces - 1))
    return [order[start:stop] for start, stop in zip([0, *edges], [*edges, rows], strict=True) if stop > start]
