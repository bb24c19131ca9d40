"""Rows of a Hub data set, or of a folder that `datasets` can load: Arrow tables all the way, no script is ever run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate.arrow import frame_of
from curate.errors import CurateError, SourceFault
from curate.reader.batch import Batch
from curate.reader.cast import Caster
from curate.reader.columnar import schema_of
from curate.source import Source

_SHA = re.compile(r"[0-9a-f]{40}")
_BATCH = 65536
_STREAM_BATCH = 8192  # what is streamed is held in memory


def resolve(repo: str, revision: str | None = None) -> str:
    """The commit that a revision of a Hub data set stands for.

    Args:
        repo: `owner/name`.
        revision: branch, tag or commit; None for the main branch.

    Returns:
        The full sha of the commit.

    Raises:
        CurateError: there is no such data set or revision, the Hub does not answer, or HF_HUB_OFFLINE is set and
            the revision is neither a full sha nor in the local cache.
    """
    revision = revision or "main"
    if _SHA.fullmatch(revision):
        return revision
    from huggingface_hub import HfApi, constants, errors

    if constants.is_offline_mode():
        return _cached(repo, revision, Path(constants.HF_HUB_CACHE))
    try:
        sha = HfApi().dataset_info(repo, revision=revision).sha
    except errors.RevisionNotFoundError as error:
        raise CurateError(
            f"hub data set {repo!r} has no revision {revision!r}: name a branch, a tag or a commit"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise CurateError(
            f"hub data set {repo!r} was not found: check owner and name; for a private one set HF_TOKEN"
        ) from error
    except Exception as error:  # the client's own errors, its HTTP library's and the network's
        raise CurateError(
            f"hub data set {repo!r}: the Hub does not say what {revision!r} is: {_first_line(error)}"
        ) from error
    if not sha:
        raise CurateError(f"hub data set {repo!r}: the Hub names no commit for {revision!r}")
    return str(sha)


def _cached(repo: str, revision: str, cache: Path) -> str:
    """The commit that the cache remembers for a branch or tag."""
    ref = cache / f"datasets--{repo.replace('/', '--')}" / "refs" / revision
    if ref.is_file():
        return ref.read_text(encoding="utf-8").strip()
    raise CurateError(
        f"hub data set {repo!r}: HF_HUB_OFFLINE is set and the cache does not know revision {revision!r}: give the "
        "full 40-digit commit sha, or build once online"
    )


def hub_batches(
    repo: str,
    revision: str | None,
    split: str | None,
    config: str | None,
    streaming: bool,  # noqa: FBT001 - as above
    source: Source,
    limit: int | None = None,
) -> Iterator[Batch]:
    """Read a Hub data set or a local folder.

    Args:
        repo: `owner/name`, or a folder: one that `save_to_disk` wrote, or one that `load_dataset` takes.
        revision: the commit from `resolve`; of no meaning for a folder.
        split: which split; None for all, one after the other.
        config: which configuration, where there are several.
        streaming: read without a local copy.
        source: the adapter.
        limit: read the first rows of each split only.

    Yields:
        Batches; `file` is `hf://owner/name@sha/split`, or `folder/split`; `row` counts within the split.

    Raises:
        SourceFault: the data set's columns are not what the source declares.
        CurateError: it cannot be loaded.
    """
    local = Path(repo).is_dir()
    place = repo.rstrip("/") if local else f"hf://{repo}@{revision}"
    with _explained(place):
        loaded = _load(repo, revision, config, streaming=streaming, local=local)
        splits = _splits(loaded, split, place)
    for name, rows in splits.items():
        yield from _split_batches(rows, f"{place}/{name}", source, limit, _STREAM_BATCH if streaming else _BATCH)


def _load(repo: str, revision: str | None, config: str | None, *, streaming: bool, local: bool) -> Any:  # noqa: ANN401 - heavy
    from datasets import disable_progress_bars, load_dataset, load_dataset_builder, load_from_disk

    if not os.isatty(2):
        disable_progress_bars()
    folder = Path(repo)
    if local and ((folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file()):
        return load_from_disk(repo)
    if local:
        return load_dataset(str(folder.resolve()), name=config, streaming=streaming)
    builder = load_dataset_builder(repo, name=config, revision=revision)
    if builder.hash != revision:
        # Where the Hub fails, `datasets` takes the newest copy from its cache, whatever commit it is, and only logs it
        raise CurateError(
            f"hf://{repo}@{revision} cannot be loaded now, and the cache holds only another commit ({builder.hash})"
        )
    if streaming:
        return builder.as_streaming_dataset()
    builder.download_and_prepare()
    return builder.as_dataset()


def _splits(loaded: Any, split: str | None, place: str) -> dict[str, Any]:  # noqa: ANN401 - what `datasets` loads
    """The wished splits by name."""
    if not isinstance(loaded, dict):  # one split alone, as `save_to_disk` writes it
        name = str(loaded.split or "train")
        loaded = {name: loaded}
    if split is None:
        return dict(loaded)
    if split not in loaded:
        raise CurateError(f"{place} has no split {split!r} (it has {', '.join(map(str, loaded))})")
    return {split: loaded[split]}


def _split_batches(rows: Any, name: str, source: Source, limit: int | None, size: int) -> Iterator[Batch]:  # noqa: ANN401 - as above
    """Arrow tables of one split, cast."""
    caster: Caster | None = None
    row = 0
    for table in _tables(rows, name, size):
        if caster is None:
            caster = _caster(table, source, name)
        part = table if limit is None else table.slice(0, limit - row)
        with _explained(name):
            frame = frame_of(part.select(list(caster.reads)))
        yield caster.batch(frame, range(row, row + part.num_rows))
        row += part.num_rows
        if limit is not None and row >= limit:
            return


def _tables(rows: Any, name: str, size: int) -> Iterator[pa.Table]:  # noqa: ANN401 - as above
    tables = iter(rows.with_format("arrow").iter(batch_size=size))
    while True:
        with _explained(name):
            table = next(tables, None)
        if table is None:
            return
        yield table


def _caster(table: pa.Table, source: Source, name: str) -> Caster:
    try:
        return Caster(schema_of(table.schema), source, name)
    except SourceFault as fault:
        raise SourceFault(f"{name}: {fault.reason}") from fault


@contextmanager
def _explained(place: str) -> Iterator[None]:
    """Turn what `datasets`, the Hub's client and the network raise into one error that names the data set."""
    try:
        yield
    except CurateError:
        raise
    except Exception as error:
        raise CurateError(f"{place} cannot be loaded: {type(error).__name__}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
