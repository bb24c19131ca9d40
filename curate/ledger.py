"""The ledger: the fate of every record that is not in the dataset, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from curate.collect import Intake
from curate.engine import Engine
from curate.hashing import hash64, rank64
from curate.parquet import write_parquet
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
) -> pl.DataFrame:
    """Write `drops.parquet`, `excerpts.parquet`, and `notes.parquet` where stages said something of what stays.

    Args:
        units: have been through every stage.
        stages: labels in the order they ran.
        intake: what was quarantined.
        folder: the version's `ledger` folder.
        seed: of the sample of excerpts.
        engine: where to look the rows up.

    Returns:
        The ledger, with the columns of LEDGER, sorted by stage, source and id.
    """
    found = engine.map("ledger", [unit for unit in units if unit.drops], _fates, seed)
    drops = pl.concat([_quarantined(intake), *(fates for fates, _ in found)])
    order = {label: place for place, label in enumerate(stages)}
    place = pl.col("stage").replace_strict(order, default=-1, return_dtype=pl.Int64)
    drops = drops.sort(place, "source", "id", "file", "row", nulls_last=True)
    samples = [sample for _, sample in found]
    dropped = pl.concat([pl.DataFrame(schema={**EXCERPT, "twin": pl.String(), _RANK: pl.UInt64()}), *samples])
    dropped = (
        dropped.sort(_RANK, "id").group_by("stage", "source", maintain_order=True).head(SAMPLE).select(dropped.columns)
    )
    texts = pl.concat([dropped.select(*EXCERPT), _twins(dropped, units, engine), _quarantined_texts(intake)])
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(drops, folder / "drops.parquet")
    texts = texts.sort("stage", "source", "kind", "id", "file", "row", nulls_last=True)
    write_parquet(texts, folder / "excerpts.parquet")
    noted = pl.concat([pl.DataFrame(schema=NOTE), *engine.map("notes", [unit for unit in units if unit.notes], _noted)])
    if noted.height:
        write_parquet(noted.sort(place, "source", "id", "rule", "reason", nulls_last=True), folder / NOTES)
    return drops


def _noted(unit: Unit) -> pl.DataFrame:
    """What stages said of the records of one unit that are in the dataset."""
    said = notes(unit)
    about = load(unit, ["id", "source", "task", "file", "row"], dropped=True).drop("at")
    what = pl.concat([said, about[said["at"]]], how="horizontal")
    return what.select(pl.col(name).cast(dtype) for name, dtype in NOTE.items())


def _fates(unit: Unit, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ledger rows of one unit, and its candidates for the sample of excerpts."""
    base = load(unit, ["id", "source", "task", "file", "row", *PROMPT, "output"], dropped=True).drop("at")
    rows, samples = [], []
    for drops in unit.drops:
        evidence = mapped(drops.path, list(DROP))
        what = pl.concat([evidence, base[evidence["at"]]], how="horizontal")
        what = what.with_columns(
            pl.lit(drops.label).alias("stage"), prompt_hash(what).alias("prompt_hash"), _characters()
        )
        rows.append(what.select(pl.col(name).cast(dtype) for name, dtype in LEDGER.items()))
        samples.append(_sample(what, drops, seed))
    return pl.concat(rows), pl.concat(samples)


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
