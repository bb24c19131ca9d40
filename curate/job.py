"""A job of ingest: some files of one source, or a Hub data set, become one cache entry of canonical examples.

Small files are read together: what an adapter and the canonical form cost is paid once a job, not once a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from curate.cache import Cache, Entry
from curate.errors import CurateError, SourceFault
from curate.example import EXAMPLE, IDENTITY
from curate.hashing import canonical_hash, digest, hex128
from curate.ingest import examples
from curate.inputs import HubInput, InputFile, Stamp, adapter_of, unchanged
from curate.reader import FAULTS as ROW_FAULTS
from curate.reader import Batch, Span, cut, read
from curate.recipe import SourceSpec
from curate.source import Source
from curate.wording import some

# Part of the cache keys of ingest: raise it when the same file gives other units.
_VERSION = 2

# Bytes of small files that are read together. A group also ends after a file whose digest says so, so that a new file
# changes
# the groups near it and no others.
_GROUP_BYTES = 4 << 20
_GROUP_ENDS = 16  # one file in so many ends a group

FAULTS: dict[str, pl.DataType] = {
    "source": pl.String(),
    "file": pl.String(),
    "row": pl.Int64(),  # in its file, from 0; null where the whole file cannot be read
    "line": pl.Int64(),
    "reason": pl.String(),
    "excerpt": pl.String(),
}


@dataclass(frozen=True)
class Piece:
    """A span of a file with the file's digest, and what the system said of the file then."""

    span: Span
    sha256: str
    stamp: Stamp = ()


@dataclass(frozen=True)
class Job:
    """What one task reads.

    Args:
        spec: the source.
        pieces: files or ranges of a file; empty for a Hub data set.
        hub: a Hub data set, or None.
        folder: a folder that is one data set, or None.
        limit: read at most so many rows.
    """

    spec: SourceSpec
    pieces: tuple[Piece, ...] = ()
    hub: HubInput | None = None
    folder: InputFile | None = None
    limit: int | None = None

    def key(self, adapter: Source) -> str:
        """The cache key: everything that the examples depend on."""
        spec = self.spec
        place = [[one.sha256, one.span.name, one.span.start, one.span.stop, one.span.row] for one in self.pieces]
        remote = [self.hub.name] if self.hub else [self.folder.name, self.folder.sha256] if self.folder else []
        return digest(
            {
                "ingest": _VERSION,
                "adapter": [spec.adapter, adapter.version, adapter.options.model_dump(mode="json")],
                "source": [spec.name, spec.license, spec.origin, spec.split, spec.config],
                "input": [place, remote, self.limit],
            }
        )


@dataclass(frozen=True)
class Broken:
    """A file of which no row can be taken."""

    name: str
    reason: str
    line: int | None


@dataclass(frozen=True)
class Got:
    """What a job gave.

    Args:
        entry: parts `base…` and, if there are any, `faults`.
        broken: files that cannot be read.
        cached: whether the entry was there already.
    """

    entry: Entry
    broken: tuple[Broken, ...]
    cached: bool


def jobs_of(spec: SourceSpec, files: Sequence[InputFile], hub: Sequence[HubInput], limit: int | None) -> list[Job]:
    """Cut a source's input into jobs: by content and fixed sizes, never by the number of workers."""
    adapter = adapter_of(spec)
    jobs = [Job(spec, hub=one, limit=limit) for one in hub]
    jobs += [Job(spec, folder=file, limit=limit) for file in files if file.path.is_dir()]
    group: list[Piece] = []
    for file in files:
        if file.path.is_dir():
            continue
        pieces = [Piece(span, file.sha256, file.stamp) for span in cut(file.path, file.name, adapter)]
        if len(pieces) > 1:  # a large file: each span is a job
            jobs += [Job(spec, (piece,), limit=limit) for piece in pieces]
            continue
        group += pieces
        ends = int(file.sha256[:8], 16) % _GROUP_ENDS == 0
        if group and (ends or sum(one.span.stop - one.span.start for one in group) >= _GROUP_BYTES):
            jobs.append(Job(spec, tuple(group), limit=limit))
            group = []
    return [*jobs, Job(spec, tuple(group), limit=limit)] if group else jobs


def do(job: Job, cache: Cache) -> Got:
    """Read a job's input and turn it into examples, or find that this was done before."""
    adapter = adapter_of(job.spec)
    key = job.key(adapter)
    entry = cache.find(key)
    if entry is not None:
        return Got(entry, tuple(Broken(*one) for one in entry.facts["broken"]), cached=True)
    reading = _Reading(job)
    parts: dict[str, pl.DataFrame] = {}
    faults: list[pl.DataFrame] = []
    for rows, digests in reading.frames(adapter):
        made, wrong = _examples(adapter, rows)
        faults.append(wrong)
        if made.height:
            parts[f"base{len(parts)}"] = _identify(made, job.spec, adapter, digests)
    _same(job)
    faults += reading.faults
    sizes = {part: frame.height for part, frame in parts.items()}
    found = pl.concat([pl.DataFrame(schema=FAULTS), *(_named(frame, job.spec.name) for frame in faults)])
    # Rows that came from a file that turned out to be broken later are in none of the frames.
    if found.height:
        parts["faults"] = found.sort("file", "row", maintain_order=True)
    broken = tuple(reading.broken)
    facts = {
        "units": sizes,
        "rows_in": sum(sizes.values()) + found.height,
        "broken": [(one.name, one.reason, one.line) for one in broken],
    }
    return Got(cache.write(key, parts, facts, "ingest"), broken, cached=False)


def _same(job: Job) -> None:
    """Refuse what was read if it is not what was digested: the digest names it in the cache and in the version.

    Raises:
        CurateError: a file was changed meanwhile.
    """
    known = [(one.span.name, one.span.path, one.stamp, one.sha256) for one in job.pieces]
    known += [(one.name, one.path, one.stamp, one.sha256) for one in (job.folder,) if one is not None]
    changed = [name for name, path, stamp, sha256 in known if not unchanged(path, stamp, sha256)]
    if changed:
        raise CurateError(
            f"source {job.spec.name!r}: {some(changed)} changed while the build read it, nothing of it was kept; "
            "build again when nobody writes to it"
        )


class _Reading:
    """Reads a job's files one after the other; files of the same shape come out together."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.faults: list[pl.DataFrame] = []
        self.broken: list[Broken] = []

    def frames(self, adapter: Source) -> Iterator[tuple[pl.DataFrame, dict[str, str]]]:
        """Rows with `file` and `row`, and the digest of each file."""
        job = self._job
        if not job.pieces:
            yield from self._remote(adapter)
            return
        digests = {piece.span.name: piece.sha256 for piece in job.pieces}
        held: dict[tuple[tuple[str, str], ...], list[pl.DataFrame]] = {}
        left = job.limit
        for piece in job.pieces:
            if left is not None and left <= 0:
                break
            batches = self._batches(piece.span, adapter, left)
            for batch in batches:
                self.faults.append(batch.faults.with_columns(pl.lit(piece.span.name).alias("file")))
                shape = tuple((name, str(dtype)) for name, dtype in batch.frame.schema.items())
                held.setdefault(shape, []).append(batch.frame)
            if left is not None:
                left -= sum(batch.frame.height + batch.faults.height for batch in batches)
        for frames in held.values():
            for group in _batched(frames):
                yield pl.concat(group), digests

    def _batches(self, span: Span, adapter: Source, limit: int | None) -> list[Batch]:
        """All batches of a span, or none and a note if the file is broken, however late that shows."""
        batches: list[Batch] = []
        faults = 0
        try:
            for batch in read(span, adapter, limit):
                batches.append(batch)
                faults += batch.faults.height
                if faults > _MOST_FAULTS:
                    reason = f"more than {_MOST_FAULTS:,} rows cannot be used, such as: {batch.faults['reason'][-1]}"
                    self.broken.append(Broken(span.name, reason, None))
                    return []
        except SourceFault as fault:
            self.broken.append(Broken(span.name, str(fault), fault.line))
            return []
        return batches

    def _remote(self, adapter: Source) -> Iterator[tuple[pl.DataFrame, dict[str, str]]]:
        """A Hub data set, or a folder that `datasets` loads."""
        from curate.reader.hub import hub_batches  # noqa: PLC0415 - imports `datasets`

        job, spec = self._job, self._job.spec
        repo, revision = (
            (job.hub.repo, job.hub.commit) if job.hub else (str(job.folder.path) if job.folder else "", None)
        )
        sha = (job.hub.commit if job.hub else None) or (job.folder.sha256 if job.folder else "")
        for batch in hub_batches(repo, revision, spec.split, spec.config, spec.streaming, adapter, job.limit):
            name = batch.frame["file"][0] if batch.frame.height else (job.hub.name if job.hub else repo)
            self.faults.append(batch.faults.with_columns(pl.lit(name).alias("file")))
            if batch.frame.height:
                yield batch.frame, {name: sha}


# Faults of a span that are listed one by one. A file with more is of another kind than its source: a log, noise.
_MOST_FAULTS = 1_000_000

# Rows that go through an adapter at once.
_ROWS = 65_536


def _batched(frames: Iterable[pl.DataFrame]) -> Iterator[list[pl.DataFrame]]:
    """Groups of frames of some _ROWS together."""
    group: list[pl.DataFrame] = []
    for frame in frames:
        if group and sum(one.height for one in group) + frame.height > _ROWS:
            yield group
            group = []
        group.append(frame)
    if group:
        yield group


def _examples(adapter: Source, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Examples and faults, each with `file` and `row`.

    Rows of several files are numbered through while the adapter has them, so that what comes back finds its place
    again.
    """
    places = rows.select("file", "row")
    numbered = rows.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"))
    made, wrong = examples(adapter, Batch(numbered, pl.DataFrame(schema=ROW_FAULTS)))
    there, gone = places[made["row"]], places[wrong["row"]]
    return made.with_columns(there), wrong.with_columns(gone)


def _named(faults: pl.DataFrame, source: str) -> pl.DataFrame:
    return faults.with_columns(pl.lit(source).alias("source"), pl.lit(None, pl.Int64).alias("line")).select(*FAULTS)


def _identify(frame: pl.DataFrame, spec: SourceSpec, adapter: Source, digests: dict[str, str]) -> pl.DataFrame:
    """Add id, source and place; fill licence and origin, the recipe's word before the source's."""
    about = adapter.about
    licence = pl.lit(spec.license) if spec.license else pl.col("license").fill_null(about.license)
    origin = pl.when(pl.col("origin") == "unknown").then(pl.lit(about.origin)).otherwise(pl.col("origin"))
    identity = [(column, EXAMPLE[column]) for column in IDENTITY]
    ids = frame.select(canonical_hash(identity, pl.lit(spec.name)).alias("id"))["id"]
    marks = {name: int(sha[:16], 16) for name, sha in digests.items()}
    return frame.with_columns(
        hex128(ids).alias("id"),
        pl.lit(spec.name).alias("source"),
        licence.alias("license"),
        (pl.lit(spec.origin) if spec.origin else origin).alias("origin"),
        pl.col("file").replace_strict(marks, return_dtype=pl.UInt64).alias("digest"),
    ).select(*EXAMPLE, "file", "row", "digest")
