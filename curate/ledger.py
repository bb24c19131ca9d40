"""The ledger: the fate of every record that is not in the dataset, with the evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curate.collect import Intake
from curate.engine import Engine
from curate.hashing import hash64, rank64
from curate.parquet import Pieces, write_parquet
from curate.room import Room
from curate.stage import DROP
from curate.text import PROMPT, characters, prompt_keys, value
from curate.unit import Drops, Unit, load, mapped, notes

LEDGER: dict[str, pl.DataType] = {
    "id": pl.String(),  # null for a row that never became an example
    "source": pl.String(),
    "task": pl.String(),
    "stage": pl.String(),
    **{name: dtype for name, dtype in DROP.items() if name != "at"},
    "file": pl.String(),
    "row": pl.Int64(),
    "prompt_hash": pl.String(),
    "characters": pl.Int64(),  # of prompt and output as they came: reports tell how long the dropped ones were
}
EXCERPT: dict[str, pl.DataType] = {
    "id": pl.String(),
    "source": pl.String(),
    "stage": pl.String(),
    "kind": pl.String(),  # dropped | twin | quarantined
    "file": pl.String(),  # where the record stood, and
    "row": pl.Int64(),
    "text": pl.String(),
}

# Evidence about a record that is in the dataset.
NOTE = {name: dtype for name, dtype in LEDGER.items() if name not in ("rank", "cutoff", "prompt_hash", "characters")}
NOTES = "notes.parquet"

# Excerpts kept of one stage and source.
SAMPLE = 200
_RANK = "_rank"

# Bytes of a row of the ledger while it is sorted.
_ROW_BYTES = 700


def prompt_hash(frame: pl.DataFrame) -> pl.Series:
    """Decimal xxh3-64 of the normalised prompt: finds a text's fate without keeping the text."""
    return prompt_keys(frame).to_frame("key").select(hash64(pl.col("key")).cast(pl.String)).to_series()


def excerpt() -> pl.Expr:
    """Prompt and output of a record, at most 1,024 bytes (256 characters are never more)."""
    text = pl.concat_str([value(name) for name in (*PROMPT, "output")], separator="\n").str.strip_chars()
    return _short(text)


def _characters() -> pl.Expr:
    return pl.sum_horizontal(characters(value(name)) for name in (*PROMPT, "output")).alias("characters")


def _short(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.len_bytes() <= 1024).then(text).otherwise(text.str.head(256))


def write_ledger(
    units: Sequence[Unit], stages: Sequence[str], intake: Intake, folder: Path, seed: int, engine: Engine
) -> None:
    """Write `drops.parquet`, `excerpts.parquet`, and `notes.parquet` where stages said something of what stays.

    Args:
        units: have been through every stage.
        stages: labels in the order they ran.
        intake: what was quarantined.
        folder: the version's `ledger` folder.
        seed: of the sample of excerpts.
        engine: where to look the rows up.
    """
    order = {label: place for place, label in enumerate(stages)}
    place = pl.col("stage").replace_strict(order, default=-1, return_dtype=pl.Int64)
    samples = pl.DataFrame(schema={**EXCERPT, "twin": pl.String(), _RANK: pl.UInt64()})
    folder.mkdir(parents=True, exist_ok=True)
    # Sorted by stage, source and id; quarantined rows, which have none of these stages, come first.
    with Pieces(folder / "drops.parquet", pl.DataFrame(schema=LEDGER)) as file:
        waiting = _quarantined(intake)
        for run in _runs(units, order, engine.room):
            held = [unit for unit in units if run.labels(unit)]
            found = engine.map("ledger", held, _fates, seed, run)
            drops = pl.concat([waiting, *(fates for fates, _ in found)])
            file.add(drops.sort(place, "source", "id", "file", "row", nulls_last=True))
            waiting, samples = waiting.clear(), _first([samples, *(sample for _, sample in found)])
        file.add(waiting.sort("source", "file", "row", nulls_last=True))
    texts = pl.concat([samples.select(*EXCERPT), _twins(samples, units, engine), _quarantined_texts(intake)])
    texts = texts.sort("stage", "source", "kind", "id", "file", "row", nulls_last=True)
    write_parquet(texts, folder / "excerpts.parquet")
    noted = pl.concat([pl.DataFrame(schema=NOTE), *engine.map("notes", [unit for unit in units if unit.notes], _noted)])
    if noted.height:
        write_parquet(noted.sort(place, "source", "id", "rule", "reason", nulls_last=True), folder / NOTES)


def _noted(unit: Unit) -> pl.DataFrame:
    """What stages said of the records of one unit that are in the dataset."""
    said = notes(unit)
    about = load(unit, ["id", "source", "task", "file", "row"], dropped=True).drop("at")
    what = pl.concat([said, about[said["at"]]], how="horizontal")
    return what.select(pl.col(name).cast(dtype) for name, dtype in NOTE.items())


@dataclass(frozen=True)
class _Run:
    """Rows of the ledger that are made together: those of some stages and sources, or a part of those of one.

    Args:
        wanted: stages and sources.
        piece: which part by id, of
        pieces: so many.
    """

    wanted: frozenset[tuple[str, str]]
    piece: int = 0
    pieces: int = 1

    def labels(self, unit: Unit) -> set[str]:
        """The stages whose drops of a unit belong to it."""
        return {drops.label for drops in unit.drops if (drops.label, unit.source) in self.wanted}

    def part(self, drops: pl.DataFrame) -> pl.DataFrame:
        """The rows of the part."""
        if self.pieces == 1:
            return drops
        top = pl.col("id").str.head(8).str.to_integer(base=16, dtype=pl.UInt64)
        return drops.filter(top * self.pieces // (1 << 32) == self.piece)


def _runs(units: Sequence[Unit], order: Mapping[str, int], room: Room) -> list[_Run]:
    """All rows of the ledger in its order, cut so that each run fits into memory."""
    sizes = Counter[tuple[str, str]]()
    for unit in units:
        for drops in unit.drops:
            sizes[drops.label, unit.source] += drops.rows
    runs: list[_Run] = []
    together: set[tuple[str, str]] = set()
    rows = 0
    for key in sorted(sizes, key=lambda key: (order.get(key[0], -1), key[1])):
        if together and room.pieces(rows + sizes[key], _ROW_BYTES) > 1:
            runs.append(_Run(frozenset(together)))
            together, rows = set(), 0
        pieces = room.pieces(sizes[key], _ROW_BYTES)
        if pieces > 1:
            runs += [_Run(frozenset({key}), piece, pieces) for piece in range(pieces)]
        else:
            together.add(key)
            rows += sizes[key]
    return [*runs, _Run(frozenset(together))] if together else runs


def _first(samples: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Of each stage and source the first by rank."""
    every = pl.concat(samples)
    return every.sort(_RANK, "id").group_by("stage", "source", maintain_order=True).head(SAMPLE).select(every.columns)


def _fates(unit: Unit, seed: int, run: _Run) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ledger rows of one unit, and its candidates for the sample of excerpts."""
    labels = run.labels(unit)
    base = load(unit, ["id", "source", "task", "file", "row", *PROMPT, "output"], dropped=True).drop("at")
    rows, samples = [], []
    for drops in (one for one in unit.drops if one.label in labels):
        evidence = mapped(drops.path, list(DROP))
        what = run.part(pl.concat([evidence, base[evidence["at"]]], how="horizontal"))
        what = what.with_columns(
            pl.lit(drops.label).alias("stage"), prompt_hash(what).alias("prompt_hash"), _characters()
        )
        rows.append(_own_texts(what.select(pl.col(name).cast(dtype) for name, dtype in LEDGER.items())))
        samples.append(_own_texts(_sample(what, drops, seed)))
    return pl.concat(rows), pl.concat(samples)


def _own_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with texts of its own.

    A text of polars points into the buffer that it was read into: a few rows taken out of many hold all of it in
    memory.
    """
    return pl.DataFrame(pl.from_arrow(frame.to_arrow(compat_level=pl.CompatLevel.oldest())))


def _sample(what: pl.DataFrame, drops: Drops, seed: int) -> pl.DataFrame:
    ranked = what.with_columns(rank64(seed, f"excerpts\x1f{drops.label}").alias(_RANK)).bottom_k(
        SAMPLE, by=[_RANK, "id"]
    )
    return ranked.with_columns(excerpt().alias("text"), pl.lit("dropped").alias("kind")).select(*EXCERPT, "twin", _RANK)


def _twins(dropped: pl.DataFrame, units: Sequence[Unit], engine: Engine) -> pl.DataFrame:
    """The texts of the records that stayed instead of the sampled ones."""
    pairs = dropped.filter(pl.col("twin").is_not_null()).select("twin", "stage")
    if pairs.is_empty():
        return pl.DataFrame(schema=EXCERPT)
    wanted = tuple(pairs["twin"].unique().sort())
    texts = pl.concat(engine.map("excerpts", units, _texts, wanted))
    return (
        texts.join(pairs.unique(), left_on="id", right_on="twin")
        .with_columns(pl.lit("twin").alias("kind"))
        .select(*EXCERPT)
    )


def _texts(unit: Unit, wanted: tuple[str, ...]) -> pl.DataFrame:
    ids = load(unit, ["id"], dropped=True)
    hits = ids.filter(pl.col("id").is_in(wanted))
    if hits.is_empty():
        return pl.DataFrame(schema={name: EXCERPT[name] for name in ("id", "source", "file", "row", "text")})
    frame = load(unit, ["source", "file", "row", *PROMPT, "output"], dropped=True).join(hits, on="at")
    return frame.select("id", "source", "file", "row", excerpt().alias("text"))


def _quarantined(intake: Intake) -> pl.DataFrame:
    where = pl.when(pl.col("line").is_not_null()).then(pl.concat_str([pl.lit("line "), pl.col("line").cast(pl.String)]))
    faults = intake.faults.with_columns(
        pl.concat_str(["source", pl.lit(".ingest")]).alias("stage"),
        pl.lit("quarantine").alias("rule"),
        where.alias("value"),
    )
    return faults.select(
        (pl.col(name).cast(dtype) if name in faults.columns else pl.lit(None, dtype=dtype).alias(name))
        for name, dtype in LEDGER.items()
    )


def _quarantined_texts(intake: Intake) -> pl.DataFrame:
    kept = (
        intake.faults.filter(pl.col("excerpt").is_not_null())
        .sort("source", "file", "row")
        .group_by("source", maintain_order=True)
    )
    return kept.head(SAMPLE).select(
        pl.lit(None, dtype=pl.String).alias("id"),
        "source",
        pl.concat_str(["source", pl.lit(".ingest")]).alias("stage"),
        pl.lit("quarantined").alias("kind"),
        "file",
        "row",
        _short(pl.col("excerpt")).alias("text"),
    )
