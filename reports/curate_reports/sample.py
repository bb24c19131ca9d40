"""What a hashed sample of the kept records tells: their languages, and how their prompts begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from curate.language import identify
from curate_reports.opening import bodies, shared_lines
from curate_reports.rows import RANK
from curate_reports.share import Share, part, shares

# Records: a share is known to within two hundredths, and all languages of them are told in a blink.
SIZE = 5_000
# Characters in which two prompts begin alike.
OPENING = 40
_TOP = 3


@dataclass(frozen=True)
class Sample:
    """Facts of a part of the records.

    Args:
        rows: records that were looked at.
        of: records of the version.
        languages: ISO 639-1 codes, `und` for too little text to tell.
        openings: the most frequent first characters of prompts, the template left out; those of single records are not.
    """

    rows: int
    of: int
    languages: tuple[Share, ...]
    openings: tuple[Share, ...]


def cut_off(ranks: pl.Series, size: int = SIZE) -> int:
    """The highest rank in the sample."""
    return int(ranks.bottom_k(size).max() or 0)  # type: ignore[arg-type]


def sample(texts: pl.DataFrame, cut: int, total: int) -> tuple[Sample, dict[str, str]]:
    """Look at the sample.

    Args:
        texts: as `curate_reports.rows.looked_up` gives it: the sample, and maybe other records.
        cut: the highest rank in the sample.
        total: records of the version.

    Returns:
        The facts, and the prompts of all texts without their template by id.
    """
    # The template is seen in many records, so records that are not in the sample are stripped together with it.
    stripped = texts.with_columns(_plain(bodies(texts["asked"])).alias("body"))
    chosen = stripped.filter(pl.col(RANK) <= cut)
    said = Sample(chosen.height, total, _languages(chosen), _openings(chosen["body"]))
    return said, dict(stripped.select("id", "body").iter_rows())


def _languages(chosen: pl.DataFrame) -> tuple[Share, ...]:
    texts = chosen.select(pl.concat_str("body", pl.lit(" "), "said").alias("text"))["text"]
    return shares(dict(identify(texts).alias("code").value_counts().iter_rows()))


def _plain(texts: pl.Series) -> pl.Series:
    """Texts without the lines that nearly all have: the template's own words are of no record's language."""
    for line in shared_lines(texts):
        texts = texts.str.replace_all(line, "", literal=True)
    return texts.str.strip_chars()


def _openings(texts: pl.Series) -> tuple[Share, ...]:
    heads = texts.str.head(4 * OPENING).str.replace_all(r"\s+", " ").str.strip_chars().str.head(OPENING)
    found = heads.filter(heads != "").alias("head").value_counts().filter(pl.col("count") > 1)
    ranked = found.sort(pl.col("count"), pl.col("head"), descending=[True, False]).head(_TOP)
    return tuple(Share(head, rows, part(rows, texts.len())) for head, rows in ranked.iter_rows())


def begun(opening: Share) -> str:
    """An opening as it is shown: with an ellipsis where prompts go on."""
    return f"{opening.name.rstrip()}…" if len(opening.name) >= OPENING else opening.name


def ranks_of(ids: Sequence[str], rank: pl.Expr) -> pl.Series:
    """The ranks of records by their ids."""
    return pl.DataFrame({"id": ids}, schema={"id": pl.String}).select(rank.alias(RANK))[RANK]
