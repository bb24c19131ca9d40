"""Make: from a version and a tokenizer to a token set, written whole or not at all."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pyarrow.parquet as pq

import curate
from curate.errors import CurateError, VersionError
from curate.planner import lay_out
from curate.tokenset.collect import Collected, Progress, collect
from curate.tokenset.count import counts, split_info, warnings_of
from curate.tokenset.folder import read
from curate.tokenset.layout import (
    BINS,
    DROPPED,
    NAME,
    NOTES,
    PREFIX,
    TOKENIZER,
    DatasetInfo,
    SplitInfo,
    TokenizerInfo,
    TokenManifest,
)
from curate.tokenset.leak import leaks
from curate.tokenset.plan import Plan, format_settings, plan
from curate.tokenset.settings import Settings
from curate.tokenset.spool import Spool
from curate.tokenset.tokenizer import CARRIED, CHAT, find
from curate.version import alone, check_files, digests, place, staging, writing

# Where token sets of a dataset lie, beside its versions.
HOME = "tokens"

_SHOWN = 20  # leaks in a message
_DEFAULT = Settings()


def make(
    version: Path,
    tokenizer: str,
    settings: Settings = _DEFAULT,
    progress: Progress | None = None,
    into: Path | None = None,
) -> Path:
    """Make the token set of a version, or find that it is there already.

    Args:
        version: the folder of the version.
        tokenizer: a folder with a tokenizer.json, that file, or `owner/name[@revision]` on the Hub.
        settings: as asked for.
        progress: is told (what, rows done, rows in all, speed).
        into: the folder that token sets lie in; `tokens` beside the version unless told.

    Returns:
        The token set's folder.

    Raises:
        CurateError: the version or the token set that is there is damaged; a prompt stands in two splits; the
            tokenizer cannot be had or lacks what is needed; no example is left; the folder cannot be written.
    """
    planned = plan(version, find(tokenizer), settings)
    home = into or version.resolve().parent / HOME
    target = home / f"{PREFIX}{planned.digest}"
    if _there(target):
        return target
    if faults := check_files(version, planned.manifest):
        raise VersionError(f"{version} is damaged ({'; '.join(faults[:3])}): `curate verify` tells more")
    leaked = _leaked(planned)
    with alone(home):
        if _there(target):  # another process was first
            return target
        with staging(home) as folder, writing(target):
            _fill(folder, planned, leaked, progress)
            return place(folder, target)


def _there(target: Path) -> bool:
    """Whether the token set is there, and whole.

    Raises:
        VersionError: it is there and damaged.
    """
    if not (target / NAME).is_file():
        return False
    if faults := read(target).verify():
        raise VersionError(f"{target} is damaged ({'; '.join(faults[:3])}): remove it and export again")
    return True


def _leaked(planned: Plan) -> list[str]:
    """Refuse a version with equal prompts in several splits, or warn of them if that was asked for."""
    files = {name: [planned.version / file for file in info.files] for name, info in planned.manifest.splits.items()}
    found = leaks(files, format_settings(planned.manifest)["columns"])
    told = []
    for (one, other), pairs in found.items():
        named = ", ".join(f"{first} = {second}" for first, second in pairs[:_SHOWN])
        more = f" and {len(pairs) - _SHOWN:,} more" if len(pairs) > _SHOWN else ""
        told.append(f"{len(pairs):,} prompts stand in split {one!r} and in split {other!r}: {named}{more}")
    if told and not planned.settings.allow_leaks:
        raise VersionError(
            f"{'; '.join(told)}: a model would be tested on what it was trained on; "
            "split the version with `split:` of a recipe, or allow it with --allow-leaks"
        )
    return told


def _fill(folder: Path, planned: Plan, leaked: Sequence[str], progress: Progress | None) -> None:
    """Put everything into the staging folder; the manifest comes last."""
    encoder = planned.encoder
    seq_len = planned.settings.seq_len
    splits: dict[str, SplitInfo] = {}
    found: dict[str, Collected] = {}
    for name, info in sorted(planned.manifest.splits.items()):
        scratch = folder / ".spool"
        scratch.mkdir()
        spool = Spool(scratch)
        try:
            files = [planned.version / file for file in info.files]
            found[name] = collect(name, files, planned.form, encoder, seq_len, spool, progress)
        finally:
            spool.close()
        bins = _write_split(folder, name, found[name], spool, planned.settings)
        splits[name] = split_info(found[name], bins, seq_len)
        shutil.rmtree(scratch)
    if not any(info.rows for info in splits.values()):
        reasons = pl.concat(one.dropped for one in found.values())["reason"].value_counts(sort=True)
        told = ", ".join(f"{reason} ({rows:,})" for reason, rows in reasons.iter_rows())
        raise CurateError(f"no example is left: {told or 'the version has no rows'}")
    dropped = pl.concat(one.dropped for one in found.values()).sort("split", "id")
    notes = pl.concat(one.notes for one in found.values()).sort("split", "id", "note")
    _write_table(dropped, folder / DROPPED)
    _write_table(notes, folder / NOTES)
    _carry(folder / TOKENIZER, planned)
    warnings = [*planned.warnings, *leaked, *warnings_of(found, splits)]
    _write_manifest(folder, planned, splits, found, warnings)


def _write_split(folder: Path, name: str, found: Collected, spool: Spool, settings: Settings) -> pl.DataFrame:
    """Write the rows of a split in the order of packed rows, and the table of those.

    Returns:
        That table.
    """
    kept = found.kept.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("at"),
        (pl.col("length").cast(pl.Int64).cum_sum() - pl.col("length")).alias("start"),
    ).sort("id", "at")
    if settings.pack:
        row, slot = lay_out(kept["length"].to_numpy(), settings.seq_len)
    else:
        row, slot = np.arange(kept.height, dtype=np.int32), np.zeros(kept.height, dtype=np.int32)
    kept = kept.with_columns(pl.Series("bin", row), pl.Series("slot", slot)).sort("bin", "slot")
    starts, lengths = kept["start"].to_numpy(), kept["length"].to_numpy().astype(np.int64)
    spool.write(folder / f"{name}.parquet", kept.to_arrow(compat_level=pl.CompatLevel.oldest()), starts, lengths)
    bins = (
        kept.with_row_index("row")
        .group_by("bin", maintain_order=True)
        .agg(
            pl.col("row").min().alias("start"),
            pl.len().alias("rows"),
            pl.col("length").sum().alias("tokens"),
            pl.col("trained").sum(),
        )
        .select(pl.col(column).cast(dtype) for column, dtype in BINS.items())
    )
    _write_table(bins, folder / f"{name}.bins.parquet")
    return bins


def _write_table(frame: pl.DataFrame, path: Path) -> None:
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    pq.write_table(table, path, compression="zstd", compression_level=1, store_schema=False, version="2.6")


def _carry(folder: Path, planned: Plan) -> None:
    """Copy the tokenizer's files; what was decided otherwise on the command line stands in the copies."""
    folder.mkdir()
    tokenizer = planned.tokenizer
    for name in CARRIED:
        if name in tokenizer.files:
            shutil.copyfile(tokenizer.files[name], folder / name)
    if planned.settings.chat_template is not None:
        (folder / CHAT).write_text(planned.settings.chat_template, encoding="utf-8")
    word = tokenizer.content.id_to_token
    if not tokenizer.config or planned.settings.eos is not None:
        config = {"tokenizer_class": "PreTrainedTokenizerFast", **tokenizer.config, "eos_token": word(planned.eos)}
        config.setdefault("pad_token", word(planned.pad))
        (folder / "tokenizer_config.json").write_bytes(orjson.dumps(config, option=orjson.OPT_INDENT_2))


def _write_manifest(
    folder: Path, planned: Plan, splits: dict[str, SplitInfo], found: dict[str, Collected], warnings: list[str]
) -> None:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    tokenizer, manifest = planned.tokenizer, planned.manifest
    made = TokenManifest(
        digest=planned.digest,
        dataset=DatasetInfo(name=manifest.name, version=manifest.version),
        rows_digest=manifest.fingerprint,
        tokenizer=TokenizerInfo(
            name=tokenizer.name,
            revision=tokenizer.revision,
            digest=tokenizer.digest,
            vocab_size=tokenizer.vocab_size,
        ),
        template=planned.template,
        seq_len=planned.settings.seq_len,
        eos_id=planned.eos,
        bos_id=planned.bos,
        pad_id=planned.pad,
        pad_is_eos=planned.pad == planned.eos,
        settings=planned.settings.model_dump(mode="json"),
        splits=splits,
        sources=counts(found, ["source"]),
        tasks=counts(found, ["source", "task"]),
        warnings=warnings,
        files=digests(folder, names),
        tool={"curate": curate.__version__}
        | {name: importlib.metadata.version(name) for name in ("pyarrow", "tokenizers")},
    )
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (folder / NAME).write_bytes(orjson.dumps(made.model_dump(mode="json"), option=options))
