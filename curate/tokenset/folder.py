"""Reading a token set's folder, and holding it against its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson
import polars as pl
from pydantic import ValidationError

from curate.errors import VersionError
from curate.tokenset.layout import BINS, FORMAT, NAME, ROWS, TOKENIZER, TokenManifest
from curate.version import file_info


@dataclass(frozen=True)
class Tokenset:
    """A token set on disk.

    Args:
        folder: `tokens-<digest>`.
        manifest: what it says of itself.
    """

    folder: Path
    manifest: TokenManifest

    @property
    def tokenizer(self) -> Path:
        """The folder of the tokenizer's files."""
        return self.folder / TOKENIZER

    def split(self, name: str) -> pl.DataFrame:
        """The examples of a split, in the columns and types of `layout.ROWS`, sorted by (bin, slot).

        Raises:
            VersionError: there is no such split; the message names those that there are.
        """
        return self._read(name, f"{name}.parquet", ROWS)

    def bins(self, name: str) -> pl.DataFrame:
        """The packed rows of a split, in the columns and types of `layout.BINS`, sorted by bin.

        Raises:
            VersionError: there is no such split; the message names those that there are.
        """
        return self._read(name, f"{name}.bins.parquet", BINS)

    def verify(self) -> list[str]:
        """What is wrong with the files: missing, changed, or not in the manifest; nothing if all is well."""
        faults = []
        for name, expected in self.manifest.files.items():
            path = self.folder / name
            if not path.is_file():
                faults.append(f"{name} is missing")
            elif (found := file_info(path)) != expected:
                faults.append(f"{name} has sha256 {found.sha256}, the manifest says {expected.sha256}")
        return faults

    def _read(self, split: str, file: str, columns: dict[str, pl.DataType]) -> pl.DataFrame:
        if split not in self.manifest.splits:
            raise VersionError(f"no split {split!r} in {self.folder} (there are: {', '.join(self.manifest.splits)})")
        frame = pl.read_parquet(self.folder / file, columns=list(columns))
        return frame.select(pl.col(name).cast(dtype) for name, dtype in columns.items())


def read(folder: Path) -> Tokenset:
    """Open a token set. The files' digests are not computed: `Tokenset.verify` does that.

    Raises:
        VersionError: the folder is none, its manifest is damaged, or another curate's format.
    """
    path = folder / NAME
    try:
        stored = orjson.loads(path.read_bytes())
    except OSError as error:
        raise VersionError(f"{folder} is not a token set: {NAME} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise VersionError(f"{path} is damaged: {error}") from error
    found = stored.get("format") if isinstance(stored, dict) else None
    if found != FORMAT:
        raise VersionError(
            f"{path} has format {found!r}, this curate reads {FORMAT}; `curate export` makes token sets from a version"
        )
    try:
        return Tokenset(folder, TokenManifest.model_validate(stored))
    except ValidationError as error:
        raise VersionError(f"{path} is damaged: {error}") from error
