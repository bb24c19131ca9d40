"""How the mix and the lengths shifted: exact where the manifest or narrow columns say it, else of a hashed sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl

from curate.diff.fact import Length, Shift
from curate.language import identify
from curate.manifest import Manifest, TermsInfo

# Records of a version whose texts are read: those with the least ids. Rows are written in the order of their ids, and
# ids are hashes, so they are a sample without a bias that one row group holds.
SAMPLE = 5_000
_PERCENT = (5, 50, 95)
_LISTED = 12  # tasks
_LOOKED = 150  # characters of answer and prompt each that tell the language

_OF: dict[str, Callable[[TermsInfo], str]] = {
    "source": lambda term: term.source,
    "split": lambda term: term.split,
    "license": lambda term: term.license,
    "origin": lambda term: term.origin,
}


def mix(old: Manifest, new: Manifest) -> list[Shift]:
    """Shares of sources, splits, licences and origins, of every row."""
    found: list[Shift] = []
    for of, name in _OF.items():
        before, after = Counter[str](), Counter[str]()
        for counted, manifest in ((before, old), (after, new)):
            for term in manifest.terms:
                counted[name(term)] += term.rows
        found += shifts(of, before, after)
    return found


def tasks(old: pl.DataFrame, new: pl.DataFrame) -> list[Shift]:
    """The tasks whose share changed most."""
    before, after = (
        Counter[str](dict(frame.group_by("task").len().filter(pl.col("task").is_not_null()).iter_rows()))
        for frame in (old, new)
    )
    return [one for one in shifts("task", before, after, (old.height, new.height)) if one.old != one.new][:_LISTED]


def shifts(of: str, before: Counter[str], after: Counter[str], totals: tuple[int, int] = (0, 0)) -> list[Shift]:
    """Each name's part before and after, the one that changed most first."""
    total_old, total_new = totals[0] or before.total(), totals[1] or after.total()
    found = [
        Shift(
            of,
            name,
            before[name],
            after[name],
            before[name] / total_old if total_old else 0.0,
            after[name] / total_new if total_new else 0.0,
        )
        for name in sorted({*before, *after})
    ]
    return sorted(found, key=lambda one: (-abs(one.new_share - one.old_share), one.name))


def sample(folder: Path, manifest: Manifest) -> pl.DataFrame:
    """The texts of the records with the least ids: `prompt` and `completion`, or `text`."""
    texts = [name for name in ("prompt", "completion", "text", "messages") if name in manifest.columns]
    parts = [
        pl.scan_parquet(folder / info.files[0]).select("id", *texts).head(SAMPLE).collect()
        for info in manifest.splits.values()
        if info.files
    ]
    frame = pl.concat(parts).sort("id").head(SAMPLE)
    if "messages" not in texts:
        return frame
    content = pl.col("messages").list.eval(pl.element().struct.field("content").fill_null(""))
    return frame.select(
        "id",
        content.list.slice(0, pl.col("messages").list.len() - 1).list.join("\n").alias("prompt"),
        content.list.last().alias("completion"),
    )


def lengths(old: pl.DataFrame, new: pl.DataFrame) -> list[Length]:
    """Quantiles of the samples' characters."""
    found = []
    for column in [name for name in ("prompt", "completion", "text") if name in old.columns or name in new.columns]:
        for percent in _PERCENT:
            before, after = (_quantile(frame, column, percent) for frame in (old, new))
            found.append(Length(column, percent, before, after))
    return found


def _quantile(frame: pl.DataFrame, column: str, percent: int) -> int | None:
    if column not in frame.columns or frame.is_empty():
        return None
    least = frame[column].fill_null("").str.len_chars().quantile(percent / 100, "higher")
    return None if least is None else int(least)


def languages(old: pl.DataFrame, new: pl.DataFrame) -> list[Shift]:
    """The languages of the samples: of answers and the ends of prompts, which begin with the template."""
    counted = []
    for frame in (old, new):
        text = pl.col("text")
        if "completion" in frame.columns:
            asked = pl.col("prompt").fill_null("").str.tail(_LOOKED)
            text = pl.concat_str([pl.col("completion").fill_null("").str.head(_LOOKED), asked], separator=" ")
        codes = identify(frame.select(text.alias("text"))["text"], prefix=2 * _LOOKED).value_counts()
        counted.append(Counter[str](dict(codes.iter_rows())))
    return shifts("language", counted[0], counted[1])
