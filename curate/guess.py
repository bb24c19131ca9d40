"""Guess what files are: which adapter knows their shape, and what their first rows look like.

A shape is recognised by its keys (`curate.shape`), then tried: the adapter reads the first rows, and how many of them
it takes, how long they are and in which languages is part of the guess.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from curate import plugin
from curate.errors import CurateError, SourceFault
from curate.ingest import examples
from curate.language import identify
from curate.pattern import files as inside_of
from curate.reader import Batch, cut, read
from curate.shape import Rows, recognise
from curate.source import About, Document, Source
from curate.text import joined, words

ROWS = 200  # of each file: enough for the keys, the lengths and the languages


@dataclass(frozen=True)
class Guess:
    """What some files of one shape are.

    Args:
        adapter: the source that reads them.
        why: what they were recognised by.
        files: the files, sorted.
        options: options of the source: the column map of `files`.
        keys: the keys of the rows.
        rows: rows that were looked at.
        faults: reasons why rows do not fit, or files cannot be read, and how often; the most frequent first.
        words: median and largest number of words of the prompt, and of the output.
        languages: share of each language, the largest first.
        parts: of `system`, `history` and `tools`, those that some record has.
        licensed: the rows say themselves under which licence they are.
        evaluation: they are made to measure by, not to train on.
    """

    adapter: str
    why: str
    files: tuple[Path, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    rows: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    licensed: bool = False
    evaluation: bool = False


class _Anything(Source):
    """Reads the rows of any file as they are, and remembers what lies around them."""

    about = About(title="anything", url="", license="unknown", origin="unknown")
    row = None
    formats = ("json", "jsonl", "csv", "tsv", "parquet", "arrow", "text")

    def __init__(self) -> None:
        super().__init__()
        self.around: frozenset[str] = frozenset()

    def unpack(self, document: object) -> Document:
        """The list itself, or the longest list of objects in a mapping.

        Raises:
            ValueError: the document holds no list of rows.
        """
        if not isinstance(document, dict):
            return super().unpack(document)
        self.around = frozenset(document)
        lists = [
            value
            for value in document.values()
            if isinstance(value, list) and any(isinstance(item, dict) for item in value)
        ]
        return Document(max(lists, key=len)) if lists else super().unpack(document)

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows: only the reader asks this source."""
        return rows


def look(files: Sequence[Path]) -> list[Guess]:
    """Guess what files are.

    Args:
        files: files, or folders with files; hidden ones inside are left out.

    Returns:
        One guess a shape, in the order in which the shapes first appear.

    Raises:
        CurateError: a file is missing, or of no shape that curate knows, or unreadable and not one of several in its
            folder; the message says what was found.
    """
    groups: dict[str, list[Rows]] = {}
    broken: dict[Path, SourceFault] = {}
    for file in _expand(files):
        try:
            rows = _open(file)
        except SourceFault as fault:
            broken[file] = fault
            continue
        what = recognise(rows)
        groups.setdefault(repr((what.adapter, what.options, what.evaluation)), []).append(rows)
    parts = [(group, _neighbours(group, broken)) for group in groups.values()]
    if broken:
        file, reason = next(iter(broken.items()))
        raise CurateError(f"{file}: {reason}") from reason
    return [_try(group, lost) for group, lost in parts]


def _expand(files: Sequence[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for file in files:
        if not file.exists():
            raise CurateError(f"{file}: there is no such file")
        inside = sorted(file / name for name in inside_of(file))
        if not inside:
            raise CurateError(f"{file}: the folder holds no files")
        found |= dict.fromkeys(inside)
    return list(found)


def _open(file: Path) -> Rows:
    """The first rows of a file with the types found.

    Raises:
        SourceFault: it cannot be read, or holds no rows.
    """
    source = _Anything()
    frames = [batch.frame for batch in _batches(file, source) if batch.frame.height]
    if not frames:
        raise SourceFault("no row in it is an object, so nothing can be guessed")
    return Rows(file, pl.concat(frames, how="diagonal_relaxed").head(ROWS), source.around)


def _batches(file: Path, source: Source) -> Iterator[Batch]:
    return itertools.chain.from_iterable(read(span, source, ROWS) for span in cut(file, str(file), source)[:1])


def _neighbours(group: Sequence[Rows], broken: dict[Path, SourceFault]) -> dict[Path, SourceFault]:
    """Take out the unreadable files beside files of a group that end as they do: they are damaged parts of it."""
    places = {(rows.file.parent, rows.file.suffix) for rows in group}
    return {file: broken.pop(file) for file in list(broken) if (file.parent, file.suffix) in places}


def _try(group: Sequence[Rows], lost: Mapping[Path, SourceFault]) -> Guess:
    """Let the adapter read the first rows of each file."""
    what = recognise(group[0])
    kind = plugin.source(what.adapter)
    source = kind(kind.Options(**what.options))
    kept, reasons = [], Counter(str(fault) for fault in lost.values())
    for rows in group:
        for batch in _batches(rows.file, source):
            fine, faults = examples(source, batch)
            kept.append(fine)
            reasons.update(faults["reason"])
    height = sum(frame.height for frame in kept)
    if not height:
        reason = next((reason for reason, _ in reasons.most_common(1)), "there are none")
        raise CurateError(
            f"{group[0].file}: looks like {what.adapter} ({what.why}), but none of the first {ROWS} rows fits: {reason}"
        )
    frame = pl.concat(kept)
    return Guess(
        adapter=what.adapter,
        why=what.why,
        files=tuple(sorted([*(rows.file for rows in group), *lost])),
        options=what.options,
        keys=tuple(dict.fromkeys(itertools.chain.from_iterable(rows.keys for rows in group))),
        rows=height + reasons.total(),
        faults=dict(reasons.most_common()),
        words={"prompt": _words(frame, "instruction", "input"), "output": _words(frame, "output")},
        languages=_languages(frame),
        parts=_parts(frame),
        licensed=frame["license"].null_count() < height,
        evaluation=what.evaluation,
    )


def _words(frame: pl.DataFrame, *fields: str) -> tuple[int, int]:
    counts = frame.select(words(joined(fields)).alias("n"))["n"].sort()
    return counts[len(counts) // 2], counts[-1]


def _languages(frame: pl.DataFrame) -> dict[str, float]:
    codes = identify(frame.select(joined(["instruction", "input", "output"]).alias("text"))["text"])
    return {code: count / len(codes) for code, count in Counter(codes).most_common()}


def _parts(frame: pl.DataFrame) -> tuple[str, ...]:
    there = {
        "system": frame["system"].fill_null("") != "",
        "history": frame["history"].list.len().fill_null(0) > 0,
        "tools": frame["tools"].fill_null("") != "",
    }
    return tuple(name for name, mask in there.items() if mask.any())
