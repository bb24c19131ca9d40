"""Dedup against records beside the mix: sets that adapters read, and earlier versions.

Records are compared with the references by the same fields as with each other. A version's fields come from its
prompts, taken apart by the template that made them (`curate.prompt`). Where its format joins instruction and input,
`minhash` takes an instruction that many records of the mix share off again, and `exact` compares the fields as one
text, runs of blanks as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from curate.errors import CurateError
from curate.hashing import hash64
from curate.stage import Keep
from curate.stages import _dedup_exact as exact
from curate.stages._dedup_settings import DedupSettings
from curate.stages._near import Places
from curate.stages._near_field import fields_back, fields_of, hashes_of, packed
from curate.template import JOINT

if TYPE_CHECKING:
    from curate.minhash import Matches

# An instruction that a version joined with its input is looked for up to so many blank lines into the two.
_PIECES = 8
_JOINED = ("instruction", "input")


def prepare(held: Mapping[str, pl.DataFrame], settings: DedupSettings) -> dict[str, pl.DataFrame]:
    """What the method compares of each reference, with `label` and `twin`: its id, or file and row.

    Args:
        held: the references' columns, by name.
        settings: the method and the fields.

    Raises:
        CurateError: a version's format does not tell the fields apart.
    """
    parts = []
    for label, frame in held.items():
        joined = "joined" in frame.columns and bool(frame["joined"].any())
        if joined and len(set(settings.on) & set(_JOINED)) == 1:
            raise CurateError(
                f"the prompts of {label} hold instruction and input as one text, so they cannot be compared by "
                f"{', '.join(settings.on)}: say `on` with both of them"
            )
        row = pl.concat_str(["file", pl.lit(" row "), "row"]) if "file" in frame.columns else pl.col("id")
        named = frame.select(pl.lit(label).alias("label"), row.alias("twin"), pl.lit(joined).alias("joined"))
        compared = (
            fields_of(frame, settings.on).get_columns()
            if settings.method == "minhash"
            else [exact.whole(frame, settings)]
        )
        parts.append(named.with_columns(compared))
    table = pl.concat(parts)
    if settings.method == "exact":
        return {"references": table.drop_nulls("whole").unique("whole", keep="first", maintain_order=True)}
    return {"references": table}


def parted(references: Path, mix: pl.DataFrame, settings: DedupSettings, keep: Keep) -> Path:
    """The references, with instruction and input apart again where a format joined them.

    Where the two stand as one text, what stands before a blank line is the instruction if more than `shared` records of
    the mix have it: those records are compared by their inputs.

    Args:
        references: what `prepare` made.
        mix: the hashes of the fields.
        settings: `on` and `shared`.
        keep: holds the result.
    """
    if settings.shared is None or not set(_JOINED) <= set(settings.on):
        return references
    if not pl.read_ipc(references, columns=["joined"])["joined"].any():
        return references
    name = hashes_of(settings.on)[settings.on.index("instruction")]
    counted = mix.group_by(name).len().filter((pl.col("len") > settings.shared) & pl.col(name).is_not_null())
    common = counted[name].sort()
    key = ["parted", 1, references.name, list(settings.on), common.to_list()]
    return keep(key, lambda: {"references": _parted(pl.read_ipc(references), common, settings.on)})["references"]


def _parted(frame: pl.DataFrame, common: pl.Series, on: Sequence[str]) -> pl.DataFrame:
    """The references with the longest common instruction taken off each that begins with one."""
    fields = fields_back(frame, on)
    instruction, given = (f"text_{on.index(name)}" for name in _JOINED)
    pieces = pl.col(instruction).str.split(JOINT)
    chosen: pl.Expr = pl.lit(None, dtype=pl.String)
    for number in range(1, _PIECES + 1):
        before = pieces.list.head(number).list.join(JOINT)
        known = frame["joined"] & (pieces.list.len() > number) & hash64(before).is_in(common.implode())
        chosen = pl.when(known).then(before).otherwise(chosen)
    fields = fields.with_columns(chosen.alias("chosen")).with_columns(
        pl.coalesce("chosen", instruction).alias(instruction),
        pl.when(pl.col("chosen").is_not_null())
        .then(pl.col(instruction).str.slice(pl.col("chosen").str.len_chars() + len(JOINT)))
        .otherwise(pl.col(given))
        .alias(given),
    )
    return frame.select("label", "twin", "joined").with_columns(packed(fields.drop("chosen")).get_columns())


def near(places: Places, matches: Matches, references: Path, threshold: float) -> tuple[pl.DataFrame, dict[str, int]]:
    """The drops of the records that are near a reference, and how many there are of each set.

    Args:
        places: of all records; the references come after them.
        matches: what is near what.
        references: `label` and `twin` of these.
        threshold: what was asked for.
    """
    gone = np.flatnonzero(matches.found)
    known = pl.read_ipc(references, columns=["label", "twin"])
    met = known[matches.reference[gone] - len(places)]
    similarity = pl.Series("similarity", matches.similarity[gone], dtype=pl.Float64)
    how = pl.when(similarity == 1.0).then(pl.lit("same words as ")).otherwise(pl.lit("near-duplicate of "))
    drops = places.of(gone).with_columns(
        pl.lit("against").alias("rule"),
        met.select(pl.concat_str([how, "label"]).alias("reason")).to_series(),
        pl.Series("value", [f"{one:.4f}" for one in similarity], dtype=pl.String),
        pl.lit(f"{threshold:g}").alias("limit"),
        similarity,
        met["twin"],
    )
    counts = {f"against.{label}": rows for label, rows in met.group_by("label").len().sort("label").iter_rows()}
    return drops, {"against": len(gone), **counts}
