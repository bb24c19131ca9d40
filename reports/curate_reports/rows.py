"""The rows of `data/`, read once into some tens of bytes a record, and once more for the few texts that are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from curate.errors import VersionError
from curate.hashing import hash64, rank64
from curate.manifest import Manifest
from curate.text import characters, words

RANK = "rank"
ANSWER = "answer"
EMPTY = "empty"
SPLIT = "_split"
UNITS = {"words": words, "characters": characters}
_LABEL = "stats"


@dataclass(frozen=True)
class Layout:
    """How a version writes its text.

    Args:
        parts: what is measured: `prompt` and `completion`, or `text`.
        asked: the question, for its opening: in `messages` the first turn of the user.
        answer: what the model learns to write.
        empty: whether there is nothing to learn.
    """

    parts: dict[str, pl.Expr]
    asked: pl.Expr
    answer: pl.Expr
    empty: pl.Expr


def layout(manifest: Manifest) -> Layout:
    """The layout of a version, by the columns that it has.

    Raises:
        VersionError: the columns are none that curate writes.
    """
    columns = manifest.columns
    if "completion" in columns and "prompt" in columns:
        prompt, answer = pl.col("prompt").fill_null(""), pl.col("completion").fill_null("")
        return Layout({"prompt": prompt, "completion": answer}, prompt, answer, _blank(answer))
    if "messages" in columns:
        return _dialogue(calls="tool_calls" in columns["messages"])
    if "text" in columns:
        text, answer = pl.col("text").fill_null(""), pl.col("references").list.first().fill_null("")
        return Layout({"text": text}, text, answer, _blank(answer))
    found = ", ".join(columns)
    raise VersionError(f"{manifest.name}@{manifest.version} has no prompt and completion, messages or text: {found}")


def _dialogue(*, calls: bool) -> Layout:
    turns = pl.col("messages")
    contents = turns.list.eval(pl.element().struct.field("content").fill_null(""))
    before = contents.list.head(contents.list.len().cast(pl.Int64) - 1).list.join("\n")
    user = turns.list.eval(pl.element().filter(pl.element().struct.field("role") == "user").struct.field("content"))
    last = contents.list.last().fill_null("")
    empty = _blank(last)
    if calls:  # a message without content that calls a tool is not empty
        empty = empty & (turns.list.last().struct.field("tool_calls").fill_null("") == "")
    return Layout({"prompt": before, "completion": last}, user.list.first().fill_null(""), last, empty)


def _blank(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.len_bytes() == 0


def scan(folder: Path, names: Sequence[str]) -> pl.LazyFrame:
    """Parquet files of a version, lazily.

    Raises:
        VersionError: one of them is missing.
    """
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise VersionError(f"{folder} lacks {', '.join(missing)}: `curate verify` tells what else is wrong with it")
    return pl.scan_parquet([folder / name for name in names])


def collect(frame: pl.LazyFrame, folder: Path) -> pl.DataFrame:
    """Read what a plan asks for, in pieces.

    Raises:
        VersionError: a file is damaged.
    """
    try:
        return frame.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise VersionError(f"{folder} is damaged: {error}; `curate verify` tells which files are") from error


def files(manifest: Manifest) -> list[str]:
    """The files of all splits."""
    return [name for split in manifest.splits.values() for name in split.files]


def measured(folder: Path, manifest: Manifest, units: Sequence[str] = tuple(UNITS)) -> pl.DataFrame:
    """Source, task, rank, hash of the answer, emptiness and the lengths (`prompt words`, …) of each record.

    Args:
        folder: of the version.
        manifest: of it.
        units: of the lengths. Characters are counted at memory speed, words take ten times as long.
    """
    form = layout(manifest)
    lengths = {
        f"{name} {unit}": UNITS[unit](text).cast(pl.UInt32) for name, text in form.parts.items() for unit in units
    }
    if not files(manifest):
        texts = dict.fromkeys(("source", "task"), pl.String)
        return pl.DataFrame(
            schema={**texts, RANK: pl.UInt64, ANSWER: pl.UInt64, EMPTY: pl.Boolean, **dict.fromkeys(lengths, pl.UInt32)}
        )
    told = {RANK: rank(manifest), ANSWER: hash64(form.answer), EMPTY: form.empty}
    return collect(scan(folder, files(manifest)).select("source", "task", **told, **lengths), folder)


def looked_up(
    folder: Path, manifest: Manifest, condition: pl.Expr, columns: Callable[[str], bool] = {"id", "source"}.__contains__
) -> pl.DataFrame:
    """Some records, as rank, split, question (`asked`), answer (`said`) and columns of `data/`, ordered by rank.

    Args:
        folder: of the version.
        manifest: of it.
        condition: on `rank`, which records.
        columns: which columns.
    """
    form = layout(manifest)
    named = {name: info.files for name, info in manifest.splits.items() if info.files}
    if not named:
        texts = dict.fromkeys(("id", "source", "split", "asked", "said"), pl.String)
        return pl.DataFrame(schema={**texts, RANK: pl.UInt64})
    splits = [scan(folder, names).with_columns(pl.lit(split).alias(SPLIT)) for split, names in named.items()]
    every = pl.concat(splits)
    names = [name for name in every.collect_schema() if columns(name)]
    ranked = every.with_columns(rank(manifest).alias(RANK)).filter(condition)
    told = ranked.select(*names, RANK, asked=form.asked, said=form.answer, split=SPLIT)
    # Texts put together anew: as they are, those of a few rows would keep all of the files in memory.
    copied = told.with_columns(pl.col(pl.String) + pl.lit(""))
    return collect(copied, folder).sort(RANK, "id")


def rank(manifest: Manifest) -> pl.Expr:
    """The hashed place of a record in the sample: the same records are looked at every time."""
    return rank64(manifest.seed, _LABEL)
